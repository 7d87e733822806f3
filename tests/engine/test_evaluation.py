"""The machine against the reference evaluator: values, laziness, failures, bounds (and see test_hostile.py)."""

# Programs in the tables are one line each.
# ruff: noqa: E501

from __future__ import annotations

import random
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from engine import EngineError, Failure, IllTyped, Language, Limits, Term, Type, UnknownName
from tests.reference import terms, types
from tests.reference.evaluation import FIX, LIST_PRIMITIVES, Evaluator, Failed
from tests.reference.generation import ProgramSource, random_value
from tests.strategies import REQUESTS, inputs_for, programs

pytestmark = pytest.mark.slow

LANGUAGE = Language([*LIST_PRIMITIVES, FIX])
RESOURCES = {"fuel", "depth", "memory"}
REASONS = RESOURCES | {
    "empty list",
    "index",
    "division by zero",
    "overflow",
    "range",
    "unfold",
    "recursion",
    "unevaluable",
}


def run(program: str, request: str, *inputs: Any, limits: Limits | None = None) -> Any:
    """The value, or the failure's reason as `!reason`."""
    value = LANGUAGE.evaluate(Term.parse(program), Type.parse(request), [inputs], limits or Limits())[0]
    return f"!{value.reason}" if isinstance(value, Failure) else value


def same(left: Any, right: Any) -> bool:
    """Equal with equal types all the way down: True is not 1."""
    if isinstance(left, list):
        return isinstance(right, list) and len(left) == len(right) and all(map(same, left, right))
    return type(left) is type(right) and left == right


