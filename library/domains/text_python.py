"""The primitives of the text domain as plain Python functions.

A text is any sequence of characters, which are strings of length 1: a string, or the list of its characters.
Functions take either and make lists; ``as_text`` makes a string of both. They give what the program learner's
engine gives, and raise where it has no answer. Addition, subtraction and ``==`` are Python's own operators.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")

LONGEST_RANGE = 100
LONGEST_UNFOLD = 50


def as_text(characters: Sequence[str]) -> str:
    """The string of these characters.

    >>> as_text(["a", "b"]), as_text("ab")
    ('ab', 'ab')
    """
    return "".join(characters)


def as_texts(texts: Sequence[Sequence[str]]) -> list[str]:
    """A string for each text.

    >>> as_texts([["a", "b"], "c"])
    ['ab', 'c']
    """
    return ["".join(characters) for characters in texts]


def map(f: Callable[[A], B], xs: Sequence[A]) -> list[B]:
    """f applied to every element of xs, in order.

    >>> map(lambda c: "." if c == "-" else c, "a-b")
    ['a', '.', 'b']
    """
    return [f(x) for x in xs]


def unfold(x: A, stop: Callable[[A], bool], head: Callable[[A], B], next: Callable[[A], A]) -> list[B]:
    """[] when stop(x), else head(x) followed by unfold(next(x), stop, head, next).

    Raises OverflowError for a list of more than 50 elements.

    >>> unfold("ab-c", lambda s: car(s) == "-", car, cdr)
    ['a', 'b']
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


def index(i: int, xs: Sequence[A]) -> A:
    """The element of xs at position i, counted from 0. Raises IndexError outside the list.

    >>> index(1, "abc")
    'b'
    """
    if i < 0:
        raise IndexError(f"index: {i} is below 0")
    return xs[i]


def fold(xs: Sequence[A], z: B, f: Callable[[A, B], B]) -> B:
    """Combine from the right: f(x1, f(x2, ... f(xn, z))); z for [].

    >>> as_text(fold("ab", " Ltd", cons))
    'ab Ltd'
    """
    for x in reversed(xs):
        z = f(x, z)
    return z


def length(xs: Sequence[A]) -> int:
    """The number of elements.

    >>> length("a-b")
    3
    """
    return len(xs)


def cons(x: A, xs: Sequence[A]) -> list[A]:
    """The list xs with x put in front.

    >>> cons("(", "ab")
    ['(', 'a', 'b']
    """
    return [x, *xs]


def car(xs: Sequence[A]) -> A:
    """The first element. Raises IndexError for [].

    >>> car("ab")
    'a'
    """
    return xs[0]


def cdr(xs: Sequence[A]) -> Sequence[A]:
    """All but the first element. Raises IndexError for [].

    >>> cdr("abc")
    'bc'
    """
    if not xs:
        raise IndexError("cdr: the list is empty")
    return xs[1:]


def is_empty(xs: Sequence[A]) -> bool:
    """Whether xs has no elements.

    >>> is_empty("")
    True
    """
    return not xs
