"""What a law may be made of: a task's quantities, and simple ones that come of them, on all examples.

Numbers and vectors are treated alike. A law that gives a vector is looked for as one of its elements, on the
elements of all examples at once; a number counts for each of them, and a vector of the same length by its
element there. So a force ``m*a`` is a product of two quantities, whether it has a direction or not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations, permutations

import numpy as np
from numpy.typing import NDArray

from engine import Type
from synthesis.deduction.laws import trees
from synthesis.deduction.laws.trees import Function, Tree
from synthesis.task import Task

Floats = NDArray[np.float64]

MOST_COMPONENTS = 4
"""Of vectors whose components are looked at one by one."""
CLOSE = 1e-8
"""How far a law may be off, of the largest value that it is to give."""
_FEW_VECTORS = 3
_FEW = 5
"""With more numbers than this, their squares aren't paired."""


@dataclass(frozen=True, eq=False)
class Quantity:
    """``values``: [rows], one per example, or per element of the outputs; ``tree``: an expression for it in
    the names of the task's arguments and of elements. ``is_square``: its root is as simple.
    """

    values: Floats
    tree: Tree
    is_square: bool = False


@dataclass(frozen=True, eq=False)
class Vector:
    """``parts``: for each example its numbers; ``element``: the name of one of them."""

    parts: tuple[Floats, ...]
    tree: Tree
    element: str

    @cached_property
    def flat(self) -> Floats:
        """The numbers of all examples, one after the other."""
        return np.concatenate(self.parts)

    @cached_property
    def lengths(self) -> tuple[int, ...]:
        return tuple(map(len, self.parts))

    @property
    def dimensions(self) -> int | None:
        """How many components it has, where that is the same few in all examples."""
        lengths = set(self.lengths)
        return lengths.pop() if len(lengths) == 1 and max(lengths) <= MOST_COMPONENTS else None


@dataclass(frozen=True)
class Setting:
    """One target and what it may be made of. ``base``: quantities that may all be in one law; ``derived``: of
    them a law has few. ``vectors``: whose elements are among the base.
    """

    target: Floats
    base: tuple[Quantity, ...]
    derived: tuple[Quantity, ...]
    vectors: tuple[Vector, ...] = ()


@dataclass(frozen=True)
class Givens:
    """A task's arguments by their names, x0, x1, …, and what is asked for."""

    names: tuple[str, ...]
    numbers: tuple[Quantity, ...]
    vectors: tuple[Vector, ...]
    counts: tuple[Quantity, ...]  # of vectors in lists of them
    output: Floats | Vector

    def measures(self) -> list[Quantity]:
        """Numbers that simply come of the arguments."""
        return [*self.counts, *_measures(self.vectors), *pairs_of(self.numbers)]


def read_givens(task: Task) -> Givens | None:
    """None for tasks of other types than real numbers, vectors and lists of vectors."""
    request = Type.parse(task.request)
    names = tuple(f"x{i}" for i in range(len(request.arguments)))
    numbers: list[Quantity] = []
    vectors: list[Vector] = []
    several: list[tuple[list[list[Floats]], str]] = []
    for name, type_, values in zip(names, request.arguments, zip(*task.inputs, strict=True), strict=True):
        match str(type_):
            case "real":
                numbers.append(Quantity(np.array(values, dtype=np.float64), name))
            case "list(real)":
                vectors.append(Vector(_parts(values), name, f"element of {name}"))
            case "list(list(real))":
                several.append(([list(_parts(value)) for value in values], name))
            case _:
                return None
    vectors += [sum_ for sum_ in (_sum(*each) for each in several) if sum_ is not None]
    vectors += _weighted_sums(vectors, several)
    counts = tuple(
        Quantity(np.array([len(each) for each in rows], dtype=np.float64), trees.total(trees.ONE, name))
        for rows, name in several
    )
    outputs = [example.output for example in task.examples]
    match str(request.returns):
        case "real":
            output: Floats | Vector = np.array(outputs, dtype=np.float64)
        case "list(real)":
            output = Vector(_parts(outputs), "", "")
        case _:
            return None
    return Givens(names, tuple(numbers), tuple(vectors), counts, output)


def _parts(values: Sequence[object]) -> tuple[Floats, ...]:
    return tuple(np.array(value, dtype=np.float64) for value in values)


def _sum(vectors: list[list[Floats]], name: str) -> Vector | None:
    if not all(each and len({len(part) for part in each}) == 1 for each in vectors):
        return None
    parts = tuple(np.sum(each, axis=0) for each in vectors)
    return Vector(parts, trees.sum_of_vectors(name), f"element of the sum of {name}")


