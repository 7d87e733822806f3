"""Arguments that are evaluated only when they are needed.

The program learner evaluates the arguments of functions late, and so where it matters, here: an argument
that may fail (the head of a list that may be empty) must not fail in a function that never looks at it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

A = TypeVar("A")


class Later:
    """An argument that waits; it is evaluated once at most."""

    def __init__(self, compute: Callable[[], Any]) -> None:
        self._compute: Callable[[], Any] | None = compute
        self._value: Any = None

    def value(self) -> Any:
        if self._compute is not None:
            self._value, self._compute = self._compute(), None
        return self._value


def later(compute: Callable[[], A]) -> A:
    """An argument that ``now`` evaluates, if anything does."""
    return Later(compute)  # type: ignore[return-value]


def now(argument: A) -> A:
    """The value of an argument, whether it waits or not.

    >>> now(later(lambda: 3)), now(3)
    (3, 3)
    """
    return cast(A, argument.value()) if isinstance(argument, Later) else argument


def lazy(function: Callable[..., A]) -> Callable[..., A]:
    """The function, marked as one that takes arguments that wait."""
    function.takes_later = True  # type: ignore[attr-defined]
    return function


def call(function: Callable[..., A], *arguments: Any) -> A:
    """function(*arguments); only a function marked as lazy gets to see arguments that wait.

    >>> call(lazy(lambda x: 3), later(lambda: 1 // 0))
    3
    >>> call(lambda x: x + 1, later(lambda: 3))
    4
    """
    if getattr(function, "takes_later", False):
        return function(*arguments)
    return function(*map(now, arguments))
