"""A problem's grammar as rules that the engine searches, and derivations as programs of both languages.

The rules are the grammar's productions, flattened: a production that applies functions within functions
gets nonterminals of its own for the inner ones. A production is one of the strings domain's primitives, so
that every derivation is also a program of that domain; productions with other functions are left out
(`left_out`), which loses programs and makes none wrong. What a rule costs comes from the domain's weights,
shared among the productions of its nonterminal: literals of a kind share one primitive's weight, and so do
the parameters.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from engine import StringGrammar, Term
from synthesis.sygus.problem import (
    Anything,
    Applied,
    Expression,
    Literally,
    Named,
    Nonterminal,
    Problem,
    Sort,
    SygusError,
    Value,
)
from synthesis.sygus.s_expressions import quoted, symbol

SORT_NAMES: Mapping[Sort, str] = {"String": "str", "Int": "int", "Bool": "bool"}

LEAST_NATS = 0.5
"""What a rule costs at least: the engine's bound."""
MAX_INTEGER = 100
"""The largest integer in a grammar: as a program of the domain it is that many ones."""
_VARIABLE = "$"
_LITERALS: Mapping[type, str] = {str: "STRING", int: "1", bool: "eq?"}


@dataclass(frozen=True)
class _Function:
    """A function of SMT-LIB: its sorts, and the primitive that does the same."""

    arguments: tuple[Sort, ...]
    returns: Sort
    primitive: str


_S: Sort = "String"
_I: Sort = "Int"
_B: Sort = "Bool"
_FUNCTIONS: Mapping[str, _Function] = {
    "str.++": _Function((_S, _S), _S, "str.++"),
    "str.at": _Function((_S, _I), _S, "str.at"),
    "str.substr": _Function((_S, _I, _I), _S, "str.substr"),
    "str.indexof": _Function((_S, _S, _I), _I, "str.indexof"),
    "str.replace": _Function((_S, _S, _S), _S, "str.replace"),
    "str.len": _Function((_S,), _I, "str.len"),
    "str.from_int": _Function((_I,), _S, "str.from_int"),
    "int.to.str": _Function((_I,), _S, "str.from_int"),
    "str.to_int": _Function((_S,), _I, "str.to_int"),
    "str.to.int": _Function((_S,), _I, "str.to_int"),
    "str.prefixof": _Function((_S, _S), _B, "str.prefixof"),
    "str.suffixof": _Function((_S, _S), _B, "str.suffixof"),
    "str.contains": _Function((_S, _S), _B, "str.contains"),
    "+": _Function((_I, _I), _I, "+"),
    "-": _Function((_I, _I), _I, "-"),
    "=": _Function((_I, _I), _B, "eq?"),
}
_CHAINED = ("str.++", "+")
"""Those that take any number of arguments, and mean the same however they are grouped."""


@dataclass(frozen=True)
class Rule:
    """One alternative of a nonterminal. `written`: how SMT-LIB writes it, `{0}` for the first argument."""

    nonterminal: int
    primitive: str  # or "$" for a parameter, "" for a literal
    arguments: tuple[int, ...]
    written: str
    operand: Value | None = None
    nats: float = 0.0


_Spelling = Callable[[Rule, list[str]], str]


@dataclass(frozen=True)
class Rules:
    """The compiled grammar of a problem."""

    problem: Problem
    sorts: tuple[Sort, ...]
    rules: tuple[Rule, ...]
    start: int
    left_out: tuple[str, ...] = ()

    def engine_grammar(self) -> StringGrammar:
        return StringGrammar(
            [SORT_NAMES[sort] for sort in self.sorts],
            [
                (rule.nonterminal, _engine_operation(rule), list(rule.arguments), rule.nats, rule.operand)
                for rule in self.rules
            ],
            self.start,
        )

    def term(self, derivation: Sequence[int]) -> Term:
        """The strings domain's program that a derivation (rules in prefix order) spells."""
        parameters = len(self.problem.parameters)

        def spelt(rule: Rule, arguments: list[str]) -> str:
            if rule.primitive == _VARIABLE:
                return f"${parameters - 1 - int(rule.operand or 0)}"
            if rule.primitive:
                return f"({rule.primitive} {' '.join(arguments)})"
            return _literal_program(rule.operand)

        return Term.parse("(lambda " * parameters + self._fold(derivation, spelt) + ")" * parameters)

    def define_fun(self, derivation: Sequence[int]) -> str:
        """The same as SMT-LIB defines a function."""
        body = self._fold(derivation, lambda rule, arguments: rule.written.format(*arguments))
        parameters = " ".join(f"({symbol(name)} {sort})" for name, sort in self.problem.parameters)
        return f"(define-fun {symbol(self.problem.function)} ({parameters}) {self.problem.returns} {body})"

    def _fold(self, derivation: Sequence[int], spelt: _Spelling) -> str:
        numbers = iter(derivation)

        def part() -> str:
            rule = self.rules[next(numbers)]
            return spelt(rule, [part() for _ in rule.arguments])

        return part()


