"""A small corpus: programs for shipped tasks, written by hand, as wake sleep would have found them."""

from __future__ import annotations

from typing import Any

import pytest

from library.compression import FrontierPrograms
from library.domain import get_domain


def number(n: int) -> str:
    return str(n) if n < 2 else f"(+ 1 {number(n - 1)})"


def programs_for(name: str) -> list[str]:
    """Programs that solve the task of this name, shortest first; none for those not written down."""
    words = name.split()
    k = number(int(next((word for word in words if word.isdigit()), "0")))
    keep = "(lambda (fold $0 empty (lambda (lambda (if {} (cons $1 $0) $0)))))"
    drop = "(lambda (fold $0 empty (lambda (lambda (if {} $0 (cons $1 $0))))))"
    each = "(lambda (map (lambda {}) $0))"
    starts = {
        "add the first": [each.format("(+ $0 (car $1))")],
        "add the length": [],
        "add n": ["(lambda (lambda (map (lambda (+ $0 $2)) $0)))"],
        "add ": [each.format(f"(+ $0 {k})"), each.format(f"(+ {k} $0)"), each.format(f"(- $0 (- 0 {k}))")],
        "subtract every": [each.format(f"(- {k} $0)")],
        "subtract ": [each.format(f"(- $0 {k})")],
        "multiply ": [each.format(f"(* $0 {k})"), each.format(f"(* {k} $0)")],
        "remainder ": [each.format(f"(mod $0 {k})")],
        "keep elements greater": [keep.format(f"(gt? $1 {k})")],
        "keep elements smaller": [keep.format(f"(gt? {k} $1)")],
        "keep multiples": [keep.format(f"(eq? (mod $1 {k}) 0)"), drop.format(f"(gt? (mod $1 {k}) 0)")],
        "keep the prime": [keep.format("(is-prime $1)")],
        "keep the square": [keep.format("(is-square $1)")],
        "drop the square": [drop.format("(is-square $1)")],
        "drop elements": [drop.format(f"(eq? $1 {k})"), drop.format(f"(eq? {k} $1)")],
        "sum of the elements": ["(lambda (fold $0 0 (lambda (lambda (+ $1 $0)))))"],
        "largest": ["(lambda (fold $0 0 (lambda (lambda (if (gt? $1 $0) $1 $0)))))"],
        "element at": [f"(lambda (index {k} $0))"],
        "put ": [f"(lambda (cons {k} $0))"] if "front" in words else [
            f"(lambda (fold $0 (cons {k} empty) (lambda (lambda (cons $1 $0)))))"
        ],
        "which elements equal": [each.format(f"(eq? $0 {k})"), each.format(f"(eq? {k} $0)")],
        "which elements are greater": [each.format(f"(gt? $0 {k})")],
        "drop the first 2": ["(lambda (cdr (cdr $0)))"],
        "drop the first 3": ["(lambda (cdr (cdr (cdr $0))))"],
        "list followed": ["(lambda (fold $0 $0 (lambda (lambda (cons $1 $0)))))"],
        "n squared": [f"(lambda (+ (* $0 $0) {k}))"],
        "length plus": [f"(lambda (+ (length $0) {k}))"],
        "are there more": [f"(lambda (gt? (length $0) {k}))"],
        "is the first": [f"(lambda (gt? (car $0) {k}))"],
    }  # fmt: skip
    if name == "put the length in front":
        return ["(lambda (cons (length $0) $0))"]
    return next((programs for start, programs in starts.items() if name.startswith(start)), [])


@pytest.fixture(scope="session")
def tasks() -> list[dict[str, Any]]:
    return get_domain("list").shipped_tasks()[0]


@pytest.fixture(scope="session")
def frontiers(tasks: list[dict[str, Any]]) -> tuple[FrontierPrograms, ...]:
    return tuple(
        FrontierPrograms(
            task["name"], task["request"], tuple((text, 0.0) for text in programs_for(task["name"]))
        )
        for task in tasks
    )