@pytest.mark.parametrize(
    ("program", "request_", "inputs", "output"),
    [
        ("(lambda (map (lambda (* $0 $0)) $0))", "list(int) -> list(int)", [[1, -2, 3]], [1, 4, 9]),
        ("(lambda (map (lambda (gt? $0 1)) $0))", "list(int) -> list(bool)", [[1, 2]], [False, True]),
        (
            "(lambda (fold $0 0 (lambda (lambda (- $1 $0)))))",
            "list(int) -> int",
            [[1, 2, 3]],
            1 - (2 - (3 - 0)),
        ),
        ("(lambda (fold $0 0 (lambda (lambda (- $1 $0)))))", "list(int) -> int", [[]], 0),
        (
            "(lambda (fold $0 $0 (lambda (lambda (cons $1 $0)))))",
            "list(int) -> list(int)",
            [[1, 2]],
            [1, 2, 1, 2],
        ),
        (
            "(lambda (unfold $0 (lambda (eq? $0 0)) (lambda (* $0 $0)) (lambda (- $0 1))))",
            "int -> list(int)",
            [3],
            [9, 4, 1],
        ),
        (
            "(lambda (unfold $0 (lambda (gt? 1 $0)) (lambda $0) (lambda (- $0 1))))",
            "int -> list(int)",
            [50],
            list(range(50, 0, -1)),
        ),
        (
            "(lambda (unfold $0 (lambda (gt? 1 $0)) (lambda $0) (lambda (- $0 1))))",
            "int -> list(int)",
            [51],
            "!unfold",
        ),
        ("(lambda (range $0))", "int -> list(int)", [3], [0, 1, 2]),
        ("(lambda (range $0))", "int -> list(int)", [0], []),
        ("(lambda (range $0))", "int -> list(int)", [-5], []),
        ("(lambda (range $0))", "int -> list(int)", [100], list(range(100))),
        ("(lambda (range $0))", "int -> list(int)", [101], "!range"),
        ("(lambda (lambda (index $1 $0)))", "int -> list(int) -> int", [2, [5, 6, 7]], 7),
        ("(lambda (lambda (index $1 $0)))", "int -> list(int) -> int", [3, [5, 6, 7]], "!index"),
        ("(lambda (lambda (index $1 $0)))", "int -> list(int) -> int", [-1, [5, 6, 7]], "!index"),
        ("(lambda (car $0))", "list(int) -> int", [[]], "!empty list"),
        ("(lambda (cdr $0))", "list(int) -> list(int)", [[]], "!empty list"),
        ("(lambda (cdr $0))", "list(int) -> list(int)", [[1, 2]], [2]),
        ("(lambda (empty? $0))", "list(int) -> bool", [[]], True),
        ("(lambda (length $0))", "list(list(int)) -> int", [[[], [1]]], 2),
        ("(lambda (lambda (mod $1 $0)))", "int -> int -> int", [-7, 3], -1),
        ("(lambda (lambda (mod $1 $0)))", "int -> int -> int", [7, -3], 1),
        ("(lambda (lambda (mod $1 $0)))", "int -> int -> int", [7, 0], "!division by zero"),
        ("(lambda (lambda (gt? $1 $0)))", "int -> int -> bool", [2, 1], True),
        ("(lambda (lambda (gt? $1 $0)))", "int -> int -> bool", [1, 1], False),
        (
            "(lambda (map (lambda (is-prime $0)) $0))",
            "list(int) -> list(bool)",
            [[-3, 0, 1, 2, 3, 4, 9, 97]],
            [False, False, False, True, True, False, False, True],
        ),
        (
            "(lambda (map (lambda (is-square $0)) $0))",
            "list(int) -> list(bool)",
            [[-4, 0, 1, 2, 4, 2**60, 2**60 - 1]],
            [False, True, True, False, True, True, False],
        ),
        ("(lambda (+ $0 1))", "int -> int", [2**62 - 1], 2**62),
        ("(lambda (+ $0 1))", "int -> int", [2**62], "!overflow"),
        ("(lambda (- (- 0 $0) 1))", "int -> int", [2**62], "!overflow"),
        ("(lambda (* $0 $0))", "int -> int", [2**31], 2**62),
        ("(lambda (* $0 $0))", "int -> int", [2**40], "!overflow"),
        ("(lambda (cons 1 $0))", "list(int) -> list(int)", [[2]], [1, 2]),
        (
            "(lambda $0)",
            "list(list(bool)) -> list(list(bool))",
            [[[True], [], [False, True]]],
            [[True], [], [False, True]],
        ),
        # lazy where it should be
        ("(lambda (if (empty? $0) 0 (car $0)))", "list(int) -> int", [[]], 0),
        ("(lambda ((lambda 1) (car $0)))", "list(int) -> int", [[]], 1),
        ("(lambda (#(lambda (lambda (if (empty? $1) 0 $0))) $0 (car $0)))", "list(int) -> int", [[]], 0),
        ("(lambda (#(lambda (lambda (if (empty? $1) 0 $0))) $0 (car $0)))", "list(int) -> int", [[4]], 4),
        # strict where it should be
        ("(lambda (length (cons (car $0) empty)))", "list(int) -> int", [[]], "!empty list"),
        ("(lambda (index 0 (cons 1 (cons (car $0) empty))))", "list(int) -> int", [[]], "!empty list"),
        # functions as values
        (
            "(lambda (map (lambda ($0 1)) (map (lambda (lambda (+ $0 $1))) $0)))",
            "list(int) -> list(int)",
            [[1, 2]],
            [2, 3],
        ),
        ("(lambda (fold $0 + (lambda (lambda $0)) 3 4))", "list(int) -> int", [[1]], None),
        ("(lambda (map (+ 1) $0))", "list(int) -> list(int)", [[1]], [2]),
        ("car", "list(int) -> int", [[7]], 7),
        # recursion
        (
            "(lambda (fix1 $0 (lambda (lambda (if (empty? $0) 0 (+ (car $0) ($1 (cdr $0))))))))",
            "list(int) -> int",
            [[1, 2, 3]],
            6,
        ),
        (
            "(lambda (fix1 $0 (lambda (lambda (if (eq? $0 1) 0 (+ 1 ($1 (- $0 1))))))))",
            "int -> int",
            [50],
            49,
        ),
        (
            "(lambda (fix1 $0 (lambda (lambda (if (eq? $0 1) 0 (+ 1 ($1 (- $0 1))))))))",
            "int -> int",
            [51],
            "!recursion",
        ),
        ("(lambda (fix1 $0 (lambda (lambda ($1 $0)))))", "int -> int", [1], "!recursion"),
        (
            "(lambda (fix1 $0 (lambda (lambda (map (lambda ($2 (cdr $1))) $0)))))",
            "list(int) -> list(list(int))",
            [[]],
            None,
        ),
    ],
)
def test_semantics(program: str, request_: str, inputs: list[Any], output: Any) -> None:
    if output is None:  # neither is well-typed, or the engine says it can't: never a wrong value
        with pytest.raises(EngineError):
            run(program, request_, *inputs)
        return
    found = run(program, request_, *inputs)
    assert same(found, output), found


