"""Search: it finds what enumeration and the reference evaluator find, within its budget."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from engine import Budget, EngineError, Grammar, Language, Term, Type
from tests.engine.derived_tasks import EXACT
from tests.reference import terms, types
from tests.reference.evaluation import FIX, LIST_PRIMITIVES, Evaluator, Failed

REQUEST = Type.parse("list(int) -> list(int)")
INPUTS = ([3, 1, 2], [], [5], [0, 7, 7, 4], [9, 2])
GRAMMAR = Grammar.uniform(Language(LIST_PRIMITIVES))


def examples(function: Callable[[list[int]], Any], inputs: tuple[list[int], ...] = INPUTS) -> list[Any]:
    return [((xs,), function(xs)) for xs in inputs]


def run(program: Term, *inputs: Any) -> Any:
    """By the reference; None where it fails."""
    try:
        return Evaluator(20_000).run(terms.parse(str(program)), inputs)
    except Failed:
        return None


TASKS: list[tuple[str, Callable[[list[int]], Any]]] = [
    ("list(int) -> list(int)", lambda xs: xs),
    ("list(int) -> list(int)", lambda xs: [x + 1 for x in xs]),
    ("list(int) -> list(int)", lambda xs: list(range(len(xs)))),
    ("list(int) -> list(int)", lambda xs: [*xs, 0][:0]),
    ("list(int) -> int", len),
    ("list(int) -> int", lambda xs: len(xs) + 1),
    ("list(int) -> int", sum),
    ("list(int) -> bool", lambda xs: xs == []),
    ("list(int) -> bool", lambda xs: len(xs) > 1),
    ("list(int) -> list(bool)", lambda xs: [x > 1 for x in xs]),
]


@pytest.mark.parametrize(("request_", "function"), TASKS)
def test_finds_just_what_enumeration_finds(request_: str, function: Callable[[list[int]], Any]) -> None:
    request, nats = Type.parse(request_), 13.5
    expected = {
        str(program): cost
        for program, cost in GRAMMAR.enumerate(request, 0, nats, 100_000)
        if all(_equal(run(program, xs), function(xs)) for xs in INPUTS)
    }
    result = GRAMMAR.search(
        request,
        examples(function),
        Budget(cpu_seconds=0, nats=nats, slack_nats=100, keep=100_000),
        config=EXACT,
    )
    assert {str(program): cost for program, cost in result.solutions} == pytest.approx(expected)
    costs = [cost for _, cost in result.solutions]
    assert costs == sorted(costs)
    assert result.stopped == "nats"
    assert result.explored_nats == pytest.approx(nats)
    assert result.programs == sum(count for _, count in GRAMMAR.count_windows(request, nats))
    kept = GRAMMAR.search(
        request, examples(function), Budget(cpu_seconds=0, nats=nats, slack_nats=100, keep=2), config=EXACT
    )
    assert [cost for _, cost in kept.solutions] == pytest.approx(sorted(expected.values())[:2])


def _equal(left: Any, right: Any) -> bool:
    return repr(left) == repr(right)


def test_solves_harder_tasks_and_the_reference_agrees() -> None:
    tasks = [
        ("list(int) -> list(int)", lambda xs: [x * x for x in xs]),
        ("list(int) -> list(int)", lambda xs: xs[1:] if xs else None),
        ("list(int) -> int", lambda xs: max([0, *xs])),
        ("list(int) -> list(int)", lambda xs: [*xs, 0]),
    ]
    for request, function in tasks:
        given = [example for example in examples(function) if example[1] is not None]
        result = GRAMMAR.search(Type.parse(request), given, Budget(cpu_seconds=8))
        assert result.solutions or result.stopped == "seconds"
        for program, cost in result.solutions:
            assert all(_equal(run(program, *inputs), output) for inputs, output in given)
            assert GRAMMAR.log_likelihood(program, Type.parse(request)) == pytest.approx(-cost, abs=1e-9)
        if request == "list(int) -> list(int)":
            assert result.solutions


def test_a_contextual_grammar_guides_the_search() -> None:
    language = Language(LIST_PRIMITIVES)
    weights = np.full((len(Grammar.contexts(language)), len(LIST_PRIMITIVES) + 1), -1.0)
    target = language.eta_long(
        Term.parse("(lambda (fold $0 empty (lambda (lambda (cons (* $1 $1) $0)))))"), REQUEST
    )
    uses, _ = Grammar.count(language, [target], [REQUEST], [3.0])
    grammar = Grammar(language, weights + uses)
    result = grammar.search(
        REQUEST, examples(lambda xs: [x * x for x in xs]), Budget(cpu_seconds=5, slack_nats=0)
    )
    assert target in [program for program, _ in result.solutions]
    plain = GRAMMAR.search(
        REQUEST, examples(lambda xs: [x * x for x in xs]), Budget(cpu_seconds=5, slack_nats=0)
    )
    assert result.programs < plain.programs


def test_abstractions_are_searched_and_evaluated() -> None:
    abstraction = Term.parse("#(lambda (fold $0 empty (lambda (lambda (cons (* $1 (+ $1 1)) $0)))))")
    grammar = Grammar.uniform(Language(LIST_PRIMITIVES, [abstraction]))
    result = grammar.search(REQUEST, examples(lambda xs: [x * (x + 1) for x in xs]), Budget(cpu_seconds=5))
    assert str(result.solutions[0][0]) == f"(lambda ({abstraction} $0))"


def test_recursion_is_searched() -> None:
    grammar = Grammar.uniform(
        Language([p for p in LIST_PRIMITIVES if p[0] in ("if", "empty?", "cdr", "0", "1", "+")] + [FIX])
    )
    result = grammar.search(Type.parse("list(int) -> int"), examples(len), Budget(cpu_seconds=10))
    assert result.solutions
    assert "fix1" in str(result.solutions[0][0])
    assert run(result.solutions[0][0], [1] * 20) == 20


@pytest.mark.parametrize(
    ("request_", "given_"),
    [
        ("list(int) -> list(int)", []),
        ("list(int) -> list(int)", [(([1],), 1)]),
        ("list(int) -> list(int)", [(([1], [1]), [1])]),
        ("list(int) -> list(int)", [(([1],), [True])]),
        ("list(int) -> list(int)", [([1], [1])]),
        ("list(int) -> list(int)", [(([1],),)]),
        ("list(int) -> list(int)", [(([1],), None)]),
        ("list(int) -> list(int)", [(([1],), [2**63])]),
        ("list(t0) -> list(t0)", [(([1],), [1])]),
        ("(int -> int) -> int", [((1,), 1)]),
    ],
)
def test_examples_that_do_not_fit_are_refused(request_: str, given_: list[Any]) -> None:
    with pytest.raises((EngineError, TypeError)):
        GRAMMAR.search(Type.parse(request_), given_, Budget(cpu_seconds=1))


# ---- behaviours


def test_behaviours_are_new_each_and_not_trivial() -> None:
    inputs = [([3, 1, 2],), ([],), ([5],), ([0, 7, 7, 4],)]
    found = GRAMMAR.behaviours(REQUEST, inputs, Budget(cpu_seconds=0, nats=13.5))
    assert len(found) > 20
    seen: set[str] = set()
    for program, cost in found:
        assert GRAMMAR.log_likelihood(program, REQUEST) == pytest.approx(-cost, abs=1e-9)
        outputs = [run(program, *given) for given in inputs]
        assert repr(outputs) not in seen
        seen.add(repr(outputs))
        values = [output for output in outputs if output is not None]
        assert len(values) * 2 >= len(inputs)
        assert any(value != values[0] for value in values)
        assert any(
            output is not None and output != given[0] for given, output in zip(inputs, outputs, strict=True)
        )
    everything = {
        repr([run(program, *given) for given in inputs]): cost
        for program, cost in GRAMMAR.enumerate(REQUEST, 0, 13.5, 100_000)
    }
    for text in seen:
        assert text in everything
    missing = [text for text in everything if text not in seen and "None" not in text]
    trivial = [repr([given[0] for given in inputs])]
    for text in missing:
        assert text in trivial or len(set(map(repr, ast.literal_eval(text)))) == 1


def test_types_of_requests_in_the_reference_and_the_engine_agree() -> None:
    for request, _ in TASKS:
        assert str(Type.parse(request)) == types.show(types.parse(request))
