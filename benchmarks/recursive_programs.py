"""Programs for DreamCoder's 20 recursive list tasks, in McCarthy's primitives: the corpus of ``bench
recursive_compression``.

They are written by hand, each the plain recursion that the task's name suggests, through ``fix1`` alone:
neither `map` nor `fold` is there to be copied. As a corpus for ``wakesleep compress``: ``python -m
benchmarks.recursive_programs > corpus.json``.
"""

from __future__ import annotations

import json

from engine import Language

TYPES = {
    "empty": "list(t0)",
    "cons": "t0 -> list(t0) -> list(t0)",
    "car": "list(t0) -> t0",
    "cdr": "list(t0) -> list(t0)",
    "empty?": "list(t0) -> bool",
    "fix1": "t0 -> ((t0 -> t1) -> t0 -> t1) -> t1",
    "gt?": "int -> int -> bool",
    "if": "bool -> t0 -> t0 -> t0",
    "eq?": "int -> int -> bool",
    "+": "int -> int -> int",
    "-": "int -> int -> int",
    "0": "int",
    "1": "int",
}
MCCARTHY = Language(list(TYPES.items()))

_LENGTH = "(lambda (lambda (if (empty? $0) 0 (+ 1 ($1 (cdr $0))))))"
_EACH = "(lambda (fix1 $0 (lambda (lambda (if (empty? $0) empty (cons {} ($1 (cdr $0))))))))"
_WITHOUT = (
    "(lambda (fix1 $0 (lambda (lambda (if (empty? $0) empty"
    " (if {} ($1 (cdr $0)) (cons (car $0) ($1 (cdr $0)))))))))"
)
_UP_FROM_0 = "(lambda (fix1 0 (lambda (lambda (if {} empty (cons $0 ($1 (+ $0 1))))))))"
_COUNT = "(lambda (fix1 $0 (lambda (lambda (if (eq? $0 0) empty (cons {} ($1 {})))))))"
_ITEM = "(lambda (lambda (car (fix1 $1 (lambda (lambda (if (eq? $0 {}) $2 (cdr ($1 (- $0 1))))))))))"
# `fix1` has one argument, so a list of the two lists goes round:
_PAIRS = (
    "(lambda (lambda (fix1 (cons $1 (cons $0 empty)) (lambda (lambda (if (empty? (car $0)) empty"
    " (cons ({} (car (car $0)) (car (car (cdr $0))))"
    " ($1 (cons (cdr (car $0)) (cons (cdr (car (cdr $0))) empty))))))))))"
)

PROGRAMS = {
    "length int": f"(lambda (fix1 $0 {_LENGTH}))",
    "map length": _EACH.format(f"(fix1 (car $0) {_LENGTH})"),
    "remove 0s": _WITHOUT.format("(eq? (car $0) 0)"),
    "remove non-positives": _WITHOUT.format("(gt? (car $0) 1)"),  # what its examples remove
    "countdown": _COUNT.format("(+ $0 1)", "(- $0 1)"),
    "weird count": _COUNT.format("(- 0 $0)", "(+ $0 1)"),
    "take every other": (
        "(lambda (fix1 $0 (lambda (lambda (if (empty? $0) empty (cons (car $0) ($1 (cdr (cdr $0)))))))))"
    ),
    "drop last element": (
        "(lambda (fix1 $0 (lambda (lambda (if (empty? (cdr $0)) empty (cons (car $0) ($1 (cdr $0))))))))"
    ),
    "range": _UP_FROM_0.format("(eq? $0 $2)"),
    "range inclusive": _UP_FROM_0.format("(gt? $0 $2)"),
    "index int": _ITEM.format("0"),
    "1-index int": _ITEM.format("1"),
    "stutter": (
        "(lambda (fix1 $0 (lambda (lambda (if (empty? $0) empty"
        " (cons (car $0) (cons (car $0) ($1 (cdr $0)))))))))"
    ),
    "sum": "(lambda (fix1 $0 (lambda (lambda (if (empty? $0) 0 (+ (car $0) ($1 (cdr $0))))))))",
    "append constant 0": (
        "(lambda (fix1 $0 (lambda (lambda (if (empty? $0) (cons 0 empty) (cons (car $0) ($1 (cdr $0))))))))"
    ),
    "map double": _EACH.format("(+ (car $0) (car $0))"),
    "map increment": _EACH.format("(+ (car $0) 1)"),
    "map negation": _EACH.format("(- 0 (car $0))"),
    "zip plus": _PAIRS.format("+"),
    "zip minus": _PAIRS.format("-"),
}
"""By the task's name in ``tasks/recursive.json``."""

if __name__ == "__main__":
    print(json.dumps(list(PROGRAMS.values()), indent=1))
