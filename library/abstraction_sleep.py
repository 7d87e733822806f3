"""The moves of an abstraction sleep: from one library and its frontiers to a better one.

Candidates come from the engine, on its own count of nodes. Here each is judged by what it really does: its
type is inferred, every frontier is rewritten with it, checked, and measured again with θ refitted
(``description``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Generic, TypeVar

from engine import AbstractionSearchConfig, IllTyped, Language, Term, Type, find_abstractions
from library.description import Cost, Description, Frontier, Measure
from library.refactoring import arity, leaves, substitute
from library.weights import PSEUDOCOUNTS

_LEAST_GAIN = 1e-6
"""Nats: smaller differences are rounding."""

Origin = TypeVar("Origin")
"""Whatever the caller knows of an abstraction that was there before."""


@dataclass(frozen=True)
class CompressionConfig:
    """``structure_penalty`` is in nats for each node of an abstraction's body, ``aic`` in nats for each
    production.

    ``programs_per_task`` of the most probable ones are shown to the search; all are rewritten and measured.
    ``candidates`` are measured at no inversion step and at one, a quarter as many at each further one.
    Without ``retire_known`` only abstractions of this sleep are retired.
    """

    inversion_steps: int = 1
    max_arity: int = 3
    max_abstractions: int = 6
    candidates: int = 100
    min_tasks: int = 2
    programs_per_task: int = 3
    structure_penalty: float = 1.5
    aic: float = 1.0
    pseudocounts: float = PSEUDOCOUNTS
    retire_known: bool = True


@dataclass(frozen=True)
class State(Generic[Origin]):
    """A library in the making and what it makes of the tasks' programs; ``origins`` is parallel to ``terms``:
    the known abstraction that each goes back to.
    """

    terms: tuple[Term, ...]
    origins: tuple[Origin | None, ...]
    tasks: tuple[tuple[str, Type], ...]
    """Names and requests."""
    description: Description

    @cached_property
    def frontiers(self) -> tuple[Frontier, ...]:
        described = self.description.described
        rows = zip(self.tasks, described.programs, described.log_likelihoods, strict=True)
        return tuple(
            Frontier(task, request, tuple(programs), tuple(log_likelihoods))
            for (task, request), programs, log_likelihoods in rows
        )

    @property
    def nats(self) -> float:
        return self.description.nats

    @cached_property
    def ranked(self) -> list[list[int]]:
        """For each frontier the numbers of its programs, the most probable first."""
        described = self.description.described
        return [
            sorted(range(len(priors)), key=lambda i: -(priors[i] + log_likelihoods[i]))
            for priors, log_likelihoods in zip(described.log_priors, described.log_likelihoods, strict=True)
        ]

    def tasks_using(self, abstraction: Term) -> tuple[str, ...]:
        """Tasks whose best program uses it, directly or through another."""
        return tuple(
            frontier.task
            for frontier, ranked in zip(self.frontiers, self.ranked, strict=True)
            if abstraction in frontier.terms[ranked[0]].abstractions
        )

    def pays_over(self, other: State[Origin]) -> bool:
        return self.nats < other.nats - _LEAST_GAIN


class Sleep(Generic[Origin]):
    """``language_of`` gives the language with these abstractions."""

    def __init__(
        self, language_of: Callable[[tuple[Term, ...]], Language], config: CompressionConfig
    ) -> None:
        self.language_of = language_of
        self.config = config
        self.measure = Measure(Cost(config.structure_penalty, config.aic, config.pseudocounts))

    def run(self, state: State[Origin], spent: Callable[[], bool] = lambda: False) -> State[Origin]:
        """Known abstractions used, new ones added and those that don't pay retired, in turn, until that
        lowers the total no more, or the budget is ``spent``.
        """
        state = self.reuse(state)
        left = self.config.max_abstractions
        while True:
            before = state
            while left > 0 and not spent() and (better := self.extend(state)):
                state, left = better, left - 1
            state = self.retire(state)
            if spent() or not state.pays_over(before):
                return state

    def measured(
        self, terms: tuple[Term, ...], origins: tuple[Origin | None, ...], frontiers: Sequence[Frontier]
    ) -> State[Origin]:
        description = self.measure.describe(self.language_of(terms), frontiers)
        return State(terms, origins, tuple((f.task, f.request) for f in frontiers), description)

    def reuse(self, state: State[Origin]) -> State[Origin]:
        """Programs that spell out what a known abstraction does are rewritten with it, where that pays."""
        for term in state.terms:
            better = self.rewritten(state, state.terms, state.origins, term)
            if better is not None and better.pays_over(state):
                state = better
        return state

    def extend(self, state: State[Origin]) -> State[Origin] | None:
        """The state with the best new abstraction; None if no candidate lowers the description length."""
        best = state
        for term in self.candidates(state):
            found = self.rewritten(state, (*state.terms, term), (*state.origins, None), term)
            if found and found.pays_over(best) and len(found.tasks_using(term)) >= self.config.min_tasks:
                best = found
        return None if best is state else best

    def candidates(self, state: State[Origin]) -> list[Term]:
        """New, well-typed abstractions that say something: at no inversion step, at one, and so on.

        Each number of steps has candidates of its own, since what takes many steps saves most nodes, and
        often fewer nats.
        """
        corpus = [
            [frontier.terms[i] for i in ranked[: self.config.programs_per_task]]
            for frontier, ranked in zip(state.frontiers, state.ranked, strict=True)
        ]
        language = state.description.language
        found: dict[Term, None] = {}
        for steps in range(self.config.inversion_steps + 1):
            search = AbstractionSearchConfig(
                inversion_steps=steps,
                max_arity=self.config.max_arity,
                keep=max(1, self.config.candidates // 4 ** max(0, steps - 1)),
                min_tasks=self.config.min_tasks,
            )
            for candidate in find_abstractions(corpus, search):
                term = _saturated(language, candidate.body)
                if term is not None and term not in state.terms and _says_something(term):
                    found[term] = None
        return list(found)

    def rewritten(
        self, state: State[Origin], terms: tuple[Term, ...], origins: tuple[Origin | None, ...], using: Term
    ) -> State[Origin] | None:
        """The state over ``terms``, each program rewritten where that makes it more probable; None if none
        can be.
        """
        found = self.measure.rewrite(self.language_of(terms), state.description, using)
        return State(terms, origins, state.tasks, found) if found else None

    def retire(self, state: State[Origin]) -> State[Origin]:
        """Without the abstractions whose removal, their bodies inlined wherever they are used, lowers the
        total.
        """
        for retired, origin in zip(reversed(state.terms), reversed(state.origins), strict=True):
            if origin is not None and not self.config.retire_known:
                continue
            without = self.without(state, retired)
            if without and without.pays_over(state):
                return self.retire(without)
        return state

    def without(self, state: State[Origin], retired: Term) -> State[Origin] | None:
        """The abstraction's body takes its place in the programs, and in the abstractions that are built on
        it.

        None where two abstractions would become the same.
        """
        new: dict[Term, Term] = {retired: retired.body}

        def changed(used: Term) -> Term | None:
            if used not in new and retired in used.abstractions:
                new[used] = Term.abstraction(substitute(used.body, changed).beta_normal(inline=False))
            return new.get(used)

        pairs = [pair for pair in zip(state.terms, state.origins, strict=True) if pair[0] != retired]
        terms = tuple(changed(term) or term for term, _ in pairs)
        origins = tuple(origin for _, origin in pairs)
        if len(set(terms)) < len(terms):
            return None
        language = self.language_of(terms)

        def inlined(program: Term, request: Type) -> Term:
            if retired not in program.abstractions:
                return program
            return language.eta_long(substitute(program, changed), request)

        frontiers = [
            distinct(replace(f, terms=tuple(inlined(t, f.request) for t in f.terms))) for f in state.frontiers
        ]
        return self.measured(terms, origins, frontiers)

    def gain(self, state: State[Origin], abstraction: Term) -> float:
        """Nats by which the total would rise without it; 0 where its body can't take its place."""
        without = self.without(state, abstraction)
        return without.nats - state.nats if without else 0.0

    def saving(self, state: State[Origin], retired: Term) -> float:
        """Nats by which the total would rise with it, used wherever it makes a program more probable; 0 where
        it is there, as another's new body.
        """
        if retired in state.terms:
            return 0.0
        terms, origins = (*state.terms, retired), (*state.origins, None)
        kept = self.rewritten(state, terms, origins, retired)
        return (kept or self.measured(terms, origins, state.frontiers)).nats - state.nats


def distinct(frontier: Frontier) -> Frontier:
    """The frontier without programs that are there already."""
    first = {term: i for i, term in reversed(list(enumerate(frontier.terms)))}
    kept = sorted(first.values())
    return replace(
        frontier,
        terms=tuple(frontier.terms[i] for i in kept),
        log_likelihoods=tuple(frontier.log_likelihoods[i] for i in kept),
    )


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
