"""Towers and drawings as SVG: what the values of some types look like."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from library.rendering import placed_blocks

_MOST = 2_000  # blocks or strokes shown


def is_pictured(request: str) -> bool:
    """Whether what a request gives can be shown as a picture."""
    return request.rsplit(" ", 1)[-1] in ("tower", "turtle")


def svg_of(request: str, output: Sequence[Sequence[Any]]) -> str:
    """An SVG document, y upwards: blocks where they have fallen, or strokes. It holds numbers only.

    `request`: one that is_pictured().
    """
    rows = [[float(number) for number in row] for row in output[:_MOST]]
    if request.endswith("tower"):
        return _tower([[int(number) for number in row] for row in rows])
    xs = [number for row in rows for number in (row[0], row[2])] or [0.0]
    ys = [-number for row in rows for number in (row[1], row[3])] or [0.0]
    path = "".join(f"M{x0:.3f} {-y0:.3f}L{x1:.3f} {-y1:.3f}" for x0, y0, x1, y1 in rows)
    extent = max(max(xs) - min(xs), max(ys) - min(ys), 1.0)
    shape = f'<path d="{path}" fill="none" stroke="currentColor" stroke-width="{extent / 80:.4f}"/>'
    return _document((min(xs), min(ys), max(xs), max(ys)), extent / 20, shape)


def _tower(plan: list[list[int]]) -> str:
    blocks = placed_blocks(plan)
    shapes = "".join(
        f'<rect x="{left:g}" y="{-bottom - height:g}" width="{width:g}" height="{height:g}" '
        f'fill="currentColor" '
        f'fill-opacity="{0.35 if width > height else 0.6}" stroke="currentColor" stroke-width="0.3"/>'
        for left, bottom, width, height in blocks
    )
    lefts, rights = [b[0] for b in blocks] or [0.0], [b[0] + b[2] for b in blocks] or [1.0]
    top = max((b[1] + b[3] for b in blocks), default=1.0)
    return _document((min(lefts), -top, max(rights), 0.0), 1.0, shapes)


def _document(box: tuple[float, float, float, float], margin: float, shapes: str) -> str:
    left, top, right, bottom = box
    view = (
        f"{left - margin:.3f} {top - margin:.3f} "
        f"{right - left + 2 * margin:.3f} {bottom - top + 2 * margin:.3f}"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{view}" width="160" height="120" '
        f'role="img">{shapes}</svg>'
    )
