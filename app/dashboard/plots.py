"""Functions of one real number as SVG: points, and a curve through them where a program gives one.

Colours come from the page's classes; the document holds numbers only.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

WIDTH, HEIGHT = 320.0, 180.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 44.0, 10.0, 10.0, 22.0
REQUEST = "real -> real"

Points = Sequence[tuple[float, float]]


def points_of(request: str, examples: Sequence[dict[str, Any]]) -> list[tuple[float, float]]:
    """The examples of a function of one real number as points; none for other requests."""
    if request != REQUEST:
        return []
    return [(float(example["inputs"][0]), float(example["output"])) for example in examples]


def grid(points: Points, count: int = 96) -> list[float]:
    """Places to draw a curve at: the points' range and a little more."""
    low, high = _span([x for x, _ in points])
    return [low + (high - low) * step / (count - 1) for step in range(count)]


def plot(points: Points, curve: Points = (), label: str = "The examples") -> Markup:
    """An SVG of at least two points. Where the curve leaves the points' range, it leaves the picture."""
    (left, right), (low, high) = _span([x for x, _ in points]), _span([y for _, y in points])
    across, up = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM

    def place(x: float, y: float) -> tuple[float, float]:
        return _LEFT + across * (x - left) / (right - left), _TOP + up * (high - y) / (high - low)

    parts: list[str] = []
    for value in (left, right):
        x, _ = place(value, low)
        anchor = "start" if value == left else "end"
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT - 6:g}" text-anchor="{anchor}">{_short(value)}</text>')
    for value in (low, high):
        _, y = place(left, value)
        parts.append(f'<line class="rule" x1="{_LEFT:g}" x2="{WIDTH - _RIGHT:g}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{_LEFT - 6:g}" y="{y + 4:.1f}" text-anchor="end">{_short(value)}</text>')
    if low < 0 < high:
        _, y = place(left, 0.0)
        parts.append(
            f'<line class="rule zero" x1="{_LEFT:g}" x2="{WIDTH - _RIGHT:g}" y1="{y:.1f}" y2="{y:.1f}"/>'
        )
    path, drawing = "", False
    for x, y in curve:
        inside = math.isfinite(y) and low <= y <= high
        if inside:
            across_, down = place(x, y)
            path += f"{'L' if drawing else 'M'}{across_:.1f} {down:.1f}"
        drawing = inside
    if path:
        parts.append(f'<path class="curve" d="{path}"/>')
    for x, y in points:
        across_, down = place(x, y)
        parts.append(f'<circle class="point" cx="{across_:.1f}" cy="{down:.1f}" r="3"/>')
    return Markup('<svg class="plot" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        int(WIDTH), int(HEIGHT), label, Markup("".join(parts))
    )


def _span(values: Sequence[float]) -> tuple[float, float]:
    """A range with a little room around; one unit where all values are the same."""
    low, high = min(values), max(values)
    room = 0.06 * (high - low) or 0.5 * (abs(high) or 1.0)
    return low - room, high + room


def _short(value: float) -> str:
    return f"{value:.3g}".replace("-", "−")
