"""Log-log line charts as SVG text: a title, decades as grid lines, a line and a label for each series."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

COLOURS = ("#1f6feb", "#d1242f", "#1a7f37", "#9a6700")
WIDTH, HEIGHT = 420, 300
LEFT, RIGHT, TOP, BOTTOM = 56, 84, 34, 44  # margins
_FONT = 'font-family="system-ui, sans-serif" font-size="12" fill="#57606a"'


@dataclass(frozen=True)
class Series:
    """``points`` are (x, y) pairs, both positive, x ascending."""

    name: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Chart:
    title: str
    x_label: str
    series: Sequence[Series]

    @staticmethod
    def side_by_side(charts: Sequence[Chart]) -> str:
        width = WIDTH * len(charts)
        inside = "".join(
            f'<g transform="translate({WIDTH * i} 0)">{c.drawn()}</g>' for i, c in enumerate(charts)
        )
        size = f'width="{width}" height="{HEIGHT}" viewBox="0 0 {width} {HEIGHT}"'
        background = '<rect width="100%" height="100%" fill="#ffffff"/>'
        return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {_FONT}>{background}{inside}</svg>\n'

    def drawn(self) -> str:
        points = [point for series in self.series for point in series.points]
        xs, ys = _decades([x for x, _ in points]), _decades([y for _, y in points])
        parts = [f'<text x="{LEFT}" y="20" fill="#1f2328" font-weight="600">{escape(self.title)}</text>']
        for exponent in xs:
            x = _place(10.0**exponent, xs, LEFT, WIDTH - RIGHT)
            parts.append(_line(x, TOP, x, HEIGHT - BOTTOM))
            parts.append(_text(x, HEIGHT - BOTTOM + 16, f"{10.0**exponent:,g}", "middle"))
        for exponent in ys:
            y = _place(10.0**exponent, ys, HEIGHT - BOTTOM, TOP)
            parts.append(_line(LEFT, y, WIDTH - RIGHT, y))
            parts.append(_text(LEFT - 6, y + 4, f"{10.0**exponent:,g}", "end"))
        parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, self.x_label, "middle"))
        for i, series in enumerate(self.series):
            parts.append(self._curve(series, COLOURS[i % len(COLOURS)], TOP + 12 + 18 * i, xs, ys))
        return "".join(parts)

    @staticmethod
    def _curve(series: Series, colour: str, label_y: float, xs: range, ys: range) -> str:
        places = [
            (_place(x, xs, LEFT, WIDTH - RIGHT), _place(y, ys, HEIGHT - BOTTOM, TOP))
            for x, y in series.points
        ]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places)
        label = f'<text x="{WIDTH - RIGHT + 10}" y="{label_y}" fill="{colour}">{escape(series.name)}</text>'
        return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>{dots}{label}'


def _decades(values: Sequence[float]) -> range:
    """Exponents of the powers of ten from below the least to above the greatest, at least two."""
    least, greatest = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return range(least, max(greatest, least + 1) + 1)


def _place(value: float, decades: range, start: float, end: float) -> float:
    share = (math.log10(value) - decades[0]) / (decades[-1] - decades[0])
    return start + share * (end - start)


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" stroke="#d0d7de"/>'


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
