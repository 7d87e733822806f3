"""The primitives of the recursive domain as plain Python functions.

They give what the program learner's engine gives, and raise where it has no answer. Addition, subtraction
and comparison are Python's own operators.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

A = TypeVar("A")
B = TypeVar("B")

MOST_CALLS = 50


def cons(x: A, xs: list[A]) -> list[A]:
    """The list xs with x put in front.

    >>> cons(0, [1, 2])
    [0, 1, 2]
    """
    return [x, *xs]


def car(xs: list[A]) -> A:
    """The first element. Raises IndexError for [].

    >>> car([7, 8])
    7
    """
    return xs[0]


def cdr(xs: list[A]) -> list[A]:
    """All but the first element. Raises IndexError for [].

    >>> cdr([7, 8])
    [8]
    """
    if not xs:
        raise IndexError("cdr: the list is empty")
    return xs[1:]


def is_empty(xs: list[A]) -> bool:
    """Whether xs has no elements.

    >>> is_empty([])
    True
    """
    return not xs


def fix(x: Any, f: Callable[..., B], *more: Any) -> B:
    """f(again, x, ...), where again(y, ...) is f(again, y, ...). Raises RecursionError beyond 50 calls of f.

    >>> fix([4, 5, 6], lambda again, xs: 0 if is_empty(xs) else 1 + again(cdr(xs)))
    3
    >>> fix(1, lambda again, n, xs: car(xs) if n == 0 else again(n - 1, cdr(xs)), [4, 5, 6])
    5
    """
    calls = 0

    def again(*given: Any) -> B:
        nonlocal calls
        calls += 1
        if calls > MOST_CALLS:
            raise RecursionError(f"fix: more than {MOST_CALLS} calls")
        return f(again, *given)

    return again(x, *more)
