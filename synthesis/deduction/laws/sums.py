"""Sums of a few products, and the laws that are one, or a power of one: ``v**2 + 2*a*(x - y)``.

Candidates for the addends are products of few quantities; which two or three of them make up the target is
told by the angles between them, all pairs at once. What is found is written with common factors put outside
as far as that goes.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, combinations_with_replacement, product

import numpy as np

from synthesis.deduction.laws import trees
from synthesis.deduction.laws.effort import Effort
from synthesis.deduction.laws.products import Product, meant_constant
from synthesis.deduction.laws.quantities import CLOSE, Floats, Quantity, Setting
from synthesis.deduction.laws.trees import Tree

_POWERS = (1.0, -1.0, 2.0, -2.0)
"""Of the target that may be a sum."""
_IN_PAIRS, _IN_TRIPLES = 320, 130
"""How many addends are tried."""
_LOOSE = 1e-10
"""Squared, of what two or three addends leave: what is looked at closer."""
_SPARE = 3
_DEPENDENT = 1e-9
"""Squared sine: rows with less between them are one."""
_MOST, _MOST_CLOSE = 6, 200


@dataclass(frozen=True)
class Law:
    """``outside * (sum of addends) ** exponent``"""

    addends: tuple[Product, ...]
    exponent: float
    outside: Product

    def tree(self) -> Tree:
        common, rest = _factored(self.addends)
        inside = Quantity(np.zeros(0), _sum_tree(rest))
        powers = {id(q): (q, e) for q, e in self.outside.factors}
        for quantity, exponent in common.factors:
            _, known = powers.get(id(quantity), (quantity, 0.0))
            powers[id(quantity)] = (quantity, known + exponent * self.exponent)
        factors = tuple((q, e) for q, e in powers.values() if e)
        constant = self.outside.constant * common.constant**self.exponent
        return Product(constant, (*factors, (inside, self.exponent))).tree()

    def parted(self, which: Callable[[Product], bool]) -> tuple[Law, Law] | None:
        """Two laws whose sum this is, the first with those addends; None where it is no sum of such."""
        ours = tuple(addend for addend in self.addends if which(addend))
        others = tuple(addend for addend in self.addends if not which(addend))
        if self.exponent != 1.0 or not ours or not others:
            return None
        return Law(ours, 1.0, self.outside), Law(others, 1.0, self.outside)


def sums(setting: Setting, effort: Effort) -> Iterator[Law]:
    """Laws whose target, or a power of it, or that of its product with a quantity, is a sum of two or three
    products; simplest first, and no others once there are some.
    """
    rows = len(setting.target)
    if rows < 3 + _SPARE or not np.any(setting.target):
        return
    addends = _addends(setting)
    if len(addends) < 2:
        return
    matrix = np.array([np.broadcast_to(addend.values(), rows) for addend in addends])
    unit = matrix / np.linalg.norm(matrix, axis=1)[:, None]
    for found in _stages(setting, addends, unit, effort):
        laws = sorted(found, key=lambda law: trees.size(law.tree()))
        yield from laws[:_MOST]
        if laws:
            return


def _stages(
    setting: Setting, addends: Sequence[Product], unit: Floats, effort: Effort
) -> Iterator[list[Law]]:
    """Pairs and triples for the target itself, then beside a number, then beside what comes of them."""
    angles = _Angles(unit)

    alone = (Product(1.0),)
    beside = _beside(setting.base)
    for few, outsides, powers in (
        (angles.two, alone, _POWERS),
        (angles.three, alone, _POWERS),
        (angles.two, beside, _POWERS),
        (angles.two, _beside(setting.derived), _POWERS[:2]),
        (angles.three, beside, _POWERS[:1]),
    ):
        found: list[Law] = []
        for outside in outsides:
            for power in powers:
                if effort.spent:
                    yield found
                    return
                target = _transformed(setting.target, outside, power)
                if target is not None:
                    chosen = few(target)
                    effort.tried += len(chosen)
                    found += _laws(target, addends, chosen, outside, power)
        yield found


def _beside(quantities: Sequence[Quantity]) -> list[Product]:
    """Each of them, and its inverse."""
    usable = [quantity for quantity in quantities if np.all(quantity.values != 0)]
    return [Product(1.0, ((quantity, exponent),)) for quantity in usable for exponent in (1.0, -1.0)]


def _transformed(target: Floats, outside: Product, power: float) -> Floats | None:
    """(target * outside) ** power."""
    with np.errstate(all="ignore"):
        made = (target * outside.values()) ** power
    return made if np.all(np.isfinite(made)) else None


def _laws(
    target: Floats,
    addends: Sequence[Product],
    chosen: Sequence[tuple[int, ...]],
    outside: Product,
    power: float,
) -> Iterator[Law]:
    """Those that are exact: (outside * target) ** power is a sum of multiples of the chosen addends."""
    for which in chosen:
        matrix = np.array([np.broadcast_to(addends[i].values(), len(target)) for i in which])
        scale = np.linalg.norm(matrix, axis=1)
        fitted = np.linalg.lstsq((matrix / scale[:, None]).T, target, rcond=1e-12)[0] / scale
        constants = [meant_constant(float(each)) for each in fitted]
        off = np.abs(np.array(constants) @ matrix - target)
        if np.all(off <= CLOSE * np.max(np.abs(np.array(constants)[:, None] * matrix), axis=0)):
            terms = tuple(Product(c, addends[i].factors) for c, i in zip(constants, which, strict=True))
            inverse = Product(1.0, tuple((quantity, -exponent) for quantity, exponent in outside.factors))
            yield Law(terms, 1 / power, inverse)


class _Angles:
    """Which few of the rows [addends, rows], each of length 1, a target is a sum of multiples of.

    Everything is told by cosines: how much of the target's square one more row explains is a quotient of
    them. No product of matrices is left to a library that would ask other cores for it.
    """

    def __init__(self, unit: Floats):
        self._unit = unit
        self._cosines = np.einsum("ik,jk->ij", unit, unit)
        self._pairs = _Pairs(np.ones(len(unit)), self._cosines)

    def two(self, target: Floats) -> list[tuple[int, ...]]:
        return self._pairs.explaining(1.0, self._along(target))[:_MOST_CLOSE]

    def three(self, target: Floats) -> list[tuple[int, ...]]:
        along, cosines = self._along(target)[:_IN_TRIPLES], self._cosines[:_IN_TRIPLES, :_IN_TRIPLES]
        found: list[tuple[int, ...]] = []
        for i in range(len(along) - 2):
            left, to_first = 1 - along[i] ** 2, cosines[i, i + 1 :]
            if left < _LOOSE or len(found) > _MOST_CLOSE:
                continue
            rest = cosines[i + 1 :, i + 1 :] - to_first[:, None] * to_first
            pairs = _Pairs(1 - to_first**2, rest).explaining(left, along[i + 1 :] - along[i] * to_first)
            found += [(i, i + 1 + j, i + 1 + k) for j, k in pairs]
        return found[:_MOST_CLOSE]

    def _along(self, target: Floats) -> Floats:
        return np.einsum("ij,j->i", self._unit, target / np.sqrt(np.sum(target**2)))


class _Pairs:
    """Of which two of some rows a target is a sum of multiples. ``squares``: of the rows; ``products``: of
    each two, [rows, rows].
    """

    def __init__(self, squares: Floats, products: Floats):
        self._squares, self._products = squares, products
        self._area = squares[:, None] * squares - products**2
        independent = (self._area > _DEPENDENT * squares[:, None] * squares) & (self._area > _DEPENDENT)
        self._usable = np.triu(independent, 1)
        self._loose = _LOOSE * np.maximum(self._area, 1e-4)

    def explaining(self, square: float, along: Floats) -> list[tuple[int, int]]:
        """``square``: the target's; ``along``: its products with the rows."""
        by_one = along[:, None] ** 2 * self._squares
        explained = by_one + by_one.T - 2 * (along[:, None] * along) * self._products
        close = self._usable & (square * self._area - explained <= self._loose)
        return [(int(i), int(j)) for i, j in np.argwhere(close)]


