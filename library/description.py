"""The description length that abstraction sleep lowers: of the library, and of the frontiers given the
library.

In nats: ``structure_penalty`` for each node of each abstraction, ``aic`` for each production, and for each
task −log Σ_ρ P[x|ρ] P[ρ|L] over the whole frontier (log-sum-exp, so a task with several good programs gains
from all of them). θ is refitted to the frontiers for every library that is measured. The engine does the
sums (``Describer``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine import Describer, Language, Term, Type
from library.refactoring import arity
from library.weights import Weights

_REFITS = 2
"""Posterior shares and θ depend on each other: so many rounds, starting from the uniform grammar."""


@dataclass(frozen=True)
class Frontier:
    """A task's programs as η-long terms, all in the language at hand, with log P[x|ρ] of each."""

    task: str
    request: Type
    terms: tuple[Term, ...]
    log_likelihoods: tuple[float, ...]

    @property
    def row(self) -> tuple[Type, tuple[Term, ...], tuple[float, ...]]:
        """As the engine reads it."""
        return self.request, self.terms, self.log_likelihoods


@dataclass(frozen=True)
class Cost:
    """Nats for a node of an abstraction, nats for a production, and the pseudocounts of θ."""

    structure_penalty: float
    aic: float
    pseudocounts: float


@dataclass(frozen=True)
class Description:
    """What a library makes of the frontiers: their log P[ρ|L] are parallel to them."""

    language: Language
    weights: Weights
    nats: float
    log_priors: tuple[tuple[float, ...], ...]


class Measure:
    """Measures frontiers under one library after another; what it learns of a program serves all of them."""

    def __init__(self, cost: Cost) -> None:
        self.cost = cost
        self._describer = Describer(cost.pseudocounts, _REFITS)

    def describe(self, language: Language, frontiers: Sequence[Frontier]) -> Description:
        """Fits θ and measures; ``nats`` is inf where a task has no program of non-zero probability."""
        found = self._describer.describe(language, [frontier.row for frontier in frontiers])
        return self._description(language, *found)

    def rewrite(
        self, language: Language, frontiers: Sequence[Frontier], abstraction: Term
    ) -> tuple[tuple[Frontier, ...], Description] | None:
        """Each program with calls of the abstraction, one of the language's, where that makes it more
        probable; None where that changes no program.
        """
        rows = [frontier.row for frontier in frontiers]
        found = self._describer.rewrite(language, rows, abstraction, arity(abstraction))
        if found is None:
            return None
        rewritten, described = found
        written = tuple(
            replace(frontier, terms=tuple(terms), log_likelihoods=tuple(log_likelihoods))
            for frontier, (terms, log_likelihoods) in zip(frontiers, rewritten, strict=True)
        )
        return written, self._description(language, *described)

    def _description(
        self, language: Language, weights: Weights, log_priors: Sequence[Sequence[float]], log_evidence: float
    ) -> Description:
        learned = [term for term in language.terms if term.kind == "abstraction"]
        nats = self.cost.aic * len(language.productions) - log_evidence
        nats += self.cost.structure_penalty * sum(map(structure_size, learned))
        return Description(language, weights, nats, tuple(map(tuple, log_priors)))


def structure_size(abstraction: Term) -> int:
    """Leaves and lambdas of the body, without the lambdas that bind its parameters.

    An abstraction inside counts as one leaf, being paid for already.
    """

    def size(term: Term) -> int:
        if term.kind == "lambda":
            return 1 + size(term.body)
        if term.kind == "application":
            return size(term.function) + size(term.argument)
        return 1

    body = abstraction.body
    while body.kind == "lambda":
        body = body.body
    return size(body)
