"""Abstraction sleep: which new library functions to keep, and which to let go.

The engine proposes candidates from the frontiers' programs (its own cost is a count of nodes). Here each is
judged by what it really does: its type is inferred, every frontier is rewritten with it, checked, and
measured again with θ refitted (``description``). The best is accepted as long as it lowers the total; then
the next is looked for in the rewritten programs, which may build on it. At the end, abstractions that the
programs are cheaper without are retired. Programs carry their abstractions inline, so retiring one breaks no
program.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from engine import (
    AbstractionSearchConfig,
    EngineError,
    Grammar,
    IllTyped,
    Language,
    Term,
    Type,
    find_abstractions,
)
from library.description import Cost, Description, Frontier, describe
from library.domain import Domain, get_domain
from library.naming import document, name_abstraction
from library.refactoring import arity, distinct, leaves, refactor, substitute
from library.snapshot import Abstraction, Library, surface_of
from library.weights import PSEUDOCOUNTS

_LEAST_GAIN = 1e-6
"""Nats: smaller differences are rounding."""


@dataclass(frozen=True)
class FrontierPrograms:
    """A task's solutions: (program text, log P[x|ρ]) pairs."""

    task: str
    request: str
    programs: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class CompressionConfig:
    """``structure_penalty`` is in nats for each node of an abstraction's body, ``aic`` in nats for each
    production.

    ``programs_per_task`` of the most probable ones are shown to the search; all are rewritten and measured.
    """

    inversion_steps: int = 1
    max_arity: int = 3
    max_abstractions: int = 6
    candidates: int = 30
    min_tasks: int = 2
    programs_per_task: int = 3
    structure_penalty: float = 1.5
    aic: float = 1.0
    pseudocounts: float = PSEUDOCOUNTS


@dataclass(frozen=True)
class CompressionResult:
    """``frontiers`` are parallel to those given, their programs rewritten, best first and without duplicates.

    Description lengths are in nats, each with θ fitted to its programs: before, of the library as it was and
    the programs as they were; after, of the new ones. By abstraction name: ``tasks_using``, the tasks whose
    best program uses it, directly or through another, and ``gains``, the nats that all would be longer
    without it. By the name of a retired one: ``savings``, the nats that all would be longer with it.
    """

    library: Library
    frontiers: tuple[FrontierPrograms, ...]
    added: tuple[Abstraction, ...]
    retired: tuple[Abstraction, ...]
    description_length_before: float
    description_length_after: float
    tasks_using: dict[str, tuple[str, ...]] = field(default_factory=dict)
    gains: dict[str, float] = field(default_factory=dict)
    savings: dict[str, float] = field(default_factory=dict)

    @property
    def uses(self) -> dict[str, int]:
        """How many tasks use each abstraction."""
        return {name: len(tasks) for name, tasks in self.tasks_using.items()}


@dataclass(frozen=True)
class _State:
    """A library in the making; ``origins`` is parallel to ``terms``: the known abstraction that each goes
    back to.
    """

    terms: tuple[Term, ...]
    origins: tuple[Abstraction | None, ...]
    frontiers: tuple[Frontier, ...]
    description: Description

    def tasks_using(self, abstraction: Term) -> tuple[str, ...]:
        """Tasks whose best program uses it, directly or through another."""
        return tuple(
            frontier.task
            for frontier, best in zip(self.frontiers, self.description.best, strict=True)
            if abstraction in frontier.terms[best].abstractions
        )


def compress(
    library: Library, frontiers: Sequence[FrontierPrograms], config: CompressionConfig | None = None
) -> CompressionResult:
    """One abstraction sleep; tasks without programs stay as they are.

    Raises EngineError for programs that don't parse, don't fit their request or can't be derived.
    """
    solved = [frontier for frontier in frontiers if frontier.programs]
    if not solved:
        return CompressionResult(library, tuple(frontiers), (), (), 0.0, 0.0)
    sleep = _Sleep(get_domain(library.domain), config or CompressionConfig())
    before = sleep.start(library, solved)
    state = sleep.reuse(before)
    for _ in range(sleep.config.max_abstractions):
        better = sleep.extend(state)
        if better is None:
            break
        state = better
    return sleep.result(library, frontiers, before, sleep.retire(state))


