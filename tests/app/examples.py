"""Tasks that tests share."""

from __future__ import annotations

from typing import Any


def task(name: str, request: str, *pairs: tuple[list[Any], Any]) -> dict[str, Any]:
    return {
        "name": name,
        "request": request,
        "examples": [{"inputs": inputs, "output": output} for inputs, output in pairs],
    }


INCREMENT = task(
    "add one to each", "list(int) -> list(int)", ([[1, 2, 3]], [2, 3, 4]), ([[]], []), ([[7, 0]], [8, 1])
)
HEAD = task("the first", "list(int) -> int", ([[4, 5]], 4), ([[9, 1, 2]], 9), ([[3]], 3))
LENGTH = task("how many", "list(int) -> int", ([[4, 5]], 2), ([[9, 1, 2]], 3), ([[]], 0))
DOUBLE = task(
    "double each", "list(int) -> list(int)", ([[1, 2, 3]], [2, 4, 6]), ([[]], []), ([[7, 0]], [14, 0])
)
REST = task(
    "all but the first", "list(int) -> list(int)", ([[1, 2, 3]], [2, 3]), ([[5]], []), ([[7, 0]], [0])
)
SUM = task("the sum", "list(int) -> int", ([[1, 2, 3]], 6), ([[]], 0), ([[7, 9]], 16))

TASKS = [INCREMENT, HEAD, LENGTH, DOUBLE, REST, SUM]

NOISE = [([[n, 3 * n % 7, n + 2]], 7919 * (n + 1) * (n + 1) % 1009) for n in range(12)]
"""Examples that follow no rule of the list domain's."""

CONTRADICTORY = task("two answers", "list(int) -> int", ([[1]], 1), ([[2]], 2), ([[1]], 3))
RAGGED = task("ragged", "list(int) -> int", ([[1]], 1), ([[2], [3]], 2))
ILL_TYPED = task("mixed", "list(int) -> int", ([[1]], 1), ([[1, True]], 2))
