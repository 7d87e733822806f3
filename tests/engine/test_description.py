"""Frontiers measured and rewritten by the engine, against the same sums done term by term in Python."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import Describer, EngineError, Grammar, Language, Term, Type
from library.domain import get_domain
from library.refactoring import arity
from tests.reference.description import Row, describe

REFITS = 2
REQUESTS = ("list(int) -> list(int)", "list(int) -> int", "int -> int -> bool")
KEEP = Term.parse("#(lambda (lambda (fold $0 empty (lambda (lambda (if ($3 $1) (cons $1 $0) $0))))))")
ABSTRACTIONS = (
    Term.parse("#(lambda (+ $0 1))"),
    Term.parse("#(lambda (lambda (map (lambda (+ $0 $2)) $0)))"),
    Term.parse("#(lambda (lambda (map (lambda ($2 $0)) $0)))"),
    Term.parse("#(lambda (car (cdr $0)))"),
    KEEP,
)


def language(*abstractions: Term) -> Language:
    return get_domain("list").language(abstractions)


def sampled(known: Language, seed: int, tasks: int = 4) -> list[Row]:
    """Frontiers of random programs of the language, with random likelihoods."""
    rng = random.Random(seed)
    rows: list[Row] = []
    for number in range(tasks):
        request = Type.parse(rng.choice(REQUESTS))
        drawn = Grammar.uniform(known).sample(request, 60, seed + number, 25)
        terms = list(dict.fromkeys(term for term, _ in drawn))[: rng.randint(1, 4)]
        if terms:
            rows.append((request, terms, [-2 * rng.random() for _ in terms]))
    return rows


@given(st.integers(0, 10**6), st.lists(st.sampled_from(ABSTRACTIONS), unique=True, max_size=3))
def test_measures_as_the_slow_reference_does(seed: int, abstractions: list[Term]) -> None:
    known = language(*abstractions)
    rows = sampled(known, seed)
    describer = Describer(3.0, REFITS)
    describer.describe(known, sampled(known, seed + 1))  # what it knows already changes nothing
    found = describer.describe(known, rows)
    weights, log_priors, evidence = describe(known, rows, 3.0, REFITS)
    np.testing.assert_allclose(found.weights, weights, atol=1e-9)
    for ours, theirs in zip(found.log_priors, log_priors, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-9)
    assert found.log_evidence == pytest.approx(evidence, abs=1e-9)


@given(st.integers(0, 10**6), st.sampled_from(ABSTRACTIONS))
def test_rewriting_keeps_meaning_and_pays_for_each_program(seed: int, abstraction: Term) -> None:
    known = language(abstraction)
    rows = sampled(known, seed)
    plain = [(request, [_plain(known, t, request) for t in terms], given) for request, terms, given in rows]
    describer = Describer(3.0, REFITS)
    before = describer.describe(known, plain)
    after = describer.rewrite(known, before, abstraction, arity(abstraction))
    if after is None:
        return
    grammar = Grammar(known, after.weights)
    for (request, terms, _), rewritten in zip(plain, after.programs, strict=True):
        meanings = {_plain(known, term, request) for term in rewritten}
        assert meanings == {_plain(known, term, request) for term in terms}
        assert len(set(rewritten)) == len(rewritten)
        for term in rewritten:
            spelled_out = grammar.log_likelihood(_plain(known, term, request), request)
            assert grammar.log_likelihood(term, request) >= spelled_out - 1e-9 or term in terms
    rows_after = list(zip([r[0] for r in plain], after.programs, after.log_likelihoods, strict=True))
    weights, log_priors, evidence = describe(known, rows_after, 3.0, REFITS)
    np.testing.assert_allclose(after.weights, weights, atol=1e-9)
    assert after.log_evidence == pytest.approx(evidence, abs=1e-9)
    assert [len(priors) for priors in after.log_priors] == [len(priors) for priors in log_priors]


def test_a_planted_abstraction_is_used_and_equal_programs_become_one() -> None:
    request = Type.parse("list(int) -> list(int)")
    spelled = Term.parse("(lambda (fold $0 empty (lambda (lambda (if (is-prime $1) (cons $1 $0) $0)))))")
    called = Term.apply(Term.apply(KEEP, Term.parse("is-prime")), Term.index_of(0))
    known = language(KEEP)
    called = known.eta_long(Term.lambda_(called), request)
    describer = Describer(3.0, REFITS)
    before = describer.describe(known, [(request, [spelled, called], [-1.0, -2.0])])
    after = describer.rewrite(known, before, KEEP, 2)
    assert after is not None
    assert after.programs == [[called]] and after.log_likelihoods == [[-1.0]]


def test_nothing_to_rewrite() -> None:
    request = Type.parse("list(int) -> list(int)")
    describer = Describer(3.0, REFITS)
    before = describer.describe(language(KEEP), [(request, [Term.parse("(lambda (cdr $0))")], [0.0])])
    assert describer.rewrite(language(KEEP), before, KEEP, 2) is None


def test_what_the_language_lacks_has_no_probability() -> None:
    request = Type.parse("int -> int")
    describer = Describer(3.0, REFITS)
    rows = [(request, [Term.lambda_(Term.apply(ABSTRACTIONS[0], Term.index_of(0)))], [0.0])]
    assert math.isfinite(describer.describe(language(ABSTRACTIONS[0]), rows).log_evidence)
    without = describer.describe(language(), rows)
    assert without.log_priors == [[-math.inf]] and without.log_evidence == -math.inf


@pytest.mark.parametrize(("pseudocounts", "refits"), [(0.0, 2), (math.nan, 2), (math.inf, 2), (1.0, 0)])
def test_settings_out_of_range_are_refused(pseudocounts: float, refits: int) -> None:
    with pytest.raises(EngineError):
        Describer(pseudocounts, refits)


def test_a_likelihood_for_each_program() -> None:
    with pytest.raises(EngineError, match="2 programs and 1"):
        one = Term.parse("(lambda $0)")
        Describer(1.0, 1).describe(language(), [(Type.parse("int -> int"), [one, one], [0.0])])


def test_only_abstractions_rewrite() -> None:
    describer = Describer(1.0, 1)
    nothing = describer.describe(language(), [])
    with pytest.raises(EngineError, match="needs an abstraction"):
        describer.rewrite(language(), nothing, Term.parse("car"), 1)


def _plain(known: Language, term: Term, request: Type) -> Term:
    return known.eta_long(term.beta_normal(), request)
