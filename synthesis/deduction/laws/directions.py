"""Along which vectors the outputs of a law point."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from synthesis.deduction.laws.quantities import CLOSE, Floats, Quantity, Vector, pairs_of

_LOOSE = 1e-6

Multiple = tuple[Quantity, Floats]
"""An element of a vector, and a number for each example."""


def directions(output: Vector, elements: Sequence[Quantity]) -> Iterator[Multiple]:
    """Vectors that all outputs lie along, by an element of theirs, and how long the outputs are in them."""
    starts = np.cumsum((0, *output.lengths[:-1]))
    if not all(output.lengths):
        return
    for element in _with_pairs(elements):
        squares = np.add.reduceat(element.values**2, starts)
        if not np.all(squares):
            continue
        times = np.add.reduceat(element.values * output.flat, starts) / squares
        off = np.abs(np.repeat(times, output.lengths) * element.values - output.flat)
        if np.all(off <= CLOSE * np.repeat(np.maximum.reduceat(np.abs(output.flat), starts), output.lengths)):
            yield element, times


def planes(output: Vector, elements: Sequence[Quantity]) -> Iterator[tuple[Multiple, Multiple]]:
    """Pairs of vectors of which all outputs are sums of multiples, by their elements and the multiples; only
    where the vectors have more than two dimensions, so that not every two are such a pair.
    """
    if min(output.lengths, default=0) < 3:
        return
    starts = np.cumsum((0, *output.lengths[:-1]))

    def dot(left: Floats, right: Floats) -> Floats:
        return np.add.reduceat(left * right, starts)

    wanted = output.flat
    largest = np.repeat(np.maximum.reduceat(np.abs(wanted), starts), output.lengths)
    for one, other in combinations(_with_pairs(elements), 2):
        a, b = one.values, other.values
        squares, cross = (dot(a, a), dot(b, b)), dot(a, b)
        area = squares[0] * squares[1] - cross**2
        if not np.all(area > _LOOSE * squares[0] * squares[1]):
            continue
        first = (dot(wanted, a) * squares[1] - dot(wanted, b) * cross) / area
        second = (dot(wanted, b) * squares[0] - dot(wanted, a) * cross) / area
        off = np.repeat(first, output.lengths) * a + np.repeat(second, output.lengths) * b - wanted
        if np.all(np.abs(off) <= CLOSE * largest):
            yield (one, first), (other, second)


def is_spanned(output: Vector, vectors: Sequence[Vector]) -> bool:
    """Whether every output is a sum of multiples of the vectors beside it; True where all are, since there
    are vectors for every dimension.
    """
    if output.dimensions is None or len(vectors) >= output.dimensions:
        return True
    if not vectors:
        return False
    for i, part in enumerate(output.parts):
        columns = np.array([vector.parts[i] for vector in vectors]).T
        fitted = np.linalg.lstsq(columns, part, rcond=1e-12)[0]
        if np.any(np.abs(columns @ fitted - part) > _LOOSE * np.max(np.abs(part), initial=0.0)):
            return False
    return True


def _with_pairs(elements: Sequence[Quantity]) -> list[Quantity]:
    """Those, and of their sums and differences."""
    return [*elements, *pairs_of(elements, squares=False)]