def compare(term: terms.Term, request: str, inputs: list[tuple[Any, ...]]) -> list[bool]:
    """Runs both; returns for each input whether there was a value."""
    native = LANGUAGE.evaluate(Term.parse(terms.show(term)), Type.parse(request), inputs)
    assert len(native) == len(inputs)
    had_value = []
    for given_inputs, found in zip(inputs, native, strict=True):
        evaluator = Evaluator(fuel=40_000)
        try:
            expected: Any = evaluator.run(term, given_inputs)
        except (Failed, RecursionError) as error:
            reason = error.reason if isinstance(error, Failed) else "depth"
            assert isinstance(found, Failure) or reason in RESOURCES, (
                terms.show(term),
                given_inputs,
                found,
                reason,
            )
            had_value.append(False)
            continue
        if isinstance(found, Failure) and found.reason in RESOURCES:
            assert evaluator.steps > 1000, (terms.show(term), given_inputs, found, expected)
            continue
        assert same(found, expected), (terms.show(term), given_inputs, found, expected)
        had_value.append(True)
    return had_value


@given(st.data(), programs(depth=5))
def test_evaluation_agrees(data: st.DataObject, program: tuple[terms.Term, str]) -> None:
    term, request = program
    compare(term, request, [data.draw(inputs_for(request)) for _ in range(3)])


@given(st.data(), programs(depth=5, redexes=0.15, abstractions=0.15))
def test_evaluation_agrees_with_redexes_and_abstractions(
    data: st.DataObject, program: tuple[terms.Term, str]
) -> None:
    term, request = program
    assume(term_is_supported(term, request))
    compare(term, request, [data.draw(inputs_for(request)) for _ in range(3)])


def term_is_supported(term: terms.Term, request: str) -> bool:
    """The machine refuses an abstraction or primitive applied to more arguments than its own type has."""
    try:
        LANGUAGE.evaluate(Term.parse(terms.show(term)), Type.parse(request), [])
    except EngineError as error:
        assert "not supported" in str(error), error
        return False
    return True


def test_evaluation_agrees_on_twenty_thousand_random_programs() -> None:
    choose = random.Random(11)
    sources = [ProgramSource(depth=depth, abstractions=0.05, redexes=0.02) for depth in (3, 4, 5)]
    with_fix = ProgramSource([*LIST_PRIMITIVES, FIX], depth=4)
    sys.setrecursionlimit(max(sys.getrecursionlimit(), 5000))
    had_value: list[bool] = []
    for number in range(20_000):
        request = REQUESTS[number % len(REQUESTS)]
        source = with_fix if number % 10 == 0 else sources[number % 3]
        term = source.program(choose, request)
        if number % 3 == 0 and not term_is_supported(term, request):
            continue
        arguments = types.arguments(types.parse(request))
        inputs = [tuple(random_value(choose, argument) for argument in arguments) for _ in range(2)]
        try:
            had_value += compare(term, request, inputs)
        except EngineError as error:
            assert "not supported" in str(error), (terms.show(term), error)
    assert 0.3 < sum(had_value) / len(had_value) < 0.95
    assert len(had_value) > 30_000


