"""How well outputs fit, written for reading: scores in nats against a perfect fit."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

IMPOSSIBLE = -math.inf


def exact(output: Any, wanted: Any) -> float:
    return 0.0 if output == wanted else IMPOSSIBLE


def elementwise(score: Callable[[float, float], float], output: Any, wanted: Any) -> float:
    """The sum of `score` over the reals of two values of one shape."""
    if isinstance(wanted, list):
        if len(output) != len(wanted):
            return IMPOSSIBLE
        return sum((elementwise(score, a, b) for a, b in zip(output, wanted, strict=True)), 0.0)
    return score(output, wanted) if isinstance(wanted, float) else exact(output, wanted)


def tolerance(relative: float, absolute: float, output: Any, wanted: Any) -> float:
    def close(a: float, b: float) -> float:
        return 0.0 if abs(a - b) <= max(absolute, relative * abs(b)) else IMPOSSIBLE

    return elementwise(close, output, wanted)


def gaussian(sigma: float, output: Any, wanted: Any) -> float:
    """Differences of log densities; the normalising terms cancel."""
    return elementwise(lambda a, b: -(((a - b) / sigma) ** 2) / 2, output, wanted)


def edit_distance(nats_per_edit: float, max_edits: int, output: Any, wanted: Any) -> float:
    if not isinstance(wanted, list | str):
        return exact(output, wanted)
    needed = levenshtein(output, wanted)
    return -nats_per_edit * needed if needed <= max_edits else IMPOSSIBLE


def levenshtein(left: Sequence[Any], right: Sequence[Any]) -> int:
    rows = [[i + j if i == 0 or j == 0 else 0 for j in range(len(right) + 1)] for i in range(len(left) + 1)]
    for i in range(1, len(left) + 1):
        for j in range(1, len(right) + 1):
            replaced = rows[i - 1][j - 1] + (left[i - 1] != right[j - 1])
            rows[i][j] = min(replaced, rows[i - 1][j] + 1, rows[i][j - 1] + 1)
    return rows[-1][-1]