def compile_rules(problem: Problem, weights: Mapping[str, float], constants: Sequence[Value]) -> Rules:
    """The rules of a problem's grammar; all of the domain's primitives where it has none.

    `weights`: logs, by the names of the domain's primitives, and "$" for its variables. `constants`: what
    stands for any constant. Raises SygusError where nothing of the grammar can be used.
    """
    compiling = _Compiling(problem, tuple(constants), problem.grammar or _every_expression(problem))
    return compiling.compiled(weights)


def _every_expression(problem: Problem) -> tuple[Nonterminal, ...]:
    """The grammar of a problem that has none: a nonterminal a sort, the result's first."""
    sorts: list[Sort] = sorted(SORT_NAMES, key=lambda sort: sort != problem.returns)
    nonterminals: list[Nonterminal] = []
    for sort in sorts:
        leaves: list[Expression] = [] if sort == "Bool" else [Anything("Constant", sort)]
        if any(of == sort for _, of in problem.parameters):
            leaves.append(Anything("Variable", sort))
        applied = [
            Applied(name, tuple(Named(f"({each})") for each in function.arguments))
            for name, function in _FUNCTIONS.items()
            if function.returns == sort and name not in ("int.to.str", "str.to.int")
        ]
        chosen = Applied("ite", (Named("(Bool)"), Named(f"({sort})"), Named(f"({sort})")))
        nonterminals.append(Nonterminal(f"({sort})", sort, (*leaves, *applied, chosen)))
    return tuple(nonterminals)


@dataclass
class _Compiling:
    problem: Problem
    constants: tuple[Value, ...]
    grammar: tuple[Nonterminal, ...]
    sorts: list[Sort] = field(default_factory=list[Sort])
    rules: list[Rule] = field(default_factory=list[Rule])
    left_out: dict[str, None] = field(default_factory=dict[str, None])

    def compiled(self, weights: Mapping[str, float]) -> Rules:
        self.sorts = [nonterminal.sort for nonterminal in self.grammar]
        for number, nonterminal in enumerate(self.grammar):
            for production in self._without_renamings(nonterminal, ()):
                before = len(self.sorts), len(self.rules)
                try:
                    self._add(number, production)
                except _NotUnderstood as error:
                    self.left_out[str(error)] = None
                    del self.sorts[before[0] :], self.rules[before[1] :]
        useful = _useful(self.rules)
        kept = [rule for rule in dict.fromkeys(self.rules) if {rule.nonterminal, *rule.arguments} <= useful]
        if 0 not in useful:
            missing = (
                f" without {', '.join(self.left_out)}, which are not understood" if self.left_out else ""
            )
            raise SygusError("unsupported", f"the grammar has no expressions{missing}")
        weighed = tuple(
            replace(rule, nats=nats) for rule, nats in zip(kept, _nats(kept, weights), strict=True)
        )
        return Rules(self.problem, tuple(self.sorts), weighed, self._start(weighed), tuple(self.left_out))

    def _without_renamings(self, nonterminal: Nonterminal, seen: tuple[str, ...]) -> list[Expression]:
        """Its productions, with those of each nonterminal that it may just be."""
        found: list[Expression] = []
        for production in nonterminal.productions:
            number = self._nonterminal(production)
            if number is None:
                found.append(production)
            elif self.grammar[number].name not in (*seen, nonterminal.name):
                found += self._without_renamings(self.grammar[number], (*seen, nonterminal.name))
        return list(dict.fromkeys(found))

    def _start(self, rules: tuple[Rule, ...]) -> int:
        """The nonterminal that the first is but another name of, or the first."""
        productions = self.grammar[0].productions
        only = self._nonterminal(productions[0]) if len(productions) == 1 else None
        return 0 if only is None or not any(rule.nonterminal == only for rule in rules) else only

    def _nonterminal(self, expression: Expression) -> int | None:
        names = [nonterminal.name for nonterminal in self.grammar]
        return (
            names.index(expression.name)
            if isinstance(expression, Named) and expression.name in names
            else None
        )

    def _add(self, nonterminal: int, expression: Expression) -> None:
        """The rules of one production."""
        sort = self.sorts[nonterminal]
        match expression:
            case Literally(value):
                self._literal(nonterminal, value)
            case Named(name):
                self._parameter(nonterminal, name)
            case Anything("Constant", of) if of == sort:
                for value in self.constants:
                    if _SORTS[type(value)] == sort:
                        self._literal(nonterminal, value)
            case Anything("Variable", of) if of == sort:
                for name, known in self.problem.parameters:
                    if known == sort:
                        self._parameter(nonterminal, name)
            case Applied("ite", (condition, left, right)):
                self._apply(nonterminal, "ite", "if", (condition, left, right), ("Bool", sort, sort))
            case Applied("-", (only,)) if sort == "Int":
                inner = Applied("-", (Literally(0), only))
                self._add(nonterminal, inner)
                self.rules[-1] = replace(self.rules[-1], written="(- {1})")
            case Applied(name, arguments) if name in _CHAINED and len(arguments) > 2:
                self._chain(nonterminal, name, arguments)
            case Applied(name, arguments):
                function = _FUNCTIONS.get(name)
                if function is None:
                    raise _NotUnderstood(name)
                if function.returns != sort or len(arguments) != len(function.arguments):
                    raise _NotUnderstood(f"{name} of {len(arguments)} arguments for {sort}")
                self._apply(nonterminal, name, function.primitive, arguments, function.arguments)
            case _:
                raise _NotUnderstood(f"a constant or variable of another sort than {sort}")

    def _apply(
        self,
        nonterminal: int,
        name: str,
        primitive: str,
        arguments: Sequence[Expression],
        sorts: Sequence[Sort],
    ) -> None:
        places = tuple(self._place(argument, sort) for argument, sort in zip(arguments, sorts, strict=True))
        written = f"({name} {' '.join(f'{{{i}}}' for i in range(len(places)))})"
        self.rules.append(Rule(nonterminal, primitive, places, written))

    def _chain(self, nonterminal: int, name: str, arguments: Sequence[Expression]) -> None:
        """A sum or row of more than two: the first, and a nonterminal for the others, written without
        parentheses of their own."""
        function = _FUNCTIONS[name]
        if function.returns != self.sorts[nonterminal]:
            raise _NotUnderstood(f"{name} for {self.sorts[nonterminal]}")
        for place, argument in enumerate(arguments[:-1]):
            rest = self._fresh(function.returns) if place + 2 < len(arguments) else None
            last = self._place(arguments[-1], function.returns) if rest is None else rest
            first = self._place(argument, function.returns)
            written = f"({name} {{0}} {{1}})" if place == 0 else "{0} {1}"
            self.rules.append(Rule(nonterminal, function.primitive, (first, last), written))
            nonterminal = last

    def _place(self, expression: Expression, sort: Sort) -> int:
        """The nonterminal of an argument."""
        known = self._nonterminal(expression)
        if known is None:
            known = self._fresh(sort)
            self._add(known, expression)
        if self.sorts[known] != sort:
            raise _NotUnderstood(f"{self.sorts[known]} where {sort} is wanted")
        return known

    def _fresh(self, sort: Sort) -> int:
        self.sorts.append(sort)
        return len(self.sorts) - 1

    def _literal(self, nonterminal: int, value: Value) -> None:
        if _SORTS[type(value)] != self.sorts[nonterminal]:
            raise _NotUnderstood(f"the literal {value!r} for {self.sorts[nonterminal]}")
        if type(value) is int and abs(value) > MAX_INTEGER:
            raise _NotUnderstood(f"the integer {value}, beyond {MAX_INTEGER}")
        written = literal(value).replace("{", "{{").replace("}", "}}")
        self.rules.append(Rule(nonterminal, "", (), written, value))

    def _parameter(self, nonterminal: int, name: str) -> None:
        place = [known for known, _ in self.problem.parameters].index(name)
        if self.problem.parameters[place][1] != self.sorts[nonterminal]:
            raise _NotUnderstood(f"the parameter {name} for {self.sorts[nonterminal]}")
        written = symbol(name).replace("{", "{{").replace("}", "}}")
        self.rules.append(Rule(nonterminal, _VARIABLE, (), written, place))


