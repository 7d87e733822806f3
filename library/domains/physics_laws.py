"""The table of the physics domain's laws: mechanics, electricity, waves and heat, geometry.

A law is a formula (library.formulas) and the quantities in it. Its examples are computed from the formula,
free of noise unless some is asked for, from magnitudes of one regime; another regime tells whether a
program has the law or only fits the examples.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from library.formulas import evaluate

DIMENSIONS = 3
"""Of vectors."""


@dataclass(frozen=True)
class Regime:
    """Magnitudes of the quantities, least and most; ``signed`` quantities have either sign."""

    least: float
    most: float


EVERYDAY = Regime(0.5, 10.0)
LARGE = Regime(50.0, 500.0)
"""What is held out: nothing that the examples of EVERYDAY come near."""


@dataclass(frozen=True)
class Law:
    """``quantities``: their names in order; ``r[]`` is a vector, ``R()`` two to five numbers, ``F[][]`` as
    many vectors, ``x~`` a number of either sign.
    """

    name: str
    quantities: str
    formula: str

    @cached_property
    def types(self) -> Mapping[str, str]:
        """Of the quantities, in order."""
        found: dict[str, str] = {}
        for each in self.quantities.split():
            name = each.rstrip("[]()~")
            found[name] = _TYPES[each[len(name) :]]
        return found

    @cached_property
    def request(self) -> str:
        inputs = self.draw(random.Random(0), EVERYDAY)
        returns = "list(real)" if isinstance(self.output(inputs), list) else "real"
        return " -> ".join([*self.types.values(), returns])

    def draw(self, rng: random.Random, regime: Regime) -> list[Any]:
        """Values of the quantities."""
        several = rng.randint(2, 5)

        def value(kind: str) -> Any:
            if kind in ("", "~"):
                sign = rng.choice((-1.0, 1.0)) if kind else 1.0
                return sign * _between(rng, regime)
            if kind == "[]":
                return [value("~") for _ in range(DIMENSIONS)]
            return [value("[]" if kind == "[][]" else "") for _ in range(several)]

        return [value(each[len(each.rstrip("[]()~")) :]) for each in self.quantities.split()]

    def output(self, inputs: list[Any]) -> Any:
        return evaluate(self.formula, dict(zip(self.types, inputs, strict=True)))


_TYPES = {"": "real", "~": "real", "[]": "list(real)", "()": "list(real)", "[][]": "list(list(real))"}


def _between(rng: random.Random, regime: Regime) -> float:
    """Evenly spread over the orders of magnitude, with three significant digits."""
    value = math.exp(rng.uniform(math.log(regime.least), math.log(regime.most)))
    return float(f"{value:.3g}")


TRAIN = (
    # mechanics
    Law("distance at a steady speed", "v t", "v*t"),
    Law("mean speed", "s t", "s/t"),
    Law("speed of a body that is pushed on", "v~ a~ t", "v + a*t"),
    Law("distance of a body that starts from rest", "a t", "a*t**2/2"),
    Law("distance of a body that is pushed on", "v~ a~ t", "v*t + a*t**2/2"),
    Law("acceleration by a force", "F~ m", "F/m"),
    Law("force of a spring", "k x~", "-k*x"),
    Law("energy of a spring", "k x~", "k*x**2/2"),
    Law("energy of motion", "m v~", "m*v**2/2"),
    Law("energy of motion, of a velocity", "m v[]", "m*sum(v**2)/2"),
    Law("speed of a velocity", "v[]", "norm(v)"),
    Law("momentum", "m v[]", "m*v"),
    Law("velocity after a time", "v[] a[] t", "v + a*t"),
    Law("velocity relative to another", "v[] u[]", "v - u"),
    Law("power of a force", "F[] v[]", "dot(F, v)"),
    Law("sum of forces", "F[][]", "sum(F)"),
    Law("sum of two forces", "F[] G[]", "F + G"),
    Law("pressure of a force", "F A", "F/A"),
    Law("pressure under water", "d h", "9.81*d*h"),
    Law("speed after a fall", "h", "sqrt(2*9.81*h)"),
    Law("time of a fall", "h", "sqrt(2*h/9.81)"),
    Law("weight", "m", "9.81*m"),
    Law("force around a bend", "m v r", "m*v**2/r"),
    Law("speed at the rim of a wheel", "w r", "w*r"),
    Law("swing of a pendulum", "l", "2*pi*sqrt(l/9.81)"),
    Law("frequency of a mass on a spring", "k m", "sqrt(k/m)/(2*pi)"),
    Law("reduced mass of two bodies", "m M", "m*M/(m + M)"),
    Law("attraction at a distance", "m M r", "m*M/r**2"),
    Law("attraction at a place", "m M r[]", "m*M/sum(r**2)"),
    Law("attraction as a vector", "m M r[]", "m*M*r/norm(r)**3"),
    # electricity
    Law("current through a resistor", "U R", "U/R"),
    Law("power of a current", "U I", "U*I"),
    Law("heat of a resistor", "I R t", "I**2*R*t"),
    Law("energy of a coil", "L I", "L*I**2/2"),
    Law("resistors in a row", "R()", "sum(R)"),
    Law("resistors side by side", "R()", "1/sum(1/R)"),
    Law("two resistors side by side", "R S", "R*S/(R + S)"),
    Law("resistance of a wire", "d l A", "d*l/A"),
    Law("force between two charges", "q~ p~ r", "q*p/r**2"),
    Law("force between charges at two places", "q~ p~ a[] b[]", "q*p*(a - b)/norm(a - b)**3"),
    Law("field of a charge", "q~ r[]", "q*r/norm(r)**3"),
    Law("frequency of a circuit", "L C", "1/(2*pi*sqrt(L*C))"),
    # waves and heat
    Law("speed of a wave", "f l", "f*l"),
    Law("length of a wave", "c f", "c/f"),
    Law("brightness at a distance", "P r", "P/(4*pi*r**2)"),
    Law("speed on a string", "F d", "sqrt(F/d)"),
    Law("pressure of a gas", "n T V", "8.314*n*T/V"),
    Law("heat to warm a body", "m c T U", "m*c*(T - U)"),
    Law("what a black body radiates", "T", "T**4"),
    # geometry
    Law("area of a rectangle", "a b", "a*b"),
    Law("area of a triangle", "a h", "a*h/2"),
    Law("circumference", "r", "2*pi*r"),
    Law("area of a circle", "r", "pi*r**2"),
    Law("longest side of a right triangle", "a b", "sqrt(a**2 + b**2)"),
    Law("distance of two places", "a[] b[]", "norm(a - b)"),
    Law("middle of two places", "a[] b[]", "(a + b)/2"),
)
TEST = (
    Law("position after a time", "r[] v[] t", "r + v*t"),
    Law("work along a way", "F[] s[]", "dot(F, s)"),
    Law("height energy", "m h", "9.81*m*h"),
    Law("momentum of many", "p[][]", "sum(p)"),
    Law("acceleration by two forces", "m F[] G[]", "(F + G)/m"),
    Law("force of a stretched spring", "k a[] b[]", "k*norm(a - b)"),
    Law("acceleration around a bend", "v r", "v**2/r"),
    Law("energy of a turning wheel", "J w", "J*w**2/2"),
    Law("heat of a voltage", "U R t", "U**2*t/R"),
    Law("capacitors in a row", "C()", "1/sum(1/C)"),
    Law("energy of a capacitor", "C U", "C*U**2/2"),
    Law("potential of two charges", "q~ p~ a[] b[]", "q*p/norm(a - b)"),
    Law("frequency of a wave", "c l", "c/l"),
    Law("lens of two lenses", "f g", "1/(1/f + 1/g)"),
    Law("diagonal of a box", "a[]", "norm(a)"),
    Law("area of a sphere", "r", "4*pi*r**2"),
    Law("volume of a cylinder", "r h", "pi*r**2*h"),
    Law("attraction between two places", "m M a[] b[]", "m*M/sum((a - b)**2)"),
)