class _Sleep:
    """The domain and the settings of one abstraction sleep, and its moves from state to state."""

    def __init__(self, domain: Domain, config: CompressionConfig) -> None:
        self.domain = domain
        self.config = config
        self.cost = Cost(config.structure_penalty, config.aic, config.pseudocounts)

    def start(self, library: Library, solved: Sequence[FrontierPrograms]) -> _State:
        """The programs as terms of the library's language; abstractions it doesn't have (any more) are
        inlined.
        """
        terms = tuple(abstraction.term for abstraction in library.abstractions)
        known = set(terms)
        frontiers: list[Frontier] = []
        for given in solved:
            request = Type.parse(given.request)
            parsed = (
                substitute(Term.parse(text), lambda used: None if used in known else used.body)
                for text, _ in given.programs
            )
            written = tuple(library.language.eta_long(term, request) for term in parsed)
            for term in written:
                if math.isinf(library.grammar.log_likelihood(term, request)):  # it would hide every gain
                    raise EngineError(f"the library's language doesn't derive {term}")
            given_likelihoods = tuple(log_likelihood for _, log_likelihood in given.programs)
            frontiers.append(Frontier(given.task, request, written, given_likelihoods))
        return self.measured(terms, library.abstractions, frontiers)

    def measured(
        self, terms: tuple[Term, ...], origins: tuple[Abstraction | None, ...], frontiers: Sequence[Frontier]
    ) -> _State:
        unique = tuple(map(distinct, frontiers))
        return _State(terms, origins, unique, describe(self.domain, terms, unique, self.cost))

    def reuse(self, state: _State) -> _State:
        """Programs that spell out what a known abstraction does are rewritten with it, where that pays."""
        for term in state.terms:
            better = self.rewritten(state, state.terms, state.origins, term)
            if better is not None and _pays(better, state):
                state = better
        return state

    def extend(self, state: _State) -> _State | None:
        """The state with the best new abstraction; None if no candidate lowers the description length."""
        best = state
        for term in self.candidates(state):
            found = self.rewritten(state, (*state.terms, term), (*state.origins, None), term)
            if found and len(found.tasks_using(term)) >= self.config.min_tasks and _pays(found, best):
                best = found
        return None if best is state else best

    def candidates(self, state: _State) -> list[Term]:
        """New, well-typed abstractions that say something, best first by the engine's measure."""
        corpus: list[list[Term]] = []
        for frontier, priors in zip(state.frontiers, state.description.log_priors, strict=True):
            joints = [p + q for p, q in zip(priors, frontier.log_likelihoods, strict=True)]
            ranked = sorted(range(len(joints)), key=lambda i: -joints[i])
            corpus.append([frontier.terms[i] for i in ranked[: self.config.programs_per_task]])
        search = AbstractionSearchConfig(
            inversion_steps=self.config.inversion_steps,
            max_arity=self.config.max_arity,
            keep=self.config.candidates,
            min_tasks=self.config.min_tasks,
        )
        language = state.description.language
        proposed = (_saturated(language, candidate.body) for candidate in find_abstractions(corpus, search))
        return [
            term
            for term in dict.fromkeys(term for term in proposed if term is not None)
            if term not in state.terms and _says_something(term)
        ]

    def rewritten(
        self, state: _State, terms: tuple[Term, ...], origins: tuple[Abstraction | None, ...], using: Term
    ) -> _State | None:
        """The state over ``terms``, each program rewritten where that makes it more probable; None if none
        can be.
        """
        language = self.domain.language(terms)
        refactored = refactor(language, state.frontiers, using)
        if refactored is None:
            return None
        tried = self.measured(terms, origins, refactored)
        grammar = tried.description.grammar()
        chosen = [_likelier(grammar, old, new) for old, new in zip(state.frontiers, refactored, strict=True)]
        return tried if chosen == refactored else self.measured(terms, origins, chosen)

    def retire(self, state: _State) -> _State:
        """Without the abstractions whose removal, their bodies inlined wherever they are used, lowers the
        total.
        """
        for retired in reversed(state.terms):
            without = self.without(state, retired)
            if without and _pays(without, state):
                return self.retire(without)
        return state

    def without(self, state: _State, retired: Term) -> _State | None:
        """The abstraction's body takes its place in the programs, and in the abstractions that are built on
        it.

        None where two abstractions would become the same.
        """
        new: dict[Term, Term] = {retired: retired.body}
        terms: list[Term] = []
        origins: list[Abstraction | None] = []
        for term, origin in zip(state.terms, state.origins, strict=True):
            if term == retired:
                continue
            if retired in term.abstractions:
                body = substitute(term.body, new.get).beta_normal(inline=False)
                new[term] = Term.abstraction(body)
            terms.append(new.get(term, term))
            origins.append(origin)
        if len(set(terms)) < len(terms):
            return None
        language = self.domain.language(terms)
        frontiers = [
            replace(f, terms=tuple(language.eta_long(substitute(t, new.get), f.request) for t in f.terms))
            for f in state.frontiers
        ]
        return self.measured(tuple(terms), tuple(origins), frontiers)

    def result(
        self, library: Library, frontiers: Sequence[FrontierPrograms], before: _State, after: _State
    ) -> CompressionResult:
        """The snapshot and the frontiers as text; new abstractions get their names and docstrings."""
        abstractions = self.named(after, {abstraction.name for abstraction in library.abstractions})
        weights = tuple(after.description.weights[0].tolist())
        kept = {origin.name for origin in after.origins if origin}
        known = {abstraction.name for abstraction in library.abstractions}
        retired = tuple(abstraction for abstraction in library.abstractions if abstraction.name not in kept)
        written = iter(_written(after))
        return CompressionResult(
            Library(library.domain, abstractions, weights),
            tuple(next(written) if frontier.programs else frontier for frontier in frontiers),
            tuple(abstraction for abstraction in abstractions if abstraction.name not in known),
            retired,
            before.description.nats,
            after.description.nats,
            {a.name: after.tasks_using(a.term) for a in abstractions},
            {a.name: self.gain(after, a.term) for a in abstractions},
            {a.name: self.saving(after, a.term) for a in retired},
        )

    def gain(self, state: _State, abstraction: Term) -> float:
        """Nats by which the total would rise without it; 0 where its body can't take its place."""
        without = self.without(state, abstraction)
        return without.description.nats - state.description.nats if without else 0.0

    def saving(self, state: _State, retired: Term) -> float:
        """Nats by which the total would rise with it, used wherever it makes a program more probable; 0 where
        it is there, as another's new body.
        """
        if retired in state.terms:
            return 0.0
        terms, origins = (*state.terms, retired), (*state.origins, None)
        kept = self.rewritten(state, terms, origins, retired)
        return (
            kept or self.measured(terms, origins, state.frontiers)
        ).description.nats - state.description.nats

    def named(self, state: _State, known: set[str]) -> tuple[Abstraction, ...]:
        """All abstractions as snapshots; a name that was known is not given to another."""
        language = state.description.language
        named: list[Abstraction] = []
        taken = set(known)
        for term, origin in zip(state.terms, state.origins, strict=True):
            if origin is not None and origin.term == term:
                named.append(origin)
                continue
            name = origin.name if origin else name_abstraction(term, self.domain, language, taken)
            taken.add(name)
            tasks = origin.tasks if origin else state.tasks_using(term)
            named.append(Abstraction(name, str(term), str(language.infer(term)), "", tasks))
        surface = surface_of(self.domain, tuple(named))
        return tuple(
            a if a.docstring else replace(a, docstring=document(a, language, surface)) for a in named
        )


