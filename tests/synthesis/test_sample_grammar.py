"""Samples are counted once a behaviour, by probability, and never rule anything out."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import Term, Type
from library.snapshot import Library
from synthesis.guide import Sample
from synthesis.sample_grammar import grammar_from_samples
from synthesis.tried_samples import distinct_by_outputs, try_samples

LIBRARY = Library.initial("list")
REQUEST = "list(int) -> list(int)"
INPUTS = [([1, 2, 3],), ([],), ([5, 0],)]
INCREMENT = "(lambda (map (lambda (+ $0 1)) $0))"
PROGRAMS = (
    INCREMENT,
    "(lambda (map (lambda (+ 1 $0)) $0))",
    "(lambda (map (lambda (- $0 (- 0 1))) $0))",
    "(lambda (map (lambda (+ $0 $0)) $0))",
    "(lambda (cdr $0))",
    "(lambda $0)",
    "(lambda (cons 1 (map (lambda (* $0 $0)) $0)))",
    "(lambda (#(lambda (map (lambda (+ $0 1)) $0)) $0))",
)


def samples(*pairs: tuple[str, float]) -> list[Sample]:
    return [Sample(Term.parse(program), log_probability) for program, log_probability in pairs]


@given(st.lists(st.tuples(st.sampled_from(PROGRAMS), st.floats(-60, 0)), max_size=20))
def test_of_equal_programs_and_of_equal_outputs_the_most_probable_stays(pairs: list[tuple[str, float]]):
    given_samples = samples(*pairs)
    tried = try_samples(LIBRARY, REQUEST, INPUTS, given_samples)
    canonical = [one.sample.program.beta_normal(inline=True) for one in tried]
    assert len(set(canonical)) == len(canonical)
    distinct = distinct_by_outputs(tried)
    for kept, key in ((tried, lambda term: str(term.beta_normal(inline=True))), (distinct, behaviour)):
        highest: dict[str, float] = {}
        for sample in given_samples:
            if key(sample.program) is not None:
                highest[key(sample.program)] = max(
                    highest.get(key(sample.program), -math.inf), sample.log_probability
                )
        found = {key(one.sample.program): one.sample.log_probability for one in kept}
        assert {name: found[name] for name in found} == {name: highest[name] for name in found}
    assert {one.behaviour for one in tried} == {one.behaviour for one in distinct}
    assert len({one.behaviour for one in distinct}) == len(distinct)


def behaviour(term: Term) -> str:
    return repr(LIBRARY.language.evaluate(term, Type.parse(REQUEST), INPUTS))


def test_what_fails_or_has_no_type_is_told_apart():
    tried = try_samples(
        LIBRARY,
        REQUEST,
        INPUTS,
        samples(
            ("(lambda (cons (car $0) $0))", -1.0), ("(lambda (car $0))", -2.0), ("(lambda (none $0))", -3.0)
        ),
    )
    assert [str(one.sample.program) for one in tried] == ["(lambda (cons (car $0) $0))"]
    assert tried[0].failed and tried[0].outputs == ([1, 1, 2, 3], None, [5, 5, 0])


def cost(program: str, *pairs: tuple[str, float]) -> float:
    grammar = grammar_from_samples(LIBRARY, REQUEST, samples(*pairs))
    assert grammar is not None and grammar.contextual
    return -grammar.log_likelihood(Term.parse(program), Type.parse(REQUEST))


def test_what_is_sampled_gets_cheaper_and_the_more_so_the_more_probable():
    double = PROGRAMS[3]
    prior = -LIBRARY.grammar.log_likelihood(Term.parse(double), Type.parse(REQUEST))
    likely = cost(double, (double, -2.0), ("(lambda (cdr $0))", -20.0))
    unlikely = cost(double, (double, -20.0), ("(lambda (cdr $0))", -2.0))
    assert likely < unlikely < prior


@given(st.lists(st.tuples(st.sampled_from(PROGRAMS[:7]), st.floats(-300, 0)), min_size=1, max_size=20))
def test_nothing_is_ruled_out(pairs: list[tuple[str, float]]):
    for program in PROGRAMS[:7]:
        prior = -LIBRARY.grammar.log_likelihood(Term.parse(program), Type.parse(REQUEST))
        assert cost(program, *pairs) < prior + 12 * math.log(40)


def test_without_anything_to_count_there_is_no_grammar():
    assert grammar_from_samples(LIBRARY, REQUEST, []) is None
    stranger = str(Term.parse("(lambda (none $0))"))
    assert grammar_from_samples(LIBRARY, REQUEST, samples((stranger, -1.0))) is None


@pytest.mark.parametrize("log_probability", [0.0, -5.0])
def test_a_common_factor_of_the_probabilities_changes_nothing(log_probability: float):
    pairs = [(INCREMENT, -1.0 + log_probability), ("(lambda (cdr $0))", -3.0 + log_probability)]
    assert cost(INCREMENT, *pairs) == pytest.approx(
        cost(INCREMENT, (INCREMENT, -1.0), ("(lambda (cdr $0))", -3.0))
    )
