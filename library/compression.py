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

from engine import EngineError, Term, Type
from library.abstraction_sleep import CompressionConfig, Sleep, State, distinct
from library.description import Frontier
from library.domain import Domain, get_domain
from library.naming import document, name_abstraction
from library.refactoring import substitute
from library.snapshot import Abstraction, Library, surface_of

__all__ = ["CompressionConfig", "CompressionResult", "FrontierPrograms", "compress"]


@dataclass(frozen=True)
class FrontierPrograms:
    """A task's solutions: (program text, log P[x|ρ]) pairs."""

    task: str
    request: str
    programs: tuple[tuple[str, float], ...]


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


def compress(
    library: Library, frontiers: Sequence[FrontierPrograms], config: CompressionConfig | None = None
) -> CompressionResult:
    """One abstraction sleep; tasks without programs stay as they are.

    Raises EngineError for programs that don't parse, don't fit their request or can't be derived.
    """
    solved = [frontier for frontier in frontiers if frontier.programs]
    if not solved:
        return CompressionResult(library, tuple(frontiers), (), (), 0.0, 0.0)
    domain = get_domain(library.domain)
    sleep: Sleep[Abstraction] = Sleep(domain.language, config or CompressionConfig())
    terms = tuple(abstraction.term for abstraction in library.abstractions)
    before = sleep.measured(terms, library.abstractions, _frontiers(library, solved))
    after = sleep.run(before)
    known = {abstraction.name for abstraction in library.abstractions}
    kept = {origin.name for origin in after.origins if origin}
    abstractions = _named(after, domain, known)
    retired = tuple(abstraction for abstraction in library.abstractions if abstraction.name not in kept)
    written = iter(_written(after))
    return CompressionResult(
        Library(library.domain, abstractions, tuple(after.description.weights[0].tolist())),
        tuple(next(written) if frontier.programs else frontier for frontier in frontiers),
        tuple(abstraction for abstraction in abstractions if abstraction.name not in known),
        retired,
        before.nats,
        after.nats,
        {a.name: after.tasks_using(a.term) for a in abstractions},
        {a.name: sleep.gain(after, a.term) for a in abstractions},
        {a.name: sleep.saving(after, a.term) for a in retired},
    )


def _frontiers(library: Library, solved: Sequence[FrontierPrograms]) -> list[Frontier]:
    """The programs as terms of the library's language; abstractions that it lacks (by now) are inlined."""
    known = {abstraction.term for abstraction in library.abstractions}
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
        log_likelihoods = tuple(log_likelihood for _, log_likelihood in given.programs)
        frontiers.append(distinct(Frontier(given.task, request, written, log_likelihoods)))
    return frontiers


def _named(state: State[Abstraction], domain: Domain, known: set[str]) -> tuple[Abstraction, ...]:
    """All abstractions as snapshots; a name that was known is not given to another."""
    language = state.description.language
    named: list[Abstraction] = []
    taken = set(known)
    for term, origin in zip(state.terms, state.origins, strict=True):
        if origin is not None and origin.term == term:
            named.append(origin)
            continue
        name = origin.name if origin else name_abstraction(term, domain, language, taken)
        taken.add(name)
        tasks = origin.tasks if origin else state.tasks_using(term)
        named.append(Abstraction(name, str(term), str(language.infer(term)), "", tasks))
    surface = surface_of(domain, tuple(named))
    return tuple(a if a.docstring else replace(a, docstring=document(a, language, surface)) for a in named)


def _written(state: State[Abstraction]) -> list[FrontierPrograms]:
    return [
        FrontierPrograms(
            frontier.task,
            str(frontier.request),
            tuple((str(frontier.terms[i]), frontier.log_likelihoods[i]) for i in ranked),
        )
        for frontier, ranked in zip(state.frontiers, state.ranked, strict=True)
    ]
