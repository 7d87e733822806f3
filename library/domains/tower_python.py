"""The primitives of the tower domain as plain Python functions.

A tower is a list of blocks (x, width, height), x counted from where the hand is. Each function takes what is
built after it, and gives what is built from then on. Subtraction is Python's own operator.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

Block = tuple[int, int, int]
Tower = Sequence[Sequence[int]]


def as_plan(tower: Tower) -> list[list[int]]:
    """The plan as lists.

    >>> as_plan(tall([]))
    [[0, 2, 6]]
    """
    return [list(block) for block in tower]


def _moved(distance: int, tower: Tower) -> list[Block]:
    return [(x + distance, width, height) for x, width, height in tower]


def tall(rest: Tower) -> list[Block]:
    """An upright block where the hand is; then the rest.

    >>> tall([])
    [(0, 2, 6)]
    """
    return [(0, 2, 6), *_moved(0, rest)]


def wide(rest: Tower) -> list[Block]:
    """A lying block where the hand is; then the rest.

    >>> wide([])
    [(0, 6, 2)]
    """
    return [(0, 6, 2), *_moved(0, rest)]


def left(n: int, rest: Tower) -> list[Block]:
    """Moves the hand n to the left; then the rest.

    >>> left(4, tall([]))
    [(-4, 2, 6)]
    """
    return _moved(-n, rest)


def right(n: int, rest: Tower) -> list[Block]:
    """Moves the hand n to the right; then the rest.

    >>> right(4, tall([]))
    [(4, 2, 6)]
    """
    return _moved(n, rest)


def repeat(n: int, body: Callable[[int, Tower], Tower], rest: Tower) -> Tower:
    """body(0, then body(1, then ... body(n - 1, rest))).

    >>> repeat(2, lambda i, k: wide(right(6, k)), [])
    [(0, 6, 2), (6, 6, 2)]
    """
    while n > 0:
        n -= 1
        rest = body(n, rest)
    return rest


def aside(body: Callable[[Tower], Tower], rest: Tower) -> list[Block]:
    """Builds body, followed by nothing; then the rest from where the hand was before.

    >>> aside(lambda k: right(4, tall(k)), wide([]))
    [(4, 2, 6), (0, 6, 2)]
    """
    return [*_moved(0, body([])), *_moved(0, rest)]
