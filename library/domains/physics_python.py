"""The primitives of the physics domain as plain Python functions.

A vector is a list of numbers. They give what the program learner's engine gives, and raise where it has no
answer. Addition, subtraction, multiplication and division are Python's own operators.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")

pi: float = math.pi
"""A circle's circumference over its diameter."""


def map(f: Callable[[A], B], xs: list[A]) -> list[B]:
    """f applied to every element of xs, in order.

    >>> map(lambda x: x * x, [1.0, 3.0])
    [1.0, 9.0]
    """
    return [f(x) for x in xs]


def zip(xs: list[A], ys: list[B], f: Callable[[A, B], C]) -> list[C]:
    """f applied to the elements of xs and ys at the same position. Raises ValueError for lists of different
    lengths.

    >>> zip([3.0, 5.0], [1.0, 7.0], lambda x, y: x - y)
    [2.0, -2.0]
    """
    if len(xs) != len(ys):
        raise ValueError(f"zip: {len(xs)} elements and {len(ys)}")
    rest = iter(ys)
    return [f(x, next(rest)) for x in xs]


def fold(xs: list[A], z: B, f: Callable[[A, B], B]) -> B:
    """Combine from the right: f(x1, f(x2, ... f(xn, z))); z for [].

    >>> fold([5.0, 3.0, 1.0], 0.0, lambda x, total: x + total)
    9.0
    """
    for x in reversed(xs):
        z = f(x, z)
    return z


def cons(x: A, xs: list[A]) -> list[A]:
    """The list xs with x put in front.

    >>> cons(0.0, [1.0, 2.0])
    [0.0, 1.0, 2.0]
    """
    return [x, *xs]


def car(xs: list[A]) -> A:
    """The first element. Raises IndexError for [].

    >>> car([7.0, 8.0])
    7.0
    """
    return xs[0]


def cdr(xs: list[A]) -> list[A]:
    """All but the first element. Raises IndexError for [].

    >>> cdr([7.0, 8.0])
    [8.0]
    """
    if not xs:
        raise IndexError("cdr: the list is empty")
    return xs[1:]


def pow(x: float, y: float) -> float:
    """x to the power y. Raises ValueError where that is no real number, and for 0 to a power below 0.

    >>> pow(3.0, 2.0)
    9.0
    """
    return math.pow(x, y)
