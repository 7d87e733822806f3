"""Programs of the recursive domain that tests share."""

from __future__ import annotations

LENGTH = "(lambda (fix1 $0 (lambda (lambda (if (empty? $0) 0 (+ 1 ($1 (cdr $0))))))))"
NOT_DERIVED = "(lambda (+ 1 (fix1 $0 (lambda (lambda (if (empty? $0) 0 (+ 1 ($1 (cdr $0)))))))))"


def each(element: str) -> str:
    """The program that maps; `element` speaks of the list as $0."""
    step = f"(if (empty? $0) empty (cons {element} ($1 (cdr $0))))"
    return f"(lambda (fix1 $0 (lambda (lambda {step}))))"
