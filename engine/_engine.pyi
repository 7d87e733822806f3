"""Stubs of the native engine."""

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

class EngineError(ValueError):
    """What the engine refuses; always about the caller's input."""

class ParseError(EngineError):
    """Text that is no type, term or program; the message has line and column."""

class IllTyped(EngineError):
    """A term without a type, or not of the type asked for."""

class UnknownName(EngineError):
    """A primitive that the language doesn't have."""

class Type:
    @staticmethod
    def parse(text: str) -> Type:
        """Reads `list(t0) -> int`; `str` is short for `list(char)`."""

    @property
    def constructor(self) -> str: ...
    @property
    def parameters(self) -> list[Type]: ...
    @property
    def arguments(self) -> list[Type]: ...
    @property
    def returns(self) -> Type: ...
    @property
    def is_polymorphic(self) -> bool: ...
    def __getstate__(self) -> str: ...
    def __setstate__(self, arg: str, /) -> None: ...
    def __eq__(self, other: object) -> bool: ...
    def __hash__(self) -> int: ...

class Term:
    @staticmethod
    def parse(text: str) -> Term: ...
    @staticmethod
    def index_of(index: int) -> Term: ...
    @staticmethod
    def primitive(name: str) -> Term: ...
    @staticmethod
    def constant(value: float | str) -> Term:
        """A real or a text as it is written in programs: `2.5`, `"ab c"`."""

    @staticmethod
    def apply(function: Term, argument: Term) -> Term: ...
    @staticmethod
    def lambda_(body: Term) -> Term: ...
    @staticmethod
    def abstraction(body: Term) -> Term: ...
    @property
    def kind(self) -> Literal["index", "primitive", "application", "lambda", "abstraction"]: ...
    @property
    def index(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def constant_value(self) -> float | str | None:
        """Of a primitive that is written as a constant, else None."""

    @property
    def function(self) -> Term: ...
    @property
    def argument(self) -> Term: ...
    @property
    def body(self) -> Term: ...
    @property
    def size(self) -> int: ...
    @property
    def abstractions(self) -> list[Term]: ...
    def beta_normal(self, inline: bool = True) -> Term: ...
    def __getstate__(self) -> str: ...
    def __setstate__(self, arg: str, /) -> None: ...
    def __eq__(self, other: object) -> bool: ...
    def __hash__(self) -> int: ...

class ProgramFailed(RuntimeError):
    """A function that a program handed to a primitive failed; so does the primitive, whatever it does."""

class Opaque:
    """A value of a type variable, as a primitive sees it: to keep, give back or hand on, not to be looked at.

    It belongs to the call that it was handed to.
    """

    def __eq__(self, other: object) -> bool:
        """Raises TypeError, as its truth value does."""

    __hash__ = None  # type: ignore[assignment]
    def __bool__(self) -> bool: ...

class ProgramFunction:
    """A program's function, as a primitive sees it: to be called with all arguments while the call lasts."""

    def __call__(self, *arguments: Any) -> Any:
        """Raises ProgramFailed, and TypeError for arguments of other types."""

class PythonPrimitive:
    """A Python function that evaluates a primitive. Safe to share between threads.

    It is taken for pure, and calls on equal arguments may be answered from memory. What it raises, what has
    another type and what is out of bounds make the program fail; so does a call that takes more CPU time than
    it may, which is stopped wherever it runs Python code. Raises EngineError for a type that can't cross.
    """

    def __init__(self, function: Callable[..., Any], type: str | Type, cpu_seconds: float = 0.5) -> None: ...
    @property
    def type(self) -> Type: ...
    @property
    def cpu_seconds(self) -> float:
        """That the next call may take: each stop halves it."""

    @property
    def calls(self) -> int:
        """Of the function; others were answered from memory."""

    @property
    def problems(self) -> dict[str, int]:
        """How many of the calls failed, by reason."""

    @property
    def last_problem(self) -> str:
        """Of the last call that failed, in words."""

class Limits:
    def __init__(self, fuel: int = 20000, stack_bytes: int = 1048576, arena_bytes: int = 4194304) -> None: ...
    @property
    def fuel(self) -> int: ...
    @property
    def stack_bytes(self) -> int: ...
    @property
    def arena_bytes(self) -> int: ...

class Failure:
    @property
    def reason(self) -> str: ...
    def __eq__(self, other: object) -> bool: ...
    def __hash__(self) -> int: ...

class Language:
    """Primitives and abstractions with their types, and equations such as ``(+ a 0) = a``.

    An equation says: wherever the left side gives a value, the right side gives the same. A name that is no
    production is a variable. Raises EngineError, which says why, for an equation of no supported form.
    ``functions`` evaluate the primitives they are paired with; the engine evaluates those it knows by name.
    """

    def __init__(
        self,
        primitives: Sequence[tuple[str, str | Type]],
        abstractions: Sequence[Term] = [],
        equations: Sequence[str] = [],
        functions: Sequence[tuple[str, PythonPrimitive]] = [],
    ) -> None: ...
    @property
    def equations(self) -> list[str]: ...
    @property
    def productions(self) -> list[str]: ...
    @property
    def types(self) -> list[Type]: ...
    @property
    def terms(self) -> list[Term]: ...
    def infer(self, term: Term) -> Type: ...
    def eta_long(self, term: Term, request: Type) -> Term: ...
    def recursive(self, request: Type) -> bool:
        """Whether the language derives programs of the request that call themselves, through `fix1`."""
    def evaluate(
        self, term: Term, request: Type, inputs: Sequence[Sequence[Any]], limits: Limits = ...
    ) -> list[Any]: ...

class Likelihood:
    """How well an output fits the one wanted, in nats against a perfect fit. Immutable.

    What a way says nothing about is compared exactly. Bad parameters raise EngineError.
    """

    @staticmethod
    def exact() -> Likelihood: ...
    @staticmethod
    def tolerance(relative: float = 1e-9, absolute: float = 1e-12) -> Likelihood:
        """Reals, elementwise in lists, may be off by `absolute` or `relative` of the wanted one."""

    @staticmethod
    def gaussian(sigma: float) -> Likelihood:
        """Reals, elementwise in lists of one length, carry independent normal noise."""

    @staticmethod
    def edit_distance(nats_per_edit: float, max_edits: int) -> Likelihood:
        """Each insertion, deletion or substitution in a list or text has its price; at most 1000 of them."""

    def score(self, output: Any, wanted: Any, type: Type) -> float:
        """0 for a perfect output, else less, -inf for what can't be."""

    def __eq__(self, other: object) -> bool: ...
    def __hash__(self) -> int: ...

class Budget:
    def __init__(
        self,
        *,
        cpu_seconds: float = 1.0,
        programs: int = 0,
        nats: float = 0.0,
        start_nats: float = 0.0,
        slack_nats: float = 1.5,
        bytes: int = 536870912,
        keep: int = 5,
    ) -> None: ...
    @property
    def cpu_seconds(self) -> float: ...
    @property
    def programs(self) -> int: ...
    @property
    def nats(self) -> float: ...
    @property
    def start_nats(self) -> float: ...
    @property
    def slack_nats(self) -> float: ...
    @property
    def bytes(self) -> int: ...
    @property
    def keep(self) -> int: ...

class SearchConfig:
    """How to search. Only 'sampled' equivalence may lose a solution; the rest changes speed alone.

    ``order``: 'windows' of 1.5 nats, or 'best_first', strictly by cost. ``equivalence``: 'none'; 'closed'
    merges sub-programs without inner variables that give the same on every example (up to 96 inputs),
    reals up to rounding where the likelihood forgives that;
    'sampled' merges all sub-programs that do the same on ``samples`` inputs and sampled inner variables,
    for long searches and many tasks. ``threads``: of 'windows' without a bound on programs or a sampled
    bank; elsewhere one is used. ``foresight`` leaves out programs that build towers or draw by
    what they begin with, ``divergence`` programs that are seen to call themselves for ever.
    """

    def __init__(
        self,
        *,
        order: str = "windows",
        equivalence: str = "closed",
        completion_bounds: bool = True,
        equations: bool = True,
        threads: int = 1,
        samples: int = 32,
        foresight: bool = True,
        divergence: bool = True,
    ) -> None: ...
    @property
    def order(self) -> str: ...
    @property
    def equivalence(self) -> str: ...
    @property
    def completion_bounds(self) -> bool: ...
    @property
    def equations(self) -> bool: ...
    @property
    def threads(self) -> int: ...
    @property
    def samples(self) -> int: ...
    @property
    def foresight(self) -> bool: ...
    @property
    def divergence(self) -> bool: ...

class Cancellation:
    def __init__(self) -> None: ...
    def cancel(self) -> None: ...
    @property
    def cancelled(self) -> bool: ...

class SearchResult:
    @property
    def solutions(self) -> list[tuple[Term, float]]:
        """Programs with their cost in nats; the best come first, by cost and likelihood together."""

    @property
    def log_likelihoods(self) -> list[float]:
        """Of the examples under each solution, in nats against a perfect fit."""

    @property
    def programs(self) -> int: ...
    @property
    def cpu_seconds(self) -> float: ...
    @property
    def found_cpu_seconds(self) -> float: ...
    @property
    def explored_nats(self) -> float: ...
    @property
    def stopped(self) -> str: ...
    @property
    def bank_completions(self) -> int: ...
    @property
    def bank_bytes(self) -> int: ...
    @property
    def bank_full(self) -> bool: ...

class Grammar:
    def __init__(self, language: Language, weights: NDArray[np.float64]) -> None: ...
    @staticmethod
    def uniform(language: Language) -> Grammar: ...
    @staticmethod
    def contexts(language: Language) -> list[tuple[int, int]]: ...
    @staticmethod
    def count(
        language: Language,
        terms: Sequence[Term],
        requests: Sequence[Type],
        weights: Sequence[float],
        itself_apart: bool = True,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]: ...
    @property
    def language(self) -> Language: ...
    @property
    def weights(self) -> NDArray[np.float64]: ...
    @property
    def contextual(self) -> bool: ...
    def log_likelihood(self, term: Term, request: Type) -> float: ...
    def sample(
        self, request: Type, count: int, seed: int, max_nodes: int = 40
    ) -> list[tuple[Term, float]]: ...
    def enumerate(
        self, request: Type, lower_nats: float, upper_nats: float, limit: int, equations: bool = False
    ) -> list[tuple[Term, float]]: ...
    def count_windows(
        self,
        request: Type,
        max_nats: float,
        continuation: Type | None = None,
        equations: bool = False,
    ) -> list[tuple[float, int]]: ...
    def search(
        self,
        request: Type,
        examples: Sequence[tuple[Sequence[Any], Any]],
        budget: Budget,
        cancellation: Cancellation | None = None,
        config: SearchConfig = ...,
        likelihood: Likelihood = ...,
    ) -> SearchResult:
        """Programs whose output the likelihood allows on every example; holes for constants are filled in."""

    def search_many(
        self,
        request: Type,
        tasks: Sequence[Sequence[tuple[Sequence[Any], Any]]],
        budget: Budget,
        cancellation: Cancellation | None = None,
        config: SearchConfig = ...,
        likelihood: Likelihood = ...,
    ) -> list[SearchResult]:
        """The same for each task; the tasks share one enumeration."""

    def behaviours(
        self,
        request: Type,
        inputs: Sequence[Sequence[Any]],
        budget: Budget,
        cancellation: Cancellation | None = None,
    ) -> list[tuple[Term, float]]: ...

class Drawings:
    """What a grammar's cheapest statements draw, made once for all pictures.

    A statement is a production with what it is applied to but for the rest of a program, which draws on.
    Those below `nats` are kept, one for each effect; at most `tries` are run. Raises EngineError for a
    grammar of several contexts.
    """

    def __init__(self, grammar: Grammar, nats: float = 21.0, tries: int = 150_000) -> None: ...
    @property
    def statements(self) -> int: ...
    @property
    def openings(self) -> int:
        """Statements whose body is left open, for a search to fill."""

    @property
    def tries(self) -> int: ...
    def search(
        self, picture: Sequence[Sequence[float]], budget: Budget, cancellation: Cancellation | None = None
    ) -> SearchResult:
        """Programs of `turtle -> turtle` that draw a picture, cheapest first: to be checked by running them.

        Of the budget: seconds, programs (counted are sketches, finished or not), bytes, slack_nats and keep.
        One thread at a time; others wait. Raises EngineError for what is no picture.
        """

class StringSearchResult:
    @property
    def program(self) -> list[int]:
        """Numbers of rules in prefix order; empty where none was found."""

    @property
    def nats(self) -> float: ...
    @property
    def programs(self) -> int:
        """Expressions tried."""

    @property
    def cpu_seconds(self) -> float: ...
    @property
    def found_cpu_seconds(self) -> float:
        """Until the first solution; -1 without one."""

    @property
    def explored_nats(self) -> float:
        """Every cheaper expression was tried."""

    @property
    def stopped(self) -> str: ...

class StringGrammar:
    """A first-order grammar of expressions on strings, integers and truth values."""

    def __init__(
        self,
        sorts: Sequence[str],
        rules: Sequence[tuple[int, str, Sequence[int], float, Any]],
        start: int,
    ) -> None:
        """`sorts` ("str", "int", "bool") of the nonterminals. A rule: its nonterminal, a primitive's name
        or "input" or "constant", the nonterminals of its arguments, what it costs in nats (0.5 at least),
        and the place of the input or the constant. Raises EngineError where they don't fit.
        """

    def search(
        self,
        inputs: Sequence[str],
        examples: Sequence[tuple[Sequence[Any], Any]],
        budget: Budget,
        cancellation: Cancellation | None = None,
    ) -> StringSearchResult:
        """The cheapest expression found that gives every example; `inputs` are the sorts of the inputs. Of
        the budget: seconds, programs and bytes.
        """

class TowerPrices:
    """What the parts of tower programs cost, in nats: a node each.

    `blocks`: upright, lying. `rest`: the continuation's variable where it is the only one. `literals` (1 to
    9) and `minus`: where no integer variable is in scope; `crowded` more where one is, and `index` is that
    variable.
    """

    def __init__(
        self,
        *,
        blocks: tuple[float, float],
        left: float,
        right: float,
        loop: float,
        embed: float,
        rest: float,
        literals: Sequence[float],
        minus: float,
        index: float,
        crowded: float,
    ) -> None: ...

class TowerCall:
    """A call `(head argument … rest)` that an explanation may use, and what it does.

    `family`: the same for calls that differ in their integers alone. `arguments`: an integer, or a closed
    term's text. `price`: nats, of all but the integers. `blocks`: x from where the hand is, and 0 for
    upright, 1 for lying.
    """

    def __init__(
        self,
        *,
        family: int,
        head: str,
        arguments: Sequence[int | str],
        price: float,
        blocks: Sequence[tuple[int, int]],
        displacement: int,
    ) -> None: ...

class TowerExplanation:
    @property
    def programs(self) -> list[tuple[str, float]]:
        """Distinct programs `tower -> tower` and about what they cost in nats, the cheapest first."""

    @property
    def tried(self) -> int:
        """Ways to build a stretch of the tower that were weighed."""

    @property
    def cpu_seconds(self) -> float: ...

def explain_tower(
    blocks: Sequence[tuple[int, int]],
    prices: TowerPrices,
    calls: Sequence[TowerCall],
    cpu_seconds: float,
    keep: int = 5,
    cancellation: Cancellation | None = None,
) -> TowerExplanation:
    """Cheap programs that put these blocks (x, and 0 for upright, 1 for lying), in this order.

    When time is up, those that it has: longer ones. Raises EngineError for more than 300 blocks, or distant
    ones.
    """

class TypedDecoder:
    def __init__(
        self, language: Language, request: Type, count: int, max_variables: int = 10, max_nodes: int = 40
    ) -> None: ...
    @property
    def done(self) -> bool: ...
    def masks(self) -> NDArray[np.uint8]: ...
    def contexts(self) -> NDArray[np.int64]: ...
    def push(self, tokens: NDArray[np.int64]) -> None: ...
    def terms(self) -> list[Term | None]: ...

def trace(
    language: Language, term: Term, request: Type, max_variables: int = 10
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint8]]: ...

