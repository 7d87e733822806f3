"""The description length of frontiers, term by term from Grammar: slow, and plain to check."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine import Grammar, Language, Term, Type
from library.weights import WeightedProgram, fit, posterior_shares

Row = tuple[Type, Sequence[Term], Sequence[float]]


def describe(
    language: Language, rows: Sequence[Row], pseudocounts: float, refits: int
) -> tuple[np.ndarray, list[list[float]], float]:
    """Weights, ln P of each program and the frontiers' log-evidence, as engine.Describer gives them."""
    grammar = Grammar.uniform(language)
    log_priors = _log_priors(grammar, rows)
    for _ in range(refits):
        shared = [
            [
                WeightedProgram(term, request, share)
                for term, share in zip(terms, posterior_shares(_joints(priors, given)), strict=True)
            ]
            for (request, terms, given), priors in zip(rows, log_priors, strict=True)
        ]
        grammar = Grammar(language, fit(language, shared, pseudocounts))
        log_priors = _log_priors(grammar, rows)
    evidence = sum(
        float(np.logaddexp.reduce(_joints(priors, given)))
        for (_, _, given), priors in zip(rows, log_priors, strict=True)
    )
    return grammar.weights, log_priors, evidence


def _log_priors(grammar: Grammar, rows: Sequence[Row]) -> list[list[float]]:
    return [[grammar.log_likelihood(term, request) for term in terms] for request, terms, _ in rows]


def _joints(priors: Sequence[float], given: Sequence[float]) -> list[float]:
    return [prior + likelihood for prior, likelihood in zip(priors, given, strict=True)]
