"""The description length that abstraction sleep lowers: of the library, and of the frontiers given the
library.

In nats: ``structure_penalty`` for each node of each abstraction, ``aic`` for each production, and for each
task −log Σ_ρ P[x|ρ] P[ρ|L] over the whole frontier (log-sum-exp, so a task with several good programs gains
from all of them). θ is refitted to the frontiers for every library that is measured. The engine does the
sums (``Describer``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from engine import Described, Describer, Language, Term, Type
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


@dataclass(frozen=True)
class Cost:
    """Nats for a node of an abstraction, nats for a production, and the pseudocounts of θ."""

    structure_penalty: float
    aic: float
    pseudocounts: float


@dataclass(frozen=True)
class Description:
    """What a language makes of its frontiers, with θ fitted to them. ``nats`` is inf where a task has no
    program of non-zero probability.
    """

    language: Language
    nats: float
    described: Described

    @property
    def weights(self) -> Weights:
        return self.described.weights


class Measure:
    """Measures frontiers under one library after another; what it learns of a program serves all of them."""

    def __init__(self, cost: Cost) -> None:
        self.cost = cost
        self._describer = Describer(cost.pseudocounts, _REFITS)

    def describe(self, language: Language, frontiers: Sequence[Frontier]) -> Description:
        rows = [(frontier.request, frontier.terms, frontier.log_likelihoods) for frontier in frontiers]
        return self._description(language, self._describer.describe(language, rows))

    def rewrite(self, language: Language, description: Description, abstraction: Term) -> Description | None:
        """The programs with calls of the abstraction, one of the language's, where that makes it more
        probable; None where that changes no program.
        """
        found = self._describer.rewrite(language, description.described, abstraction, arity(abstraction))
        return self._description(language, found) if found else None

    def _description(self, language: Language, described: Described) -> Description:
        learned = [term for term in language.terms if term.kind == "abstraction"]
        nats = self.cost.aic * len(language.productions) - described.log_evidence
        nats += self.cost.structure_penalty * sum(map(structure_size, learned))
        return Description(language, nats, described)


@cache
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