class _NotUnderstood(Exception):
    """A production that is left out; the message names what it has."""


_SORTS: Mapping[type, Sort] = {str: "String", int: "Int", bool: "Bool"}


def literal(value: Value) -> str:
    """A constant as SMT-LIB writes it."""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if value >= 0 else f"(- {-value})"


def _literal_program(value: Value | None) -> str:
    """A constant as a program of the strings domain."""
    if isinstance(value, str):
        return str(Term.constant(value))
    if isinstance(value, bool):
        return "(eq? 0 0)" if value else "(eq? 0 1)"
    number = value or 0
    if number < 0:
        return f"(- 0 {_literal_program(-number)})"
    return "0" if number == 0 else "(+ 1 " * (number - 1) + "1" + ")" * (number - 1)


def _engine_operation(rule: Rule) -> str:
    return "input" if rule.primitive == _VARIABLE else rule.primitive or "constant"


def _useful(rules: Sequence[Rule]) -> set[int]:
    """The nonterminals that derive something."""
    found: set[int] = set()
    while more := {rule.nonterminal for rule in rules if found.issuperset(rule.arguments)} - found:
        found |= more
    return found


def _nats(rules: Sequence[Rule], weights: Mapping[str, float]) -> list[float]:
    """-log of each rule's share of its nonterminal."""
    kinds = [rule.primitive or _LITERALS[type(rule.operand)] for rule in rules]
    of_a_kind = Counter(
        (rule.nonterminal, kind) for rule, kind in zip(rules, kinds, strict=True) if not rule.arguments
    )
    shares = [
        math.exp(weights[kind]) / (1 if rule.arguments else of_a_kind[rule.nonterminal, kind])
        for rule, kind in zip(rules, kinds, strict=True)
    ]
    totals: defaultdict[int, float] = defaultdict(float)
    for rule, share in zip(rules, shares, strict=True):
        totals[rule.nonterminal] += share
    return [
        max(LEAST_NATS, math.log(totals[rule.nonterminal] / share))
        for rule, share in zip(rules, shares, strict=True)
    ]
