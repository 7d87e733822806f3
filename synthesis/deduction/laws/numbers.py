"""Numbers that stand in laws, written as somebody would: 2, a third, 4 π, 9.81."""

from __future__ import annotations

import math
from functools import lru_cache

from synthesis.deduction.laws.trees import Tree

SAME = 1e-9
"""Relative: numbers this close are one number to a law that is known from some examples."""
SHORT = 4
"""Digits of a number that needs no other form."""
_MOST_DIGITS = 15

_DENOMINATORS = (3, 6, 7, 9, 11, 12)
"""Of fractions that have no short decimal form."""
_EXPONENT_ERROR, _LARGEST_EXPONENT = 1e-6, 8.0


@lru_cache(maxsize=4096)
def number_tree(value: float) -> tuple[Tree, int]:
    """An expression for the number, and how many digits it has: the fewer, the likelier that it is meant."""
    written, digits = _decimal(value)
    if digits <= SHORT:
        return written, digits
    choices: list[tuple[int, Tree]] = [(digits, written)]
    for power in (0, 1, -1, 2, -2):
        rest = value / math.pi**power
        for denominator in (1, *_DENOMINATORS):
            top, its_digits = _decimal(rest * denominator)
            whole = denominator == 1 or (top.is_integer() and its_digits <= 2)
            if its_digits <= SHORT and whole:
                tree = _with_pi(top, power, float(denominator))
                choices.append((its_digits + abs(power) + (denominator > 1), tree))
    digits, tree = min(choices, key=lambda choice: choice[0])
    return tree, digits


def _with_pi(top: float, power: int, bottom: float) -> Tree:
    """top * π ** power / bottom"""
    pi: Tree = "pi" if abs(power) == 1 else ("*.", "pi", "pi")
    above: Tree = top
    below: Tree = bottom
    if power > 0:
        above = pi if top == 1.0 else ("*.", top, pi)
    if power < 0:
        below = pi if bottom == 1.0 else ("*.", bottom, pi)
    return above if below == 1.0 else ("/.", above, below)


def _decimal(value: float) -> tuple[float, int]:
    """The number with as few digits as say it, and how many they are."""
    for digits in range(1, _MOST_DIGITS):
        rounded = float(f"{value:.{digits - 1}e}")
        if math.isclose(rounded, value, rel_tol=SAME):
            return rounded, digits
    return value, _MOST_DIGITS


def meant_exponent(value: float) -> float | None:
    """The exponent that a fitted one stands for: halves, thirds and their like, or three decimals; None where
    it is none that laws have.
    """
    choices = [round(value * denominator) / denominator for denominator in (1, 2, 3, 4, 5)]
    for nearest in (*choices, round(value, 3)):
        if abs(nearest - value) < _EXPONENT_ERROR and abs(nearest) <= _LARGEST_EXPONENT:
            return nearest
    return None
