"""The description length that abstraction sleep lowers: of the library, and of the frontiers given the
library.

In nats: ``structure_penalty`` for each node of each abstraction, ``aic`` for each production, and for each
task −log Σ_ρ P[x|ρ] P[ρ|L] over the whole frontier (log-sum-exp, so a task with several good programs gains
from all of them). θ is refitted to the frontiers for every library that is measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine import Grammar, Language, Term, Type
from library.domain import Domain
from library.weights import WeightedProgram, Weights, fit, posterior_shares

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
    """What a library makes of the frontiers. ``log_priors`` and ``best`` (index of each task's most probable
    program) are parallel to them.
    """

    language: Language
    weights: Weights
    nats: float
    log_priors: tuple[tuple[float, ...], ...]
    best: tuple[int, ...]

    def grammar(self) -> Grammar:
        return Grammar(self.language, self.weights)


def describe(
    domain: Domain, abstractions: Sequence[Term], frontiers: Sequence[Frontier], cost: Cost
) -> Description:
    """Fits θ and measures; ``nats`` is inf where a task has no program of non-zero probability."""
    language = domain.language(abstractions)
    grammar = Grammar.uniform(language)
    log_priors = _log_priors(grammar, frontiers)
    for _ in range(_REFITS):
        shared = [
            [
                WeightedProgram(term, frontier.request, share)
                for term, share in zip(
                    frontier.terms, posterior_shares(_joints(frontier, priors)), strict=True
                )
            ]
            for frontier, priors in zip(frontiers, log_priors, strict=True)
        ]
        weights = fit(language, shared, cost.pseudocounts)
        grammar = Grammar(language, weights)
        log_priors = _log_priors(grammar, frontiers)
    joints = [_joints(frontier, priors) for frontier, priors in zip(frontiers, log_priors, strict=True)]
    nats = cost.aic * len(language.productions)
    nats += cost.structure_penalty * sum(structure_size(abstraction) for abstraction in abstractions)
    nats -= sum(float(np.logaddexp.reduce(joint)) for joint in joints)
    best = tuple(int(np.argmax(joint)) for joint in joints)
    return Description(language, grammar.weights, float(nats), tuple(map(tuple, log_priors)), best)


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


def _log_priors(grammar: Grammar, frontiers: Sequence[Frontier]) -> list[list[float]]:
    return [
        [grammar.log_likelihood(term, frontier.request) for term in frontier.terms] for frontier in frontiers
    ]


def _joints(frontier: Frontier, log_priors: Sequence[float]) -> list[float]:
    return [
        prior + likelihood for prior, likelihood in zip(log_priors, frontier.log_likelihoods, strict=True)
    ]
