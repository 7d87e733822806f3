"""Likelihoods, counts, enumeration and sampling against the reference grammar."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import EngineError, Grammar, Language, Term, Type
from tests.reference import terms, types
from tests.reference.evaluation import FIX, LIST_PRIMITIVES
from tests.reference.grammar import ReferenceGrammar
from tests.strategies import programs

SMALL = [
    primitive
    for primitive in LIST_PRIMITIVES
    if primitive[0] in ("map", "car", "cdr", "if", "0", "+", "empty?")
]
REQUEST = "list(int) -> list(int)"
ABSTRACTION = "#(lambda (map (lambda (+ $0 $0)) $0))"


def both(
    primitives: Sequence[tuple[str, str]],
    weights: np.ndarray | None = None,
    abstractions: Sequence[str] = (),
) -> tuple[Grammar, ReferenceGrammar]:
    """The engine's grammar and the reference's; uniform without weights."""
    language = Language(list(primitives), [Term.parse(text) for text in abstractions])
    known = {name: types.parse(type_) for name, type_ in primitives}
    productions = [(terms.parse(name), types.parse(type_)) for name, type_ in primitives]
    productions += [(terms.parse(text), types.infer(terms.parse(text), known)) for text in abstractions]
    if weights is None:
        return Grammar.uniform(language), ReferenceGrammar.uniform(productions)
    return Grammar(language, weights), ReferenceGrammar(productions, weights.tolist())


def rows_of(primitives: Sequence[tuple[str, str]], abstractions: Sequence[str] = ()) -> int:
    language = Language(list(primitives), [Term.parse(text) for text in abstractions])
    return len(Grammar.contexts(language))


def random_weights(seed: int, rows: int, columns: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 1.5, (rows, columns))


@given(programs(depth=4), st.integers(0, 9), st.booleans())
def test_log_likelihood_agrees(program: tuple[terms.Term, str], seed: int, contextual: bool) -> None:
    term, request = program
    rows = rows_of(LIST_PRIMITIVES) if contextual else 1
    weights = random_weights(seed, rows, len(LIST_PRIMITIVES) + 1)
    native, reference = both(LIST_PRIMITIVES, weights)
    expected = reference.log_likelihood(term, types.parse(request))
    found = native.log_likelihood(Term.parse(terms.show(term)), Type.parse(request))
    assert found == pytest.approx(expected, abs=1e-9)
    assert found < 0


@given(programs(depth=4, redexes=0.05, abstractions=0.05))
def test_log_likelihood_agrees_outside_the_support(program: tuple[terms.Term, str]) -> None:
    native, reference = both(LIST_PRIMITIVES)
    term, request = program
    expected = reference.log_likelihood(term, types.parse(request))
    found = native.log_likelihood(Term.parse(terms.show(term)), Type.parse(request))
    assert found == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    "text",
    [
        "(lambda (car $0))",
        "car",
        "map",
        "(lambda $1)",
        "(lambda (map car $0))",
        "(lambda (frobnicate $0))",
        "(lambda (lambda $0))",
        "(lambda ((lambda $0) $0))",
    ],
)
def test_minus_infinity_outside_the_support(text: str) -> None:
    native, _ = both(LIST_PRIMITIVES)
    assert native.log_likelihood(Term.parse(text), Type.parse(REQUEST)) == -math.inf


def test_a_production_that_weighs_nothing_is_never_used() -> None:
    weights = np.zeros((1, len(SMALL) + 1))
    weights[0, [name for name, _ in SMALL].index("map")] = -math.inf
    native, reference = both(SMALL, weights)
    term = "(lambda (map (lambda $0) $0))"
    assert native.log_likelihood(Term.parse(term), Type.parse(REQUEST)) == -math.inf
    found = native.enumerate(Type.parse(REQUEST), 0, 6, 10_000)
    assert found and all("map" not in str(program) for program, _ in found)
    assert len(found) == len(reference.programs(types.parse(REQUEST), 6))
    assert all("map" not in str(program) for program, _ in native.sample(Type.parse(REQUEST), 500, 1))


def test_contexts_name_each_argument_once() -> None:
    language = Language(LIST_PRIMITIVES)
    expected = [(-1, 0), (-1, 1)]
    for number, (_, type_) in enumerate(LIST_PRIMITIVES):
        expected += [(number, i) for i in range(len(types.arguments(types.parse(type_))))]
    assert [tuple(context) for context in Grammar.contexts(language)] == expected


def test_weights_of_another_shape_are_refused() -> None:
    language = Language(SMALL)
    for shape in [(1, len(SMALL)), (2, len(SMALL) + 1), (0, len(SMALL) + 1)]:
        with pytest.raises((EngineError, TypeError)):
            Grammar(language, np.zeros(shape))
    with pytest.raises(EngineError):
        Grammar(language, np.full((1, len(SMALL) + 1), math.nan))


def test_weights_come_back() -> None:
    weights = random_weights(3, rows_of(SMALL), len(SMALL) + 1)
    grammar = Grammar(Language(SMALL), weights)
    assert grammar.contextual
    assert np.array_equal(grammar.weights, weights)
    assert not Grammar.uniform(Language(SMALL)).contextual


@given(st.lists(programs(depth=4), min_size=1, max_size=4))
def test_counts_agree(drawn: list[tuple[terms.Term, str]]) -> None:
    shares = [0.5 + i for i in range(len(drawn))]
    rows, columns = rows_of(LIST_PRIMITIVES), len(LIST_PRIMITIVES) + 1
    _, reference = both(LIST_PRIMITIVES, np.zeros((rows, columns)))
    uses, possible = Grammar.count(
        Language(LIST_PRIMITIVES),
        [Term.parse(terms.show(term)) for term, _ in drawn],
        [Type.parse(request) for _, request in drawn],
        shares,
    )
    expected = np.zeros((2, rows, columns))
    for (term, request), share in zip(drawn, shares, strict=True):
        for hole in reference.holes(term, types.parse(request)):
            expected[0, hole.row, min(hole.chosen.token, columns - 1)] += share
            for token in {min(candidate.token, columns - 1) for candidate in hole.candidates}:
                expected[1, hole.row, token] += share
    assert uses.shape == possible.shape == (rows, columns)
    assert np.allclose(uses, expected[0]) and np.allclose(possible, expected[1])


def test_counting_refuses_what_cannot_be_derived() -> None:
    language, request = Language(LIST_PRIMITIVES), Type.parse(REQUEST)
    with pytest.raises(EngineError, match="η-long"):
        Grammar.count(language, [Term.parse("(map car)")], [request], [1.0])
    with pytest.raises(EngineError, match="one length"):
        Grammar.count(language, [Term.parse("(lambda $0)")], [request], [])


# ---- enumeration


def check_enumeration(native: Grammar, reference: ReferenceGrammar, request: str, upper: float) -> None:
    """Every program in its window, of its type, once; and just those that brute force finds."""
    found: dict[str, float] = {}
    for lower in np.arange(0, upper, 1.5):
        end = min(lower + 1.5, upper)
        for program, cost in native.enumerate(Type.parse(request), lower, end, 1_000_000):
            assert lower - 1e-9 <= cost < end + 1e-9
            assert str(program) not in found
            found[str(program)] = cost
            assert native.log_likelihood(program, Type.parse(request)) == pytest.approx(-cost, abs=1e-9)
            assert native.language.eta_long(program, Type.parse(request)) == program
    expected = {terms.show(term): cost for term, cost in reference.programs(types.parse(request), upper)}
    border = found.keys() ^ expected.keys()
    assert all(abs({**found, **expected}[text] - upper) < 1e-9 for text in border), border
    assert all(
        found[text] == pytest.approx(expected[text], abs=1e-9) for text in found.keys() & expected.keys()
    )
    assert found


@pytest.mark.parametrize(
    ("request_", "upper"),
    [
        (REQUEST, 8.0),
        ("list(int) -> int", 8.0),
        ("int -> list(int) -> bool", 7.0),
        ("int", 8.0),
        ("(int -> int) -> int -> list(int)", 7.0),
    ],
)
def test_enumeration_equals_brute_force(request_: str, upper: float) -> None:
    check_enumeration(*both(LIST_PRIMITIVES), request_, upper)


@pytest.mark.parametrize(
    "request_", [REQUEST, "list(list(int)) -> int", "list(bool) -> bool", "(int -> int) -> int"]
)
@pytest.mark.parametrize("seed", [None, 1, 2, 3])
def test_enumeration_equals_brute_force_under_other_weights(request_: str, seed: int | None) -> None:
    rows = rows_of(SMALL, [ABSTRACTION]) if seed == 3 else 1
    weights = None if seed is None else random_weights(seed, rows, len(SMALL) + 2)
    check_enumeration(*both(SMALL, weights, [ABSTRACTION]), request_, 7.5)


def test_enumeration_counts_of_the_list_grammar() -> None:
    grammar, _ = both(LIST_PRIMITIVES)
    for upper, count in [(7.5, 30), (9.0, 34), (10.5, 155), (12.0, 672)]:
        found = grammar.enumerate(Type.parse(REQUEST), 0, upper, 10_000)
        assert len(found) == len({program for program, _ in found}) == count
    windows = grammar.count_windows(Type.parse(REQUEST), 12)
    assert windows == [(1.5, 0), (3.0, 2), (4.5, 0), (6.0, 5), (7.5, 23), (9.0, 4), (10.5, 121), (12.0, 517)]


def test_enumeration_stops_at_its_limit() -> None:
    grammar, _ = both(LIST_PRIMITIVES)
    assert len(grammar.enumerate(Type.parse(REQUEST), 0, 18, 100)) == 100
    assert grammar.enumerate(Type.parse(REQUEST), 0, 18, 0) == []


# ---- sampling


@pytest.mark.parametrize("seed", [None, 5])
def test_sampling_follows_the_probabilities(seed: int | None) -> None:
    rows = rows_of(SMALL)
    weights = None if seed is None else random_weights(seed, rows, len(SMALL) + 1)
    grammar, reference = both(SMALL, weights)
    draws = 20_000
    drawn = grammar.sample(Type.parse(REQUEST), draws, 42)
    counts = Counter(program for program, _ in drawn)
    for program, log_probability in drawn[:300]:
        assert log_probability == pytest.approx(
            grammar.log_likelihood(program, Type.parse(REQUEST)), abs=1e-9
        )
    for term, cost in reference.programs(types.parse(REQUEST), 4.5):
        share = math.exp(-cost)
        spread = math.sqrt(draws * share * (1 - share))
        assert abs(counts[Term.parse(terms.show(term))] - draws * share) < 5 * spread + 1
    assert len(counts) > 5


def test_sampling_is_repeatable_and_bounded() -> None:
    grammar, _ = both([*LIST_PRIMITIVES, FIX])
    request = Type.parse(REQUEST)
    assert grammar.sample(request, 200, 7) == grammar.sample(request, 200, 7)
    assert grammar.sample(request, 200, 7) != grammar.sample(request, 200, 8)
    short = grammar.sample(request, 500, 7, max_nodes=3)
    assert 0 < len(short) < 500
    for program, _ in grammar.sample(request, 500, 9, max_nodes=40):
        assert grammar.language.eta_long(program, request) == program


def test_a_grammar_that_cannot_finish_draws_nothing() -> None:
    grammar = Grammar.uniform(Language([("+", "int -> int -> int")]))
    assert grammar.sample(Type.parse("int"), 100, 1) == []
    assert grammar.enumerate(Type.parse("int"), 0, 30, 100) == []
    assert grammar.sample(Type.parse("bool"), 100, 1) == []


def test_random_programs_weigh_what_the_reference_says_with_abstractions() -> None:
    rows = rows_of(LIST_PRIMITIVES, [ABSTRACTION])
    native, reference = both(
        LIST_PRIMITIVES, random_weights(4, rows, len(LIST_PRIMITIVES) + 2), [ABSTRACTION]
    )
    choose = random.Random(3)
    drawn = native.sample(Type.parse(REQUEST), 300, choose.randrange(1000))
    assert any(ABSTRACTION in str(program) for program, _ in drawn)
    for program, log_probability in drawn[:60]:
        term = terms.parse(str(program))
        assert reference.log_likelihood(term, types.parse(REQUEST)) == pytest.approx(
            log_probability, abs=1e-9
        )
