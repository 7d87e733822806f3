"""A domain for tests whose programs may call themselves: McCarthy's primitives, `fix1` among them."""

from __future__ import annotations

from library.domain import Domain, Primitive, PrimitiveExample
from library.domains.list import LIST

LENGTH = "(lambda (fix1 $0 (lambda (lambda (if (empty? $0) 0 (+ 1 ($1 (cdr $0))))))))"
NOT_DERIVED = "(lambda (+ 1 (fix1 $0 (lambda (lambda (if (empty? $0) 0 (+ 1 ($1 (cdr $0)))))))))"

_OTHERS = ("empty", "cons", "car", "cdr", "empty?", "gt?", "if", "eq?", "+", "-", "0", "1")
FIX = Primitive(
    "fix1",
    "t0 -> ((t0 -> t1) -> t0 -> t1) -> t1",
    "fix(x, f): f(again, x), where again(y) is fix(y, f).",
    "call:fix",
    PrimitiveExample(LENGTH, "list(int) -> int", ([4, 4],), 2),
)
RECURSIVE = Domain(
    name="recursive",
    description="recursive functions on lists of integers",
    primitives=(
        *(primitive for primitive in LIST.primitives if primitive.name in _OTHERS),
        FIX,
    ),
    requests=("list(int) -> int", "list(int) -> list(int)"),
    shipped_tasks=lambda: ([], []),
    twin=LIST.twin,
    partial={**LIST.partial, "fix1": ""},
)


def each(element: str) -> str:
    """The program that maps; `element` speaks of the list as $0."""
    step = f"(if (empty? $0) empty (cons {element} ($1 (cdr $0))))"
    return f"(lambda (fix1 $0 (lambda (lambda {step}))))"
