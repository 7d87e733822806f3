"""Fitted weights: what was counted, and that fitting makes the fitted programs likelier."""

from __future__ import annotations

import numpy as np
import pytest

from engine import Grammar, Term, Type
from library.domain import get_domain
from library.weights import WeightedProgram, Weights, fit, posterior_shares

REQUEST = Type.parse("list(int) -> list(int)")
LANGUAGE = get_domain("list").language()
TEXTS = (
    "(lambda (map (lambda (+ $0 1)) $0))",
    "(lambda (map (lambda (+ $0 (+ 1 1))) $0))",
    "(lambda (map (lambda (* $0 $0)) $0))",
    "(lambda (cdr (cdr $0)))",
)


def programs(weight: float = 1.0) -> list[list[WeightedProgram]]:
    return [
        [WeightedProgram(LANGUAGE.eta_long(Term.parse(text), REQUEST), REQUEST, weight)] for text in TEXTS
    ]


def total(weights: Weights) -> float:
    grammar = Grammar(LANGUAGE, weights)
    return sum(grammar.log_likelihood(program.term, REQUEST) for [program] in programs())


def test_counts_of_one_program() -> None:
    [frontier] = programs()[3:]
    weights = fit(LANGUAGE, [frontier], pseudocounts=1.0)
    assert weights.shape == (1, len(LANGUAGE.productions) + 1)
    # (cdr (cdr $0)): three holes of type list(int); cdr twice, the variable once; is-prime never possible.
    assert weights[0, LANGUAGE.productions.index("cdr")] == pytest.approx(np.log((2 + 1) / (3 + 1)))
    assert weights[0, -1] == pytest.approx(np.log((1 + 1) / (3 + 1)))
    assert weights[0, LANGUAGE.productions.index("is-prime")] == pytest.approx(0.0)


@pytest.mark.parametrize("pseudocounts", [0.1, 1.0, 30.0])
def test_fitting_raises_the_likelihood(pseudocounts: float) -> None:
    uniform = Grammar.uniform(LANGUAGE).weights
    assert total(fit(LANGUAGE, programs(), pseudocounts)) > total(uniform)


def test_fewer_pseudocounts_fit_closer() -> None:
    fits = [total(fit(LANGUAGE, programs(), pseudocounts)) for pseudocounts in (100.0, 10.0, 1.0)]
    assert fits == sorted(fits)


def test_contextual_fits_closer_than_plain_and_weakens_to_it() -> None:
    plain = fit(LANGUAGE, programs(), 10.0)
    contextual = fit(LANGUAGE, programs(), 10.0, contextual=True, strength=1.0)
    assert contextual.shape == (len(Grammar.contexts(LANGUAGE)), plain.shape[1])
    assert total(contextual) > total(plain)
    smooth = fit(LANGUAGE, programs(), 10.0, contextual=True, strength=1e9)
    np.testing.assert_allclose(smooth, np.broadcast_to(plain, smooth.shape), atol=1e-6)


def test_a_prior_takes_the_place_of_uniform() -> None:
    prior = fit(LANGUAGE, programs(), 1.0)
    np.testing.assert_allclose(fit(LANGUAGE, programs(), 1e9, prior=prior), prior, atol=1e-6)
    np.testing.assert_allclose(fit(LANGUAGE, [], 30.0, prior=prior), prior)


def test_weightless_programs_do_not_count() -> None:
    np.testing.assert_allclose(fit(LANGUAGE, programs(0.0)), np.zeros((1, len(LANGUAGE.productions) + 1)))


def test_frontiers_count_once_however_long() -> None:
    [program] = programs()[0]
    halves = [WeightedProgram(program.term, REQUEST, 0.5)] * 2
    np.testing.assert_allclose(fit(LANGUAGE, [halves]), fit(LANGUAGE, [[program]]))


def test_posterior_shares() -> None:
    assert posterior_shares([]) == []
    assert posterior_shares([-1000.0, -1000.0]) == pytest.approx([0.5, 0.5])
    assert posterior_shares([0.0, -np.inf]) == pytest.approx([1.0, 0.0])
    assert posterior_shares([-np.inf]) == [0.0]
