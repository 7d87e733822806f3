"""Expressions with named variables, and the programs that they are.

What is deduced is put together from parts that don't know how deep they will stand, so variables have names
until the whole is there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce

ZERO, ONE = "0.", "1."


@dataclass(frozen=True)
class Function:
    """A name that is bound again inside is the inner one there."""

    names: tuple[str, ...]
    body: Tree


Tree = str | float | Function | tuple["Tree", ...]
"""The name of a primitive or a variable; a number; a function; an application, ``("*.", a, b)``."""


def program_text(body: Tree, arguments: Sequence[str]) -> str:
    """The function of these arguments as a program, variables as de Bruijn indices."""
    return _text(Function(tuple(arguments), body), ())


def _text(tree: Tree, bound: tuple[str, ...]) -> str:
    match tree:
        case str():
            if tree in bound:
                return f"${bound[::-1].index(tree)}"
            return tree
        case Function(names, body):
            return f"{'(lambda ' * len(names)}{_text(body, (*bound, *names))}{')' * len(names)}"
        case tuple():
            return f"({' '.join(_text(part, bound) for part in tree)})"
        case _:
            return {0.0: ZERO, 1.0: ONE}.get(tree) or repr(float(tree))


def size(tree: Tree) -> int:
    """How many primitives, numbers and variables are in it."""
    match tree:
        case Function(_, body):
            return size(body)
        case tuple():
            return sum(map(size, tree))
        case _:
            return 1


def names_in(tree: Tree) -> Iterator[str]:
    """Each place where a primitive or a variable stands, from left to right."""
    match tree:
        case str():
            yield tree
        case Function(_, body):
            yield from names_in(body)
        case tuple():
            for part in tree:
                yield from names_in(part)
        case _:
            return


def product(factors: Sequence[Tree]) -> Tree:
    """1 for none."""
    return reduce(lambda left, right: ("*.", left, right), factors) if factors else ONE


def turned(difference: Tree) -> Tree | None:
    """b - a of a - b; None of anything else."""
    match difference:
        case ("-.", left, right):
            return ("-.", right, left)
        case _:
            return None


def total(addend: Tree, over: Tree) -> Tree:
    """The sum of `addend`, in which an element is called ``x``, over a list."""
    return ("fold", over, ZERO, Function(("x", "sum"), ("+.", addend, "sum")))


def sum_of_vectors(vectors: Tree) -> Tree:
    """Of one or more."""
    added = Function(("x", "sum"), element_by_element("+.", "x", "sum"))
    return ("fold", ("cdr", vectors), ("car", vectors), added)


def element_by_element(primitive: str, left: Tree, right: Tree) -> Tree:
    return ("zip", left, right, Function(("x", "y"), (primitive, "x", "y")))


def component(vector: Tree, position: int) -> Tree:
    """Number `position` of the elements, from 0."""
    for _ in range(position):
        vector = ("cdr", vector)
    return ("car", vector)


def vector_of(components: Sequence[Tree]) -> Tree:
    made: Tree = "empty"
    for each in reversed(components):
        made = ("cons", each, made)
    return made
