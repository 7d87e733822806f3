"""Evaluation of the real and text languages against the reference evaluator."""

from __future__ import annotations

import math
import random
import sys
from typing import Any

import pytest

from engine import Failure, Language, Term, Type
from tests.reference import terms, types
from tests.reference.evaluation import LIST_PRIMITIVES, REAL_PRIMITIVES, TEXT_PRIMITIVES, Evaluator, Failed
from tests.reference.generation import ProgramSource, random_value

_BY_NAME = dict(LIST_PRIMITIVES)
_LISTS = [(name, _BY_NAME[name]) for name in ("map", "fold", "empty", "cons", "car", "cdr")]
REAL_LANGUAGE = [*REAL_PRIMITIVES, *_LISTS]
TEXT_LANGUAGE = [
    *TEXT_PRIMITIVES,
    *(each for each in LIST_PRIMITIVES if each[0] not in ("*", "mod", "gt?", "eq?")),
]
LANGUAGE = Language([*REAL_PRIMITIVES, *TEXT_PRIMITIVES, *LIST_PRIMITIVES])


def run(program: str, request: str, *inputs: Any) -> Any:
    """The value, or the failure's reason as `!reason`."""
    value = LANGUAGE.evaluate(Term.parse(program), Type.parse(request), [inputs])[0]
    return f"!{value.reason}" if isinstance(value, Failure) else value


@pytest.mark.parametrize(
    ("program", "request_", "inputs", "output"),
    [
        ("(lambda (+. $0 1.))", "real -> real", [2.5], 3.5),
        ("(lambda (-. 0. $0))", "real -> real", [0.0], 0.0),
        ("(lambda (*. pi $0))", "real -> real", [2.0], 2 * math.pi),
        ("(lambda (/. 1. $0))", "real -> real", [4.0], 0.25),
        ("(lambda (/. 1. $0))", "real -> real", [0.0], "!division by zero"),
        ("(lambda (/. 1. (*. $0 $0)))", "real -> real", [-0.0], "!division by zero"),
        ("(lambda (/. 1. $0))", "real -> real", [5e-324], "!overflow"),
        ("(lambda (*. $0 $0))", "real -> real", [1e200], "!overflow"),
        ("(lambda (*. $0 $0))", "real -> real", [1e-200], 0.0),
        ("(lambda (-. (-. 0. $0) $0))", "real -> real", [1.7e308], "!overflow"),
        ("(lambda (lambda (power $1 $0)))", "real -> real -> real", [2.0, 0.5], math.sqrt(2)),
        ("(lambda (lambda (power $1 $0)))", "real -> real -> real", [-8.0, 1 / 3], "!domain"),
        ("(lambda (lambda (power $1 $0)))", "real -> real -> real", [-2.0, 3.0], -8.0),
        ("(lambda (lambda (power $1 $0)))", "real -> real -> real", [0.0, -1.0], "!division by zero"),
        ("(lambda (lambda (power $1 $0)))", "real -> real -> real", [0.0, 0.0], 1.0),
        ("(lambda (lambda (power $1 $0)))", "real -> real -> real", [10.0, 400.0], "!overflow"),
        ("(lambda (+. $0 -2.5e-1))", "real -> real", [1], 0.75),
        ("(lambda (+. $0 REAL))", "real -> real", [1], "!unevaluable"),
        (
            "(lambda (lambda (zip $1 $0 (lambda (lambda (-. $1 $0))))))",
            "list(real) -> list(real) -> list(real)",
            [[1, 2], [0.5, 4]],
            [0.5, -2.0],
        ),
        (
            "(lambda (lambda (zip $1 $0 (lambda (lambda (-. $1 $0))))))",
            "list(real) -> list(real) -> list(real)",
            [[1], [0.5, 4]],
            "!lengths",
        ),
        ("(lambda (zip $0 empty (lambda (lambda $1))))", "list(real) -> list(real)", [[]], []),
        (
            "(lambda (map (lambda (if (char-eq? $0 SPACE) '-' $0)) $0))",
            "str -> str",
            ["a b  c"],
            "a-b--c",
        ),
        (
            "(lambda (cons LPAREN (cons $0 (cons RPAREN (cons '.' (cons ',' \"q\\\"\"))))))",
            "char -> str",
            ["é"],
            '(é).,q"',
        ),
        ('(lambda (fold $0 "ab c" (lambda (lambda (cons $1 $0)))))', "str -> str", ["x "], "x ab c"),
        ("(lambda STRING)", "str -> str", ["x"], "!unevaluable"),
        ('(lambda (#(lambda (lambda $0)) STRING ""))', "str -> str", ["x"], ""),
        ('(lambda (#(lambda (cons $0 "z")) (car $0)))', "str -> str", ["xy"], "xz"),
        ("(lambda (#(+. 1.5) $0))", "real -> real", [1.0], 2.5),
    ],
)
def test_values(program: str, request_: str, inputs: list[Any], output: Any) -> None:
    found = run(program, request_, *inputs)
    assert found == output and type(found) is type(output)
    if isinstance(output, float):
        assert math.copysign(1, found) == math.copysign(1, output)


def outward(value: Any, type_: types.Type) -> Any:
    """The reference's value as the engine writes it: texts are strings."""
    assert isinstance(type_, types.Constructor)
    if type_.name != "list":
        return value
    inside = [outward(each, type_.parameters[0]) for each in value]
    return "".join(inside) if type_.parameters[0] == types.Constructor("char") else inside


@pytest.mark.parametrize(
    ("primitives", "requests"),
    [
        (
            REAL_LANGUAGE,
            (
                "real -> real",
                "real -> real -> real",
                "list(real) -> list(real) -> real",
                "list(real) -> list(real)",
            ),
        ),
        (
            TEXT_LANGUAGE,
            (
                "list(char) -> list(char)",
                "list(char) -> list(char) -> list(char)",
                "list(char) -> list(list(char))",
                "char -> list(char) -> bool",
            ),
        ),
    ],
)
def test_random_programs_agree_with_the_reference(
    primitives: list[tuple[str, str]], requests: tuple[str, ...]
) -> None:
    choose = random.Random(3)
    language = Language(primitives)
    sources = [ProgramSource(primitives, depth=depth) for depth in (2, 3, 4)]
    sys.setrecursionlimit(max(sys.getrecursionlimit(), 5000))
    values = failures = 0
    for number in range(4000):
        request = requests[number % len(requests)]
        term = sources[number % 3].program(choose, request)
        inputs = tuple(random_value(choose, each) for each in types.arguments(types.parse(request)))
        (found,) = language.evaluate(Term.parse(terms.show(term)), Type.parse(request), [inputs])
        evaluator = Evaluator(fuel=20_000)
        try:
            expected = outward(evaluator.run(term, inputs), types.returns(types.parse(request)))
        except Failed as failed:
            assert isinstance(found, Failure), terms.show(term)
            assert found.reason == failed.reason or "fuel" in (found.reason, failed.reason), terms.show(term)
            failures += 1
        else:
            assert found == expected and type(found) is type(expected), terms.show(term)
            values += 1
    assert values > 1000 and failures > 100


def test_written_constants_agree_with_the_reference() -> None:
    for text in ("(+. 2.5 -1e-3)", '(cons \'.\' "a\\\\b\\" c")'):
        request = "real" if "2.5" in text else "list(char)"
        expected = outward(Evaluator(fuel=100).run(terms.parse(text), ()), types.parse(request))
        assert run(text, request) == expected