def _likelier(grammar: Grammar, old: Frontier, new: Frontier) -> Frontier:
    """Of each program the form that the grammar finds more probable, the new one where they tie."""
    terms = tuple(
        before
        if grammar.log_likelihood(before, old.request) > grammar.log_likelihood(after, old.request)
        else after
        for before, after in zip(old.terms, new.terms, strict=True)
    )
    return replace(old, terms=terms)


def _pays(new: _State, old: _State) -> bool:
    return new.description.nats < old.description.nats - _LEAST_GAIN


def _says_something(abstraction: Term) -> bool:
    """Whether it joins two functions, or has one and a variable twice; less would be only another name."""
    used = list(leaves(abstraction.body))
    variables = sum(leaf.kind == "index" for leaf in used)
    functions = len(used) - variables
    return functions > 1 or (functions == 1 and variables > arity(abstraction))


def _saturated(language: Language, body: Term) -> Term | None:
    """The abstraction of this body with all the arguments of its type, η-long; None if it has no type.

    Partial applications of one function become one abstraction, and its Python form names every argument.
    """
    try:
        return Term.abstraction(language.eta_long(body, language.infer(body)))
    except IllTyped:
        return None


def _written(state: _State) -> list[FrontierPrograms]:
    written: list[FrontierPrograms] = []
    for frontier, priors in zip(state.frontiers, state.description.log_priors, strict=True):
        scored = zip(frontier.terms, frontier.log_likelihoods, priors, strict=True)
        ranked = sorted(scored, key=lambda entry: -(entry[1] + entry[2]))
        programs = tuple((str(term), log_likelihood) for term, log_likelihood, _ in ranked)
        written.append(FrontierPrograms(frontier.task, str(frontier.request), programs))
    return written