class NodeCost:
    """What a term costs: its nodes, each kind with its price. Immutable."""

    def __init__(self, application: float = 1.0, lambda_: float = 1.0, leaf: float = 100.0) -> None: ...
    @property
    def application(self) -> float: ...
    @property
    def lambda_(self) -> float: ...
    @property
    def leaf(self) -> float: ...

class Described:
    """Frontiers and what a language makes of them, with θ fitted to them by inside–outside."""

    @property
    def programs(self) -> list[list[Term]]: ...
    @property
    def log_likelihoods(self) -> list[list[float]]:
        """ln P[x|ρ] of the programs."""

    @property
    def log_priors(self) -> list[list[float]]:
        """ln P[ρ|L] of the programs; −inf for what the language can't derive."""

    @property
    def weights(self) -> NDArray[np.float64]:
        """ln θ, shape [1, productions + 1]; the last is the variables'."""

    @property
    def log_evidence(self) -> float:
        """Σ over frontiers of ln Σ_ρ P[x|ρ] P[ρ|L], in nats."""

class Describer:
    """Measures frontiers under one language after another, and keeps what it learns of their programs.

    A frontier is (request, η-long programs, ln P[x|ρ] of each). Not for several threads at once.
    """

    def __init__(self, pseudocounts: float, refits: int) -> None: ...
    def describe(
        self, language: Language, frontiers: Sequence[tuple[Type, Sequence[Term], Sequence[float]]]
    ) -> Described: ...
    def rewrite(
        self,
        language: Language,
        described: Described,
        abstraction: Term,
        arity: int,
    ) -> Described | None:
        """Each program with calls of an abstraction of the language, where that makes it more probable. None
        where nothing changes.

        A rewriting counts only if it has the request's type and the β-normal form, abstractions spelled out,
        of the original. Programs that become equal are one.
        """

