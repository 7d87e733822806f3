"""The table of the regression domain's task families: polynomials, powers and ratios of one real number.

Coefficients have one decimal and are drawn from a seed, other ones for the tasks held out; some families are
held out altogether. Inputs have two decimals and keep away from poles, where a ratio tells little.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from library.domains.families import SEED, Family

REAL = "real -> real"
WIDEST = 5.0
NEAREST = 0.15
"""How near to 0 a denominator may come."""

Coefficients = tuple[float, ...]


def polynomial(x: float, *coefficients: float) -> float:
    """The highest power's coefficient first."""
    value = 0.0
    for coefficient in coefficients:
        value = value * x + coefficient
    return value


def ratio(above: int) -> Callable[..., float]:
    """A polynomial of degree ``above`` by the product of x + c for each further coefficient c."""

    def value(x: float, *coefficients: float) -> float:
        below = 1.0
        for offset in coefficients[above + 1 :]:
            below *= x + offset
        return polynomial(x, *coefficients[: above + 1]) / below

    return value


def _wide(rng: random.Random, *coefficients: float) -> tuple[Any, ...]:
    return (round(rng.uniform(-WIDEST, WIDEST), 2),)


def _narrow(rng: random.Random, *coefficients: float) -> tuple[Any, ...]:
    """High powers are nearly all there is to see of far points."""
    return (round(rng.uniform(-2.5, 2.5), 2),)


def _off_zero(rng: random.Random, *coefficients: float) -> tuple[Any, ...]:
    return (round(rng.choice((-1, 1)) * rng.uniform(0.2, WIDEST), 2),)


def _off_poles(above: int) -> Callable[..., tuple[Any, ...]]:
    def draw(rng: random.Random, *coefficients: float) -> tuple[Any, ...]:
        while True:
            (x,) = _wide(rng)
            if all(abs(x + offset) >= NEAREST for offset in coefficients[above + 1 :]):
                return (x,)

    return draw


def _drawn(name: str, signs: str, train: int, test: int) -> dict[str, tuple[tuple[Any, ...], ...]]:
    """Distinct coefficients for so many tasks; ``signs``: for each the range, a narrow or a wide one."""
    rng = random.Random(f"{SEED}:{name}:coefficients")
    found: list[Coefficients] = []
    while len(found) < train + test:
        widths = [2.5 if sign == "n" else 4.8 for sign in signs]
        drawn = tuple(round(rng.choice((-1, 1)) * rng.uniform(0.3, width), 1) for width in widths)
        if drawn not in found and len(set(drawn)) == len(drawn):
            found.append(drawn)
    return {"train": tuple(found[:train]), "test": tuple(found[train:])}


def _family(
    name: str,
    function: Callable[..., float],
    inputs: Callable[..., tuple[Any, ...]],
    signs: str,
    *counts: int,
) -> Family:
    return Family(name, REAL, function, inputs, **_drawn(name, signs, *counts))


FAMILIES: tuple[Family, ...] = (
    _family("x + {0}", lambda x, c: x + c, _wide, "w", 6, 3),
    _family("{0} x", lambda x, c: c * x, _wide, "w", 4, 2),
    _family("{0} x + {1}", polynomial, _wide, "nn", 14, 6),
    _family("{0} x^2 + {1}", lambda x, a, c: a * x * x + c, _wide, "nn", 6, 3),
    _family("{0} x^2 + {1} x + {2}", polynomial, _wide, "nnn", 14, 6),
    _family("{0} x^3 + {1} x^2 + {2} x + {3}", polynomial, _narrow, "nnnn", 14, 6),
    _family("{0} x^4 + {1} x^3 + {2} x^2 + {3} x + {4}", polynomial, _narrow, "nnnnn", 8, 4),
    _family("{0} x^3", lambda x, c: c * x**3, _narrow, "w", 3, 2),
    _family("{0} x^4", lambda x, c: c * x**4, _narrow, "w", 0, 2),
    _family("{0} / x", lambda x, c: c / x, _off_zero, "w", 3, 2),
    _family("{0} / x^2", lambda x, c: c / x**2, _off_zero, "w", 3, 2),
    _family("{0} / x^3", lambda x, c: c / x**3, _off_zero, "w", 3, 2),
    _family("{0} / (x + {1})", ratio(0), _off_poles(0), "nw", 8, 4),
    _family("({0} x + {1}) / (x + {2})", ratio(1), _off_poles(1), "nnw", 8, 4),
    _family("{0} / ((x + {1}) (x + {2}))", ratio(0), _off_poles(0), "nww", 10, 5),
    _family("({0} x + {1}) / ((x + {2}) (x + {3}))", ratio(1), _off_poles(1), "nnww", 8, 4),
)