def test_deep_programs_end_within_the_stack() -> None:
    deep = "$0"
    for _ in range(400):
        deep = f"(+ 1 {deep})"
    assert run(f"(lambda {deep})", "int -> int", 0) == 400
    assert run(f"(lambda {deep})", "int -> int", 0, limits=Limits(stack_bytes=4096)) == "!depth"
    assert run(f"(lambda {deep})", "int -> int", 0, limits=Limits(fuel=10)) == "!fuel"
    assert (
        run(
            "(lambda (map (lambda (range 1)) (range $0)))",
            "int -> list(list(int))",
            100,
            limits=Limits(arena_bytes=4096),
        )
        == "!memory"
    )


def test_abstractions_of_the_language_and_others_evaluate_alike() -> None:
    increment = Term.parse("#(lambda (map (lambda (+ $0 1)) $0))")
    nested = Term.parse(f"#(lambda ({increment} ({increment} $0)))")
    program = Term.parse(f"(lambda ({nested} $0))")
    request = Type.parse("list(int) -> list(int)")
    for abstractions in ([], [increment], [increment, nested], [nested]):
        language = Language(LIST_PRIMITIVES, abstractions)
        assert language.evaluate(program, request, [([1, 2],)]) == [[3, 4]]


def test_a_primitive_without_evaluation_is_a_failure() -> None:
    language = Language([("frobnicate", "int -> int"), *LIST_PRIMITIVES])
    found = language.evaluate(Term.parse("(lambda (frobnicate $0))"), Type.parse("int -> int"), [(1,)])[0]
    assert isinstance(found, Failure) and found.reason == "unevaluable"
    assert "unevaluable" in repr(found)


@pytest.mark.parametrize(
    ("request_", "inputs"),
    [
        ("list(int) -> int", ()),
        ("list(int) -> int", ([1], [2])),
        ("list(int) -> int", (1,)),
        ("list(int) -> int", ([True],)),
        ("list(int) -> int", ([[1]],)),
        ("list(int) -> int", (["a"],)),
        ("list(int) -> int", ([1.0],)),
        ("list(int) -> int", (None,)),
        ("list(int) -> int", ([2**62 + 1],)),
        ("list(int) -> int", ([2**200],)),
        ("list(bool) -> int", ([1],)),
    ],
)
def test_inputs_that_do_not_fit_are_refused(request_: str, inputs: tuple[Any, ...]) -> None:
    with pytest.raises((EngineError, TypeError)):
        LANGUAGE.evaluate(Term.parse("(lambda 0)"), Type.parse(request_), [inputs])


def test_input_that_contains_itself_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises((EngineError, TypeError, RecursionError)):
        LANGUAGE.evaluate(Term.parse("(lambda 0)"), Type.parse("list(int) -> int"), [(endless,)])


def test_programs_that_do_not_fit_are_refused() -> None:
    with pytest.raises(IllTyped):
        run("(lambda $0)", "int -> bool", 1)
    with pytest.raises(UnknownName):
        run("(lambda (frobnicate $0))", "int -> int", 1)
    with pytest.raises(EngineError):
        run("(lambda $0)", "(int -> int) -> int -> int", 1)


def test_threads_evaluate_side_by_side() -> None:
    program, request = (
        Term.parse("(lambda (map (lambda (* $0 $0)) $0))"),
        Type.parse("list(int) -> list(int)"),
    )

    def work(number: int) -> bool:
        values = [[number, i] for i in range(200)]
        return LANGUAGE.evaluate(program, request, [(v,) for v in values]) == [
            [a * a, b * b] for a, b in values
        ]

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(work, range(50)))
