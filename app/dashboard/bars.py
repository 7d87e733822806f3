"""Stacked bars as numbers that a template draws: shares in percent, no styles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Segment:
    """One part of a bar. `start` and `width` are in percent of the whole drawing."""

    key: str
    amount: float
    start: float
    width: float


@dataclass(frozen=True)
class Bar:
    """A row: its label, its parts from left to right, and what they add up to."""

    label: str
    segments: tuple[Segment, ...]
    total: float


def stack(label: str, amounts: Mapping[str, float], scale: float | None = None) -> Bar:
    """A bar of `amounts` in their order. `scale` is the amount that fills the width; none: the sum does."""
    total = sum(amounts.values())
    full = scale or total
    segments: list[Segment] = []
    start = 0.0
    for key, amount in amounts.items():
        width = 100 * amount / full if full else 0.0
        if amount:
            segments.append(Segment(key, amount, round(start, 3), round(width, 3)))
        start += width
    return Bar(label, tuple(segments), total)