class VersionSpaces:
    """Sets of refactorings of programs that share their parts; each set is a number this object hands out.

    Safe to share between threads (one call at a time works; the GIL is released). Raises EngineError
    ("version space too large ...") beyond max_nodes, about 16 to 40 times more nodes for each inversion step.
    """

    def __init__(self, max_nodes: int = 2_000_000, inline_abstractions: bool = True) -> None: ...
    def incorporate(self, term: Term) -> int: ...
    def inverse_beta(self, space: int, steps: int) -> int: ...
    def union(self, a: int, b: int) -> int: ...
    def intersect(self, a: int, b: int) -> int: ...
    def size(self, space: int) -> float: ...
    def members(self, space: int, limit: int) -> list[Term]: ...
    def minimal(self, space: int, cost: NodeCost = ...) -> Term: ...
    @property
    def nodes(self) -> int: ...

class AbstractionSearchConfig:
    """Settings of abstraction search. Each pruning can be switched off.

    Bounds change no best utility. ``argument_pruning`` loses only an abstraction that all its calls hand the
    same constant. ``inversion_shortlist`` 0 considers every term for an applied parameter; ``both_orders``
    fills holes from the left as well as from the right, for about twice the time: where a parameter is
    applied more than once, its first use decides what it stands for.
    ``check_by_rewriting`` is slow: each finished pattern is compared with really rewritten programs and with
    every bound above it, and EngineError says where they differ.
    """

    def __init__(
        self,
        *,
        inversion_steps: int = 1,
        max_arity: int = 3,
        keep: int = 20,
        min_tasks: int = 2,
        hole_cost: int = 100,
        cpu_seconds: float = 10.0,
        max_nodes: int = 5_000_000,
        max_cells: int = 60_000_000,
        inversion_shortlist: int = 60,
        both_orders: bool = False,
        upper_bound_pruning: bool = True,
        location_pruning: bool = True,
        argument_pruning: bool = True,
        check_by_rewriting: bool = False,
    ) -> None: ...
    @property
    def inversion_steps(self) -> int: ...
    @property
    def max_arity(self) -> int: ...
    @property
    def keep(self) -> int: ...
    @property
    def min_tasks(self) -> int: ...
    @property
    def hole_cost(self) -> int: ...
    @property
    def cpu_seconds(self) -> float: ...
    @property
    def max_nodes(self) -> int: ...
    @property
    def max_cells(self) -> int: ...
    @property
    def inversion_shortlist(self) -> int: ...
    @property
    def both_orders(self) -> bool: ...
    @property
    def upper_bound_pruning(self) -> bool: ...
    @property
    def location_pruning(self) -> bool: ...
    @property
    def argument_pruning(self) -> bool: ...
    @property
    def check_by_rewriting(self) -> bool: ...