def _weighted_sums(vectors: Sequence[Vector], several: list[tuple[list[list[Floats]], str]]) -> list[Vector]:
    """Of vectors times numbers from a list that has one for each."""
    made: list[Vector] = []
    for rows, name in several:
        if _sum(rows, name) is None:
            continue
        for weights in vectors:
            if weights.lengths != tuple(map(len, rows)) or not isinstance(weights.tree, str):
                continue
            parts = tuple(w @ np.array(row) for w, row in zip(weights.parts, rows, strict=True))
            times = Function(("w", "v"), ("map", Function(("x",), ("*.", "w", "x")), "v"))
            tree = trees.sum_of_vectors(("zip", weights.tree, name, times))
            made.append(Vector(parts, tree, f"element of the sum of {weights.tree} times {name}"))
    return made


def number_settings(givens: Givens, target: Floats) -> Iterator[Setting]:
    """The ways to look at a number for each example, simplest first."""
    derived = tuple(givens.measures())
    yield Setting(target, givens.numbers, derived)
    if givens.vectors:
        squares = [_square(vector) for vector in givens.vectors[:_FEW_VECTORS]]
        yield Setting(target, (*givens.numbers, *squares), derived)


def component_setting(givens: Givens, target: Floats) -> Setting | None:
    """The same number beside the components of vectors; None where there are none to be looked at."""
    components = [quantity for vector in givens.vectors for quantity in _components(vector)]
    if not components:
        return None
    return Setting(target, (*givens.numbers, *components), tuple(pairs_of(givens.numbers)))


def vector_setting(givens: Givens, output: Vector) -> Setting:
    """The elements of all outputs."""
    along = tuple(vector for vector in givens.vectors if vector.lengths == output.lengths)

    def spread(quantity: Quantity) -> Quantity:
        return Quantity(np.repeat(quantity.values, output.lengths), quantity.tree)

    elements = tuple(Quantity(vector.flat, vector.element) for vector in along)
    return Setting(
        output.flat,
        (*map(spread, givens.numbers), *elements),
        (*map(spread, givens.measures()), *pairs_of(elements, squares=False)),
        along,
    )


def _components(vector: Vector) -> list[Quantity]:
    return [
        Quantity(np.array([part[i] for part in vector.parts]), trees.component(vector.tree, i))
        for i in range(vector.dimensions or 0)
        if isinstance(vector.tree, str)
    ]


def pairs_of(quantities: Sequence[Quantity], squares: bool = True) -> list[Quantity]:
    """Sums and differences of two, and of their squares."""
    made: list[Quantity] = []
    for one, other in combinations(quantities, 2):
        made.append(Quantity(one.values + other.values, ("+.", one.tree, other.tree)))
        made.append(Quantity(one.values - other.values, ("-.", one.tree, other.tree)))
    if squares and len(quantities) <= _FEW:
        squared = [Quantity(each.values**2, ("*.", each.tree, each.tree)) for each in quantities]
        made += pairs_of(squared, squares=False)
    return made


def _measures(vectors: Sequence[Vector]) -> list[Quantity]:
    """Numbers that vectors come to: how many elements they have, sums of these, of their squares, inverses,
    and products with another's, of the squares of sums and differences.
    """
    made: list[Quantity] = []
    for vector in vectors:
        made.append(_measure(vector, lambda x: x, "x"))
        made.append(_square(vector))
        if vector.dimensions is None:
            made.append(_measure(vector, np.ones_like, trees.ONE))
        if all(np.all(part != 0) for part in vector.parts):
            made.append(_measure(vector, lambda x: 1 / x, ("/.", trees.ONE, "x")))
    for one, other in combinations(vectors, 2):
        if one.lengths != other.lengths:
            continue
        for sign, primitive in ((1, "+."), (-1, "-.")):
            parts = tuple(a + sign * b for a, b in zip(one.parts, other.parts, strict=True))
            both = Vector(parts, trees.element_by_element(primitive, one.tree, other.tree), "")
            made.append(_square(both))
        dots = np.array([a @ b for a, b in zip(one.parts, other.parts, strict=True)])
        products = trees.element_by_element("*.", one.tree, other.tree)
        made.append(Quantity(dots, trees.total("x", products)))
    for one, other in permutations(vectors, 2):
        if one.lengths == other.lengths and one.dimensions is None:
            dots = np.array([a @ b**2 for a, b in zip(one.parts, other.parts, strict=True)])
            squares = Function(("x", "y"), ("*.", "x", ("*.", "y", "y")))
            made.append(Quantity(dots, trees.total("x", ("zip", one.tree, other.tree, squares))))
    return made


def _square(vector: Vector) -> Quantity:
    return replace(_measure(vector, lambda x: x * x, ("*.", "x", "x")), is_square=True)


def _measure(vector: Vector, of: Callable[[Floats], Floats], addend: Tree) -> Quantity:
    return Quantity(np.array([np.sum(of(part)) for part in vector.parts]), trees.total(addend, vector.tree))
