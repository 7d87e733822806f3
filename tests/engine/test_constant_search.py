"""Search over holes and under likelihoods that forgive: what is found really fits, and nothing is lost."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import (
    Budget,
    Cancellation,
    Failure,
    Grammar,
    Language,
    Likelihood,
    SearchConfig,
    SearchResult,
    Term,
    Type,
)
from tests.reference.evaluation import LIST_PRIMITIVES, REAL_PRIMITIVES, TEXT_PRIMITIVES

Examples = list[tuple[tuple[Any, ...], Any]]

RATIONAL = Grammar.uniform(
    Language([("REAL", "real"), *((name, "real -> real -> real") for name in ("/.", "+.", "*."))])
)
_TEXT_LISTS = [
    each for each in LIST_PRIMITIVES if each[0] not in ("*", "mod", "gt?", "eq?", "is-prime", "is-square")
]
TEXT = Grammar.uniform(Language([*TEXT_PRIMITIVES, *_TEXT_LISTS]))
CLOSE = Likelihood.tolerance(1e-6, 1e-9)
POINTS = [(-5 + 0.7 * i,) for i in range(15)]


def find(
    grammar: Grammar,
    request: str,
    examples: Examples,
    likelihood: Likelihood,
    nats: float,
    config: SearchConfig | None = None,
) -> SearchResult:
    budget = Budget(cpu_seconds=0, nats=nats)
    found = grammar.search(
        Type.parse(request), examples, budget, config=config or SearchConfig(), likelihood=likelihood
    )
    check(grammar, request, examples, likelihood, found)
    return found


def total_score(
    grammar: Grammar, term: Term, request: str, examples: Examples, likelihood: Likelihood
) -> float:
    type_ = Type.parse(request)
    outputs = grammar.language.evaluate(term, type_, [inputs for inputs, _ in examples])
    return sum(
        -math.inf if isinstance(output, Failure) else likelihood.score(output, wanted, type_.returns)
        for output, (_, wanted) in zip(outputs, examples, strict=True)
    )


def check(
    grammar: Grammar, request: str, examples: Examples, likelihood: Likelihood, found: SearchResult
) -> None:
    """Costs, likelihoods and order are what they are said to be, and each solution runs without a hole."""
    ranks: list[float] = []
    for (term, cost), fit in zip(found.solutions, found.log_likelihoods, strict=True):
        assert cost == pytest.approx(-grammar.log_likelihood(term, Type.parse(request)))
        assert fit == pytest.approx(total_score(grammar, term, request, examples, likelihood), abs=1e-9)
        assert fit > -math.inf
        assert Term.parse(str(term)) == term
        ranks.append(cost - fit)
    assert ranks == sorted(ranks)


def sampled(function: Callable[..., Any], inputs: Sequence[tuple[Any, ...]]) -> Examples:
    return [(each, function(*each)) for each in inputs]


@pytest.mark.parametrize(
    ("function", "nats"),
    [
        (lambda x: 4.25, 3),
        (lambda x: x + 0.9, 7),
        (lambda x: -0.8 * x + 2.2, 10),
        (lambda x: -4.7 / x, 9),
        (lambda x: 2.3 / (x - 2.85), 10),
        (lambda x: (2.5 * x + 1) / (x - 3), 16.5),
        (lambda x: 2.1 / ((x - 3.85) * (x - 2.15)), 16.5),
        (lambda x: 0.8 * x**2 - 2.0 * x - 1.2, 16.5),
    ],
)
def test_rational_functions_are_recovered(function: Callable[[float], float], nats: float) -> None:
    found = find(RATIONAL, "real -> real", sampled(function, POINTS), CLOSE, nats)
    term = found.solutions[0][0]
    fresh = sampled(function, [(0.123,), (-7.77,), (11.5,)])
    assert total_score(RATIONAL, term, "real -> real", fresh, Likelihood.tolerance(1e-5, 1e-6)) == 0, term


@settings(max_examples=25)
@given(st.integers(-99, 99).map(lambda n: n / 10), st.integers(-99, 99).map(lambda n: n / 10))
def test_lines_come_back_with_the_constants_they_were_made_with(slope: float, offset: float) -> None:
    examples = sampled(lambda x: slope * x + offset, POINTS)
    found = find(RATIONAL, "real -> real", examples, Likelihood.tolerance(1e-9, 1e-9), 10)
    # Of all programs that are as good, the shortest; (x + 1.0) * 2.0 may stand for 2.0 * x + 2.0.
    meant = f"(lambda (+. {Term.constant(offset)} (*. $0 {Term.constant(slope)})))"
    assert len(str(found.solutions[0][0])) <= len(meant)


def parts(term: Term) -> list[Term]:
    if term.kind == "application":
        return [*parts(term.function), *parts(term.argument)]
    return parts(term.body) if term.kind == "lambda" else [term]


def test_constants_are_written_short() -> None:
    third = find(RATIONAL, "real -> real", sampled(lambda x: x / 3, POINTS), CLOSE, 7)
    assert str(third.solutions[0][0]) == "(lambda (/. $0 3.0))"
    tenth = find(RATIONAL, "real -> real", sampled(lambda x: x + 0.1, POINTS), Likelihood.exact(), 7)
    assert str(tenth.solutions[0][0]) in ("(lambda (+. $0 0.1))", "(lambda (+. 0.1 $0))")


def test_nothing_is_made_to_fit() -> None:
    noise = random.Random(1)
    examples = sampled(lambda x: noise.uniform(-1, 1), POINTS)
    assert not find(RATIONAL, "real -> real", examples, CLOSE, 13).solutions
    contradictory: Examples = [((1.0,), 1.0), ((1.0,), 2.0)]
    assert not find(RATIONAL, "real -> real", contradictory, CLOSE, 10).solutions


def test_noise_is_fitted_not_explained() -> None:
    noise = random.Random(5)
    examples = sampled(lambda x: 1.5 * x - 4 + noise.gauss(0, 0.1), [(i / 10,) for i in range(60)])
    found = find(RATIONAL, "real -> real", examples, Likelihood.gaussian(0.1), 13)
    term = found.solutions[0][0]
    assert found.log_likelihoods[0] == pytest.approx(-30, abs=15)  # half of the sum of 60 squares
    off, on = RATIONAL.language.evaluate(term, Type.parse("real -> real"), [(0.0,), (1.0,)])
    assert off == pytest.approx(-4, abs=0.1) and on - off == pytest.approx(1.5, abs=0.05)


def test_vectors_are_fitted_through_higher_order_functions() -> None:
    grammar = Grammar.uniform(Language([*REAL_PRIMITIVES, ("map", "(t0 -> t1) -> list(t0) -> list(t1)")]))
    examples = sampled(lambda v: [2.5 * x for x in v], [([1.0, -2.0, 3.5],), ([],), ([0.25],)])
    found = find(grammar, "list(real) -> list(real)", examples, CLOSE, 11)
    assert str(found.solutions[0][0]) in (
        "(lambda (map (lambda (*. $0 2.5)) $0))",
        "(lambda (map (lambda (*. 2.5 $0)) $0))",
        "(lambda (map (lambda (/. $0 0.4)) $0))",
    )


def test_reals_that_no_output_shows_come_from_the_examples() -> None:
    """A length is an int: there is nothing to fit, so any known number will do."""
    primitives = [
        ("REAL", "real"),
        ("cons", "t0 -> list(t0) -> list(t0)"),
        ("empty", "list(t0)"),
        ("length", "list(t0) -> int"),
    ]
    grammar = Grammar.uniform(Language(primitives))
    examples: Examples = [((7.25,), 1), ((2.0,), 1)]
    found = find(grammar, "real -> int", examples, Likelihood.exact(), 6)
    assert "(lambda (length (cons 7.25 empty)))" in {str(term) for term, _ in found.solutions}


@pytest.mark.parametrize(
    ("examples", "program"),
    [
        (
            [(("Ann",), "Ann, PhD"), (("Bob",), "Bob, PhD"), (("",), ", PhD")],
            '(lambda (fold $0 ", PhD" (lambda (lambda (cons $1 $0)))))',
        ),
        (
            [(("Smith",), "Mr. Smith"), (("Stone",), "Mr. Stone"), (("Sax",), "Mr. Sax")],
            '(lambda (fold "Mr. " $0 (lambda (lambda (cons $1 $0)))))',
        ),
        ([(("a",), "same"), (("b",), "same")], '(lambda "same")'),
        ([(("ab",), 'a"\\'), (("cd",), 'c"\\')], '(lambda (cons (car $0) "\\"\\\\"))'),
    ],
)
def test_texts_with_a_constant(examples: Examples, program: str) -> None:
    cost = -TEXT.log_likelihood(Term.parse(program), Type.parse("str -> str"))
    text = next(str(part.constant_value) for part in parts(Term.parse(program)) if part.constant_value)
    budget = Budget(cpu_seconds=0, nats=cost - math.log(62) * len(text) + 0.1, keep=20)
    found = TEXT.search(Type.parse("str -> str"), examples, budget)
    check(TEXT, "str -> str", examples, Likelihood.exact(), found)
    assert program in {str(term) for term, _ in found.solutions}


def test_a_text_is_paid_for_by_the_character() -> None:
    """The shorter constant wins, although both programs have one hole."""
    examples: Examples = [(("xy",), "x)"), (("ab",), "a)")]
    found = find(TEXT, "str -> str", examples, Likelihood.exact(), 16)
    assert str(found.solutions[0][0]) == '(lambda (cons (car $0) ")"))'
    assert found.solutions[0][1] == pytest.approx(
        math.log(62)
        - TEXT.log_likelihood(Term.parse("(lambda (cons (car $0) STRING))"), Type.parse("str -> str"))
    )


@pytest.mark.parametrize("order", ["windows", "best_first"])
@pytest.mark.parametrize("equivalence", ["none", "closed"])
def test_settings_find_the_same(order: Any, equivalence: Any) -> None:
    config = SearchConfig(order=order, equivalence=equivalence)
    line = sampled(lambda x: 1.5 * x - 2, POINTS)
    usual = find(RATIONAL, "real -> real", line, CLOSE, 10)
    found = find(RATIONAL, "real -> real", line, CLOSE, 10, config)
    assert found.solutions[0][1] == pytest.approx(usual.solutions[0][1])
    texts: Examples = [(("xy",), "x."), (("ab",), "a.")]
    assert (
        find(TEXT, "str -> str", texts, Likelihood.exact(), 14, config).solutions
        == find(TEXT, "str -> str", texts, Likelihood.exact(), 14).solutions
    )


def test_a_law_with_a_long_constant_ends_the_search() -> None:
    """Its many digits are looked at again in other forms, but not for ever."""
    examples: Examples = [((m, r), 39.478418 * m / r) for m, r in ((1.3, 2.0), (0.4, 5.1), (7.7, 0.6))]
    budget = Budget(cpu_seconds=0, programs=3_000_000)
    close = Likelihood.tolerance(1e-9, 1e-9)
    found = RATIONAL.search(Type.parse("real -> real -> real"), examples, budget, likelihood=close)
    assert found.stopped == "found" and "39.478418" in str(found.solutions[0][0])


def test_a_cancelled_search_over_holes_ends_at_once() -> None:
    cancellation = Cancellation()
    cancellation.cancel()
    found = RATIONAL.search(
        Type.parse("real -> real"), sampled(math.sin, POINTS), Budget(cpu_seconds=600), cancellation
    )
    assert found.stopped == "cancelled" and found.programs < 1000


def test_a_search_over_holes_keeps_to_its_programs() -> None:
    examples = sampled(math.sin, POINTS)
    found = RATIONAL.search(
        Type.parse("real -> real"), examples, Budget(cpu_seconds=600, programs=100), likelihood=CLOSE
    )
    assert found.stopped == "programs" and found.programs == 100


# -- soft likelihoods on programs without holes

LISTS = Grammar.uniform(Language(LIST_PRIMITIVES))
PHYSICS = Grammar.uniform(Language([each for each in REAL_PRIMITIVES if each[0] != "REAL"]))


def best_by_enumeration(
    grammar: Grammar, request: str, examples: Examples, likelihood: Likelihood, nats: float
) -> list[float]:
    ranks: list[float] = []
    for term, cost in grammar.enumerate(Type.parse(request), 0, nats, 1_000_000):
        fit = total_score(grammar, term, request, examples, likelihood)
        if fit > -math.inf:
            ranks.append(cost - fit)
    return sorted(ranks)


SOFT: list[tuple[Grammar, str, Examples, Likelihood, float]] = [
    (
        LISTS,
        "list(int) -> list(int)",
        [(([3, 1],), [3, 1, 9]), (([],), [])],
        Likelihood.edit_distance(1.5, 2),
        11,
    ),
    (LISTS, "list(int) -> int", [(([3, 1],), 3), (([4],), 4)], Likelihood.edit_distance(1.0, 1), 10),
    (PHYSICS, "real -> real", [((2.0,), 6.3), ((3.0,), 9.4)], Likelihood.gaussian(0.1), 10),
    (PHYSICS, "real -> real", [((2.0,), 6.3), ((3.0,), 9.4)], Likelihood.tolerance(0.01, 0.0), 10),
    (PHYSICS, "real -> real -> real", [((2.0, 3.0), 8.0), ((3.0, 2.0), 9.0)], Likelihood.tolerance(), 11),
]


@pytest.mark.parametrize(("grammar", "request_", "examples", "likelihood", "nats"), SOFT)
@pytest.mark.parametrize("order", ["windows", "best_first"])
def test_soft_likelihoods_lose_nothing(
    grammar: Grammar, request_: str, examples: Examples, likelihood: Likelihood, nats: float, order: Any
) -> None:
    found = find(grammar, request_, examples, likelihood, nats, SearchConfig(order=order, equivalence="none"))
    ranks = [cost - fit for (_, cost), fit in zip(found.solutions, found.log_likelihoods, strict=True)]
    expected = best_by_enumeration(grammar, request_, examples, likelihood, nats)
    assert expected and ranks[0] == pytest.approx(expected[0])
    merged = find(grammar, request_, examples, likelihood, nats, SearchConfig(order=order))
    assert merged.solutions[0][1] - merged.log_likelihoods[0] == pytest.approx(expected[0])


def test_many_tasks_under_a_soft_likelihood() -> None:
    """Shared inputs must not be compared exactly."""
    inputs = [([3, 1],), ([2],), ([7, 8, 9],)]
    tasks = [[(each, [*each[0], number]) for each in inputs] for number in range(6)]
    likelihood = Likelihood.edit_distance(1.0, 1)
    together = LISTS.search_many(
        Type.parse("list(int) -> list(int)"), tasks, Budget(cpu_seconds=0, nats=9), likelihood=likelihood
    )
    for task, found in zip(tasks, together, strict=True):
        alone = find(LISTS, "list(int) -> list(int)", task, likelihood, 9)
        assert (
            found.solutions[0] == alone.solutions[0] and found.log_likelihoods[0] == alone.log_likelihoods[0]
        )