class AbstractionCandidate:
    @property
    def body(self) -> Term: ...
    @property
    def arity(self) -> int: ...
    @property
    def utility(self) -> int: ...
    @property
    def uses(self) -> int: ...
    @property
    def tasks(self) -> int: ...

class AbstractionSearchResult:
    @property
    def candidates(self) -> list[AbstractionCandidate]: ...
    @property
    def complete(self) -> bool: ...
    @property
    def patterns(self) -> int: ...
    @property
    def cpu_seconds(self) -> float: ...

class AbstractionUse:
    """What an abstraction does to a corpus. The sums over a corpus's parts are those of the whole."""

    @property
    def saving(self) -> int:
        """What the tasks' cheapest programs save; the body is not paid for. 100 a leaf, 1 a λ or
        application.
        """

    @property
    def uses(self) -> int:
        """Calls in the rewritten programs."""

    @property
    def tasks(self) -> int:
        """Tasks that gain."""

class AbstractionCorpus:
    """A corpus to be compressed with one abstraction after the other: it is read once.

    One inner list of programs per task. Raises EngineError for indices above $63.
    """

    def __init__(self, tasks: Sequence[Sequence[Term]]) -> None: ...
    def search(self, config: AbstractionSearchConfig = ..., least: int = 0) -> AbstractionSearchResult:
        """The abstractions of more than ``least`` utility that compress it most."""

    def uses_of(
        self, abstractions: Sequence[tuple[Term, int]], close_uses: bool = False
    ) -> list[AbstractionUse]:
        """What rewriting with each (``#(...)``, arity) would do."""

    def rewrite(self, abstraction: Term, arity: int, close_uses: bool = False) -> int:
        """Rewrites the programs in place, as the function does; returns how many changed."""

    def programs(self) -> list[list[Term]]: ...
    def pack(self) -> bytes:
        """The corpus as bytes, for another process on the same kind of machine."""

    @staticmethod
    def unpack(packed: bytes) -> AbstractionCorpus:
        """The inverse of pack; raises EngineError for other bytes."""

    @property
    def least_cost(self) -> int:
        """Of the tasks' cheapest programs together: 100 a leaf, 1 a λ or application."""

    @property
    def total_cost(self) -> int:
        """Of all programs."""

