"""The primitives of the list domain as plain Python functions.

They give what the program learner's engine gives, and raise where it has no answer. Addition, subtraction,
multiplication and comparison are Python's own operators.
"""

from __future__ import annotations

from collections.abc import Callable
from math import isqrt
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")

LONGEST_RANGE = 100
LONGEST_UNFOLD = 50


def map(f: Callable[[A], B], xs: list[A]) -> list[B]:
    """f applied to every element of xs, in order.

    >>> map(lambda x: x + 1, [1, 2])
    [2, 3]
    """
    return [f(x) for x in xs]


def unfold(x: A, stop: Callable[[A], bool], head: Callable[[A], B], next: Callable[[A], A]) -> list[B]:
    """[] when stop(x), else head(x) followed by unfold(next(x), stop, head, next).

    Raises OverflowError for a list of more than 50 elements.

    >>> unfold(3, lambda n: n == 0, lambda n: n * n, lambda n: n - 1)
    [9, 4, 1]
    """
    found: list[B] = []
    while not stop(x):
        if len(found) == LONGEST_UNFOLD:
            raise OverflowError(f"unfold: more than {LONGEST_UNFOLD} elements")
        found.append(head(x))
        x = next(x)
    return found


def range(n: int) -> list[int]:
    """The list 0, 1, ... n - 1; [] when n is 0 or less. Raises OverflowError for an n above 100.

    >>> range(3)
    [0, 1, 2]
    """
    if n > LONGEST_RANGE:
        raise OverflowError(f"range: {n} is more than {LONGEST_RANGE}")
    found: list[int] = []
    while len(found) < n:
        found.append(len(found))
    return found


def index(i: int, xs: list[A]) -> A:
    """The element of xs at position i, counted from 0. Raises IndexError outside the list.

    >>> index(1, [7, 8, 9])
    8
    """
    if i < 0:
        raise IndexError(f"index: {i} is below 0")
    return xs[i]


def fold(xs: list[A], z: B, f: Callable[[A, B], B]) -> B:
    """Combine from the right: f(x1, f(x2, ... f(xn, z))); z for [].

    >>> fold([5, 3, 1], 0, lambda x, rest: x - rest)
    3
    """
    for x in reversed(xs):
        z = f(x, z)
    return z


def length(xs: list[A]) -> int:
    """The number of elements.

    >>> length([4, 4])
    2
    """
    return len(xs)


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


def mod(a: int, b: int) -> int:
    """The remainder of the division truncated towards zero: it has the sign of a, unlike Python's %.

    Raises ZeroDivisionError for b = 0.

    >>> mod(-7, 2)
    -1
    """
    remainder = abs(a) % abs(b)
    return -remainder if a < 0 else remainder


def is_prime(n: int) -> bool:
    """Whether n is a prime number; false below 2.

    >>> is_prime(7)
    True
    """
    if n < 2:
        return False
    divisor = 2
    while divisor * divisor <= n:
        if n % divisor == 0:
            return False
        divisor += 1
    return True


def is_square(n: int) -> bool:
    """Whether n is the square of an integer; false below 0.

    >>> is_square(9)
    True
    """
    return n >= 0 and isqrt(n) ** 2 == n
