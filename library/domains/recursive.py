"""The ``recursive`` domain: lists by recursion alone, from the 13 primitives of McCarthy's first Lisp paper.

Neither `map` nor `fold` is among them, nor a length or a range: programs call themselves, through ``fix1``,
and what is worth having beyond that has to be learned.
"""

from __future__ import annotations

from pathlib import Path

from library.domain import Domain, Primitive, PrimitiveExample, shipped_primitives
from library.domains.list import EQUATIONS as LIST_EQUATIONS
from library.domains.list import LIST
from library.domains.recursive_tasks import shipped_tasks

FIX = Primitive(
    "fix1",
    "t0 -> ((t0 -> t1) -> t0 -> t1) -> t1",
    "fix(x, f): f(again, x), where again(y) is fix(y, f); an error when again is called too often.",
    "call:fix",
    PrimitiveExample(
        "(lambda (fix1 $0 (lambda (lambda (if (empty? $0) 0 (+ 1 ($1 (cdr $0))))))))",
        "list(int) -> int",
        ([4, 4],),
        2,
    ),
)

PRIMITIVES: tuple[Primitive, ...] = (
    *shipped_primitives("empty", "cons", "car", "cdr", "empty?"),
    FIX,
    *shipped_primitives("gt?", "if", "eq?", "+", "-", "0", "1"),
)

_ABSENT = ("*", "mod", "map", "fold", "range", "index", "length")
EQUATIONS: tuple[str, ...] = tuple(
    equation for equation in LIST_EQUATIONS if not any(f"({name} " in equation for name in _ABSENT)
)

IDIOMS: tuple[tuple[str, str], ...] = (
    ("(fix1 _ (lambda (lambda (if (empty? $0) empty (cons (_ (car $0)) ($1 (cdr $0)))))))", "map"),
    ("(fix1 _ (lambda (lambda (if (empty? $0) _ (_ (car $0) ($1 (cdr $0)))))))", "fold"),
    ("(fix1 _ (lambda (lambda (if (empty? $0) _ (_ ($1 (cdr $0)) (car $0))))))", "fold"),
    ("(fix1 _ (lambda (lambda (if (_ $0) empty (cons (_ $0) ($1 (_ $0)))))))", "unfold"),
    ("(fix1 _ (lambda (lambda (if _ empty (cons _ ($1 _))))))", "unfold"),
    ("(fix1 _ (lambda (lambda (if (empty? $0) _ _))))", "over_list"),
    ("(cdr (cdr (cdr _)))", "drop_three"),
    ("(cdr (cdr _))", "drop_two"),
    ("(car (cdr _))", "second"),
)

RECURSIVE = Domain(
    name="recursive",
    description="recursive functions on lists, from McCarthy's primitives",
    primitives=PRIMITIVES,
    requests=(
        "list(int) -> int",
        "list(int) -> list(int)",
        "int -> list(int)",
        "list(list(int)) -> list(int)",
        "int -> list(int) -> int",
        "list(int) -> list(int) -> list(int)",
    ),
    shipped_tasks=shipped_tasks,
    equations=EQUATIONS,
    idioms=IDIOMS,
    twin=Path(__file__).with_name("recursive_python.py"),
    structure_penalty=0.5,
    partial={"car": LIST.partial["car"], "cdr": LIST.partial["cdr"], "fix1": ""},
)