def search_abstractions(
    corpus: Sequence[Sequence[Term]], config: AbstractionSearchConfig = ...
) -> AbstractionSearchResult:
    """Top-down search, best first; types are not checked.

    Raises EngineError for indices above $63 and settings out of range.
    """

def find_abstractions(
    corpus: Sequence[Sequence[Term]], config: AbstractionSearchConfig = ...
) -> list[AbstractionCandidate]:
    """The candidates of search_abstractions, best first."""

class VersionSpaceSearchConfig:
    """Settings of the exact method. Beyond max_nodes or about max_bytes it takes fewer inversion steps."""

    def __init__(
        self,
        *,
        inversion_steps: int = 3,
        max_arity: int = 3,
        keep: int = 20,
        min_tasks: int = 2,
        hole_cost: int = 100,
        beam: int = 1_000_000,
        max_nodes: int = 4_000_000,
        max_bytes: int = 2_147_483_648,
    ) -> None: ...
    @property
    def inversion_steps(self) -> int: ...
    @property
    def max_arity(self) -> int: ...
    @property
    def keep(self) -> int: ...
    @property
    def min_tasks(self) -> int: ...
    @property
    def hole_cost(self) -> int: ...
    @property
    def beam(self) -> int: ...
    @property
    def max_nodes(self) -> int: ...
    @property
    def max_bytes(self) -> int: ...

class VersionSpaceSearchResult:
    @property
    def candidates(self) -> list[AbstractionCandidate]: ...
    @property
    def rewritten(self) -> list[list[Term]]: ...
    @property
    def steps(self) -> int: ...
    @property
    def note(self) -> str: ...
    @property
    def considered(self) -> int: ...
    @property
    def nodes(self) -> int: ...
    @property
    def bytes(self) -> int: ...

def search_version_spaces(
    corpus: Sequence[Sequence[Term]], config: VersionSpaceSearchConfig = ...
) -> VersionSpaceSearchResult:
    """DreamCoder's method for small corpora, programs in β-normal form; types are not checked.

    Calls in ``rewritten`` may have fewer arguments than the abstraction has parameters (``fn`` for
    ``(lambda (fn $0))``). Raises EngineError for settings out of range; never for a corpus that is too large.
    """

def rewrite(programs: Sequence[Term], abstraction: Term, arity: int, close_uses: bool = False) -> list[Term]:
    """The cheapest rewriting of each program with calls of `#(...)`.

    Arguments of applied parameters come back η-reduced. With ``close_uses`` calls leave out last arguments
    where they can: ``(lambda (fn a $0))`` becomes ``(fn a)``.
    """