def _addends(setting: Setting) -> list[Product]:
    """1, and products of up to three quantities and their inverses, the simplest first, no two of them the
    same.
    """
    roots = [(q, 0.5) for q in setting.base if q.is_square]
    base = [*((q, 1.0) for q in setting.base), *roots]
    inverse = [(q, -exponent) for q, exponent in base if np.all(q.values != 0)]
    derived = [(q, 1.0) for q in setting.derived]
    choices: list[tuple[tuple[Quantity, float], ...]] = [(), *((each,) for each in base)]
    choices += combinations_with_replacement(base, 2)
    choices += [(each,) for each in (*inverse, *derived)]
    choices += product((*base, *inverse), inverse)
    choices += combinations_with_replacement(base, 3)
    choices += product((*base, *inverse), derived)
    choices += [(one, one, other, other) for one, other in combinations((*base, *inverse), 2)]
    choices += [(*two, each) for two in combinations_with_replacement(base, 2) for each in inverse]
    made: list[Product] = []
    seen: set[frozenset[tuple[int, float]]] = set()
    for choice in choices:
        exponents: defaultdict[int, float] = defaultdict(float)
        for quantity, exponent in choice:
            exponents[id(quantity)] += exponent
        quantities = {id(quantity): quantity for quantity, _ in choice}
        kept = {key: exponent for key, exponent in exponents.items() if exponent}
        key = frozenset(kept.items())
        if key in seen:
            continue
        seen.add(key)
        addend = Product(1.0, tuple((quantities[each], exponent) for each, exponent in kept.items()))
        if np.all(np.isfinite(addend.values())) and np.any(addend.values() != 0):
            made.append(addend)
        if len(made) >= _IN_PAIRS:
            break
    return made


