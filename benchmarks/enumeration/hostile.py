"""Programs that would run for ever, or fill the memory, were there no bounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine import Language
from library.domain import get_domain

FIX = ("fix1", "t0 -> ((t0 -> t1) -> t0 -> t1) -> t1")
LANGUAGE = Language([*((primitive.name, primitive.type) for primitive in get_domain("list").primitives), FIX])


@dataclass(frozen=True)
class Hostile:
    """`ends`: the failures it may end with, by the bound that is met first; "value" where it has one."""

    name: str
    program: str
    request: str
    inputs: tuple[Any, ...]
    ends: frozenset[str]


def _repeated(text: str, times: int, innermost: str = "$0") -> str:
    """`text` in its own hole `_`, so many times."""
    for _ in range(times):
        innermost = text.replace("_", innermost)
    return innermost


_BOUNDS = "fuel depth memory"
_APPEND_TO_ITSELF = "(fold $0 $0 (lambda (lambda (cons $1 $0))))"
_PAIR = "(#(lambda (cons $0 (cons $0 empty))) _)"
_TWICE = "(#(lambda (lambda ($1 ($1 $0)))) _)"

HOSTILE = [
    Hostile(name, program, request, inputs, frozenset(ends.replace(",", " ").split()))
    for name, program, request, inputs, ends in [
        (
            "a list doubled 50 times",
            f"(lambda (fold (range $0) (cons 1 empty) (lambda (lambda {_APPEND_TO_ITSELF}))))",
            "int -> list(int)",
            (50,),
            _BOUNDS,
        ),
        (
            "the length of a list doubled 50 times",
            f"(lambda (length (fold (range $0) (cons 1 empty) (lambda (lambda {_APPEND_TO_ITSELF})))))",
            "int -> int",
            (50,),
            _BOUNDS,
        ),
        (
            "a number squared 60 times",
            "(lambda (fold (range $0) (+ 1 1) (lambda (lambda (* $0 $0)))))",
            "int -> int",
            (60,),
            "overflow",
        ),
        (
            "a sum at the edge",
            "(lambda (lambda (+ $0 $1)))",
            "int -> int -> int",
            (2**62, 2**62),
            "overflow",
        ),
        (
            "a product at the edge",
            "(lambda (lambda (* $0 $1)))",
            "int -> int -> int",
            (-(2**62), 2**62),
            "overflow",
        ),
        (
            "a remainder at the edge",
            "(lambda (lambda (mod $1 $0)))",
            "int -> int -> int",
            (-(2**62), -1),
            "value",
        ),
        ("a range of a million", "(lambda (range $0))", "int -> list(int)", (1_000_000,), "range"),
        ("a range of 2^62", "(lambda (range $0))", "int -> list(int)", (2**62,), "range"),
        ("a range of minus 2^62", "(lambda (range $0))", "int -> list(int)", (-(2**62),), "value"),
        (
            "an index of 2^62",
            "(lambda (lambda (index $1 $0)))",
            "int -> list(int) -> int",
            (2**62, [1, 2]),
            "index",
        ),
        (
            "an index of minus 2^62",
            "(lambda (lambda (index $1 $0)))",
            "int -> list(int) -> int",
            (-(2**62), [1, 2]),
            "index",
        ),
        (
            "the last of a long list, for each element",
            "(lambda (map (lambda (index (- (length $1) 1) $1)) $0))",
            "list(int) -> list(int)",
            (list(range(10_000)),),
            _BOUNDS,
        ),
        (
            "is-prime of 2^61 - 1",
            "(lambda (is-prime $0))",
            "int -> bool",
            (2**61 - 1,),
            "fuel",
        ),
        (
            "is-prime of 2^61 - 1, a hundred times",
            "(lambda (lambda (map (lambda (is-prime $2)) $0)))",
            "int -> list(int) -> list(bool)",
            (2**61 - 1, list(range(100))),
            "fuel",
        ),
        ("is-square of 2^62", "(lambda (is-square $0))", "int -> bool", (2**62,), "value"),
        (
            "an unfold that never stops",
            "(lambda (unfold $0 (lambda (eq? 0 1)) (lambda $0) (lambda $0)))",
            "int -> list(int)",
            (1,),
            "unfold",
        ),
        (
            "unfolds in unfolds that never stop",
            "(lambda (unfold $0 (lambda (eq? 0 1)) (lambda (unfold $0 (lambda (eq? 0 (length "
            "(unfold $0 (lambda (gt? $0 (+ 1 (* $1 $1)))) (lambda $0) (lambda (+ $0 1)))))) "
            "(lambda $0) (lambda $0))) (lambda $0)))",
            "int -> list(list(int))",
            (3,),
            "unfold fuel",
        ),
        (
            "a fix1 that never ends",
            "(lambda (fix1 $0 (lambda (lambda ($1 $0)))))",
            "int -> int",
            (1,),
            "recursion",
        ),
        (
            "a fix1 that calls itself twice",
            "(lambda (fix1 $0 (lambda (lambda (+ ($1 $0) ($1 $0))))))",
            "int -> int",
            (1,),
            "recursion",
        ),
        (
            "a fix1 that grows a list",
            "(lambda (fix1 $0 (lambda (lambda ($1 (cons 1 (fold $0 $0 (lambda (lambda (cons $1 $0)))))))))) ",
            "list(int) -> int",
            ([1],),
            f"{_BOUNDS} recursion",
        ),
        (
            "fix1 in fix1 in fix1",
            "(lambda (fix1 $0 (lambda (lambda (+ ($1 $0) (fix1 $0 (lambda (lambda (+ ($1 $0) "
            "(fix1 $0 (lambda (lambda ($1 $0)))))))))))))",
            "int -> int",
            (1,),
            "recursion",
        ),
        (
            "maps in maps in maps",
            "(lambda (length (map (lambda (map (lambda (map (lambda (range $3)) "
            "(range $2))) (range $1))) (range $0))))",
            "int -> int",
            (100,),
            _BOUNDS,
        ),
        (
            "folds in folds in folds",
            "(lambda (fold $0 0 (lambda (lambda (fold $2 $0 (lambda (lambda (fold $4 $0 (lambda (lambda "
            "(fold $6 $0 (lambda (lambda (+ $0 1)))))))))))))) ",
            "list(int) -> int",
            (list(range(100)),),
            _BOUNDS,
        ),
        (
            "folds that fold the fold's own list",
            f"(lambda (fold $0 $0 (lambda (lambda (fold $0 $0 (lambda (lambda {_APPEND_TO_ITSELF})))))))",
            "list(int) -> list(int)",
            (list(range(50)),),
            _BOUNDS,
        ),
        (
            "lists that share their tails",
            f"(lambda (fold (range $0) empty (lambda (lambda (cons 1 {_APPEND_TO_ITSELF})))))",
            "int -> list(int)",
            (90,),
            _BOUNDS,
        ),
        (
            "a value that shares its parts 22 times",
            f"(lambda {_repeated(_PAIR, 22)})",
            f"list(int) -> {'list(' * 22}list(int){')' * 22}",
            ([1],),
            "memory",
        ),
        (
            "a result that is used twice, 40 times over",
            f"(lambda {_repeated('(#(lambda (+ $0 $0)) _)', 40)})",
            "int -> int",
            (1,),
            "value",
        ),
        (
            "an abstraction that applies its argument twice, 16 times over",
            f"(lambda ({_repeated(_TWICE, 16, '(lambda (+ $0 1))')} $0))",
            "int -> int",
            (1,),
            _BOUNDS,
        ),
        (
            "900 sums in each other",
            f"(lambda {_repeated('(+ 1 _)', 900)})",
            "int -> int",
            (1,),
            "value depth",
        ),
        (
            "900 branches in each other",
            f"(lambda {_repeated('(if (gt? $0 0) _ 0)', 900)})",
            "int -> int",
            (1,),
            "value depth",
        ),
        (
            "500 maps in each other",
            f"(lambda {_repeated('(map (lambda $0) _)', 500)})",
            "list(int) -> list(int)",
            ([1],),
            f"value {_BOUNDS}",
        ),
        (
            "a list of 100,000 squared",
            "(lambda (map (lambda (* $0 $0)) $0))",
            "list(int) -> list(int)",
            (list(range(100_000)),),
            _BOUNDS,
        ),
    ]
]
