"""Products of powers, and the laws that are one: ``c * a * b**2 / c**0.5``.

The logarithm of such a law is linear in the logarithms of its quantities, so that one regression gives all
exponents, however large the constant is.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthesis.deduction.laws import trees
from synthesis.deduction.laws.effort import Effort
from synthesis.deduction.laws.numbers import SHORT, meant_exponent, number_tree
from synthesis.deduction.laws.quantities import CLOSE, Floats, Quantity, Setting
from synthesis.deduction.laws.trees import Tree

_LOOSE = 1e-6
"""Of logarithms: what is looked at closer."""
_SPARE = 2
"""Examples that there must be beyond what a regression needs to fit anything."""
_MOST = 8
"""Of laws with the same number of derived quantities."""


@dataclass(frozen=True)
class Product:
    """``constant * quantity ** exponent * …``"""

    constant: float
    factors: tuple[tuple[Quantity, float], ...] = ()

    def values(self) -> Floats | float:
        """NaN where a power is no real number."""
        result: Floats | float = self.constant
        for group, exponent in self.groups():
            base: Floats | float = 1.0
            for quantity, sign in group:
                base = base * quantity.values**sign
            result = result * np.power(base, exponent)
        return result

    def groups(self) -> list[tuple[list[tuple[Quantity, float]], float]]:
        """Factors under one root together, since a root of a quotient may be real where two roots aren't;
        others one by one. The inner exponents are whole.
        """
        made: list[tuple[list[tuple[Quantity, float]], float]] = []
        roots: dict[float, list[tuple[Quantity, float]]] = {}
        for quantity, exponent in self.factors:
            if float(exponent).is_integer():
                made.append(([(quantity, exponent)], 1.0))
            else:
                roots.setdefault(abs(exponent), []).append((quantity, math.copysign(1.0, exponent)))
        return made + [(group, exponent) for exponent, group in roots.items()]

    def tree(self) -> Tree:
        above: list[Tree] = []
        below: list[Tree] = []
        constant = self.constant
        for group, exponent in self.groups():
            if exponent == 1.0:
                for quantity, whole in group:
                    tree = quantity.tree
                    if constant < 0 and whole % 2 and (turned := trees.turned(tree)) is not None:
                        constant, tree = -constant, turned
                    (above if whole > 0 else below).append(_power(tree, abs(whole)))
                continue
            inside = ([q.tree for q, sign in group if sign > 0], [q.tree for q, sign in group if sign < 0])
            swapped = not inside[0]
            if swapped:
                inside = inside[1], inside[0]
            constant, moved = _parted(constant, -exponent if swapped else exponent)
            (below if swapped else above).append(("power", _with_constant(moved, *inside), exponent))
        return _with_constant(constant, above, below)


def _parted(constant: float, exponent: float) -> tuple[float, float]:
    """A factor and one that goes under a root with this exponent: together the constant, in few digits."""
    choices = [(number_tree(constant)[1], constant, 1.0)]
    if number_tree(constant)[1] > SHORT:
        for outside in (1.0, math.pi, 2 * math.pi, 0.5 / math.pi, 1 / math.pi):
            left = abs(constant) / outside
            inside = left ** (1 / exponent)
            digits = min(number_tree(inside)[1], number_tree(1 / inside)[1]) + number_tree(outside)[1]
            choices.append((digits, math.copysign(outside, constant), inside))
    return min(choices, key=lambda choice: choice[0])[1:]


def _power(tree: Tree, exponent: float) -> Tree:
    if exponent == 1.0:
        return tree
    if exponent == 2.0 and trees.size(tree) <= 2:
        return ("*.", tree, tree)
    return ("power", tree, exponent)


def _fraction(above: list[Tree], below: list[Tree]) -> Tree:
    top = trees.product(above)
    return ("/.", top, trees.product(below)) if below else top


def _with_constant(constant: float, above: list[Tree], below: list[Tree]) -> Tree:
    if constant == -1.0 and above:
        return ("-.", trees.ZERO, _fraction(above, below))
    if constant == 1.0:
        return _fraction(above, below)
    inverse, its_digits = number_tree(1 / constant)
    tree, digits = number_tree(constant)
    if its_digits < digits:
        return _fraction(above, [inverse, *below])
    return _fraction([tree, *above], below)


def products(setting: Setting, effort: Effort) -> Iterator[Product]:
    """The products of powers that are the target: of base quantities, and none, one or two derived ones; with
    few of those first, and no others once there are some.
    """
    there = setting.target != 0
    if not np.all(there):  # where the law gives 0, it has no logarithm
        setting = _rows(setting, there)
    rows = len(setting.target)
    base = [quantity for quantity in setting.base if _has_logarithm(quantity)]
    derived = [quantity for quantity in setting.derived if _has_logarithm(quantity)]
    columns = np.array([np.ones(rows), *(np.log(np.abs(quantity.values)) for quantity in base)])
    if rows < len(columns) + _SPARE:
        return
    rest = _Complement(columns)
    target = rest(np.log(np.abs(setting.target))[None, :])[0]
    scale = math.sqrt(rows)
    if np.linalg.norm(target) <= _LOOSE * scale:
        effort.tried += 1
        found = list(_fitted(setting, base))
        yield from found
        if found:
            return
    if not derived or effort.spent:
        return
    others = rest(np.log(np.abs(np.array([quantity.values for quantity in derived]))))
    for count, chosen in _explaining(target, others, _LOOSE * scale):
        if rows < len(columns) + count + _SPARE or effort.spent:
            return
        effort.tried += len(chosen)
        found = [
            product
            for which in chosen
            for product in _fitted(setting, [*base, *(derived[i] for i in which)], count)
        ]
        found.sort(key=lambda product: trees.size(product.tree()))
        yield from found[:_MOST]
        if found:
            return


def _rows(setting: Setting, chosen: NDArray[np.bool_]) -> Setting:
    def of(quantities: Sequence[Quantity]) -> tuple[Quantity, ...]:
        return tuple(Quantity(quantity.values[chosen], quantity.tree) for quantity in quantities)

    return Setting(setting.target[chosen], of(setting.base), of(setting.derived))


def _has_logarithm(quantity: Quantity) -> bool:
    return bool(np.all(np.isfinite(quantity.values)) and np.all(quantity.values != 0))


class _Complement:
    """Projects onto what the columns can't explain."""

    def __init__(self, columns: Floats):
        _, singular, right = np.linalg.svd(columns, full_matrices=False)
        self._basis = right[singular > 1e-10 * singular[0]]

    def __call__(self, rows: Floats) -> Floats:
        once = rows - (rows @ self._basis.T) @ self._basis
        return once - (once @ self._basis.T) @ self._basis


