"""A domain for tests whose values are of every kind: integers, booleans, reals, characters, texts."""

from __future__ import annotations

from dataclasses import replace

from engine import Likelihood
from library.domain import Domain, Primitive, PrimitiveExample
from library.domains.list import LIST


def _primitive(name: str, type_: str, python: str, program: str, request: str, *values: object) -> Primitive:
    *inputs, output = values
    return Primitive(name, type_, "", python, PrimitiveExample(program, request, tuple(inputs), output))


_OTHERS = ("map", "fold", "empty", "cons", "car", "cdr", "if", "+", "0", "1", "eq?")
MIXED = Domain(
    name="mixed",
    description="values of every kind",
    primitives=(
        *(primitive for primitive in LIST.primitives if primitive.name in _OTHERS),
        _primitive(
            "+.", "real -> real -> real", "call:add_reals", "(lambda (+. $0 $0))", "real -> real", 1.5, 3.0
        ),
        _primitive(
            "*.", "real -> real -> real", "call:times", "(lambda (*. $0 $0))", "real -> real", 1.5, 2.25
        ),
        _primitive("REAL", "real", "call:REAL", "(lambda (+. $0 2.5))", "real -> real", 1.0, 3.5),
        _primitive(
            "char-eq?", "char -> char -> bool", "call:same", "(lambda (char-eq? $0 SPACE))", "char -> bool",
            "a", False,
        ),
        _primitive("SPACE", "char", "literal:' '", "(lambda (cons SPACE $0))", "str -> str", "a", " a"),
        _primitive("STRING", "list(char)", "call:STRING", '(lambda (cons $0 "b"))', "char -> str", "a", "ab"),
    ),
    requests=("real -> real", "list(char) -> list(char)"),
    shipped_tasks=lambda: ([], []),
)  # fmt: skip


def judged_by(likelihood: Likelihood) -> Domain:
    """The same with a likelihood."""
    return replace(MIXED, likelihood=likelihood)