def _factored(addends: Sequence[Product]) -> tuple[Product, tuple[Product, ...]]:
    """What all of them have in common, and what is left of each."""
    powers = [{id(q): (q, e) for q, e in addend.factors} for addend in addends]
    common: list[tuple[Quantity, float]] = []
    for key, (quantity, _) in powers[0].items():
        exponents = [each.get(key, (quantity, 0.0))[1] for each in powers]
        if all(e > 0 for e in exponents):
            common.append((quantity, min(exponents)))
        elif all(e < 0 for e in exponents):
            common.append((quantity, max(exponents)))
    sizes = {abs(addend.constant) for addend in addends}
    constant = addends[0].constant if len(sizes) == 1 else 1.0
    if len(sizes) == 1 and any(addend.constant > 0 for addend in addends):
        constant = abs(constant)
    outside = Product(constant, tuple(common))
    return outside, tuple(_over(addend, outside) for addend in addends)


def _over(one: Product, other: Product) -> Product:
    powers = {id(q): (q, e) for q, e in one.factors}
    for quantity, exponent in other.factors:
        powers[id(quantity)] = (quantity, powers[id(quantity)][1] - exponent)
    return Product(one.constant / other.constant, tuple((q, e) for q, e in powers.values() if e))


def _sum_tree(addends: Sequence[Product]) -> Tree:
    """A sum whose addends have nothing in common, with the factor that most of them have put outside."""
    parts: list[tuple[Tree, bool]] = []
    counts = Counter((id(q), e > 0) for addend in addends for q, e in addend.factors)
    [(most, count)] = counts.most_common(1) if counts else [((0, False), 0)]
    grouped = [a for a in addends if count > 1 and any((id(q), e > 0) == most for q, e in a.factors)]
    for addend in addends:
        if all(addend is not each for each in grouped):
            parts.append((_positive(addend).tree(), addend.constant > 0))
    if grouped:
        positive = any(addend.constant > 0 for addend in grouped)
        together = grouped if positive else [_positive(addend) for addend in grouped]
        parts.append((Law(tuple(together), 1.0, Product(1.0)).tree(), positive))
    parts.sort(key=lambda part: not part[1])
    (first, positive), *rest = parts
    made = first if positive else ("-.", trees.ZERO, first)
    for tree, positive in rest:
        made = ("+." if positive else "-.", made, tree)
    return made


def _positive(addend: Product) -> Product:
    return Product(abs(addend.constant), addend.factors)