def _explaining(target: Floats, others: Floats, error: float) -> Iterator[tuple[int, list[tuple[int, ...]]]]:
    """Which one, and which two, of the others the target is a multiple or a sum of multiples of."""
    sizes = np.linalg.norm(others, axis=1)
    usable = np.flatnonzero(sizes > 1e-6)
    unit = others[usable] / sizes[usable, None]
    along = unit @ target
    left = np.linalg.norm(target[None, :] - along[:, None] * unit, axis=1)
    yield 1, [(int(usable[i]),) for i in np.flatnonzero(left <= error)]
    two: list[tuple[int, ...]] = []
    for i in range(len(usable)):
        rest = unit[i + 1 :] - (unit[i + 1 :] @ unit[i])[:, None] * unit[i]
        lengths = np.linalg.norm(rest, axis=1)
        target_left = target - along[i] * unit[i]
        with np.errstate(divide="ignore", invalid="ignore"):
            directions = rest / lengths[:, None]
            off = np.linalg.norm(target_left - (directions @ target_left)[:, None] * directions, axis=1)
        close = np.flatnonzero((lengths > 1e-6) & (off <= error))
        two += [(int(usable[i]), int(usable[i + 1 + j])) for j in close]
    yield 2, two


def _fitted(setting: Setting, quantities: Sequence[Quantity], needed: int = 0) -> Iterator[Product]:
    """The product of these quantities that is the target, if one is; the last `needed` must be in it."""
    rows = np.array([np.ones(len(setting.target)), *(np.log(np.abs(q.values)) for q in quantities)])
    fitted = np.linalg.lstsq(rows.T, np.log(np.abs(setting.target)), rcond=1e-12)[0]
    exponents = [meant_exponent(float(each)) for each in fitted[1:]]
    factors: list[tuple[Quantity, float]] = []
    for quantity, exponent in zip(quantities, exponents, strict=True):
        if exponent is None:
            return
        if exponent:
            factors.append((quantity, exponent))
    if any(exponent == 0 for exponent in exponents[len(exponents) - needed :]):
        return
    with np.errstate(all="ignore"):
        ratios = setting.target / Product(1.0, tuple(factors)).values()
    constant = float(np.median(ratios))
    if constant and np.all(np.abs(ratios / constant - 1) <= CLOSE):
        yield Product(meant_constant(constant), tuple(factors))


def meant_constant(value: float) -> float:
    """1 and -1 exactly, where it is next to them."""
    nearest = round(value)
    return float(nearest) if nearest and abs(value / nearest - 1) <= CLOSE else value
