"""Three small tasks, one of them solved: what the tests of dreaming and recognition dream from."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from synthesis.frontier import Entry, Frontier
from synthesis.task import Example, Task

LISTS, NUMBER = "list(int) -> list(int)", "list(int) -> int"
DOUBLE = "(lambda (map (lambda (+ $0 $0)) $0))"


def make_task(name: str, request: str, solution: Callable[[list[int]], Any]) -> Task:
    rng = random.Random(name)
    inputs = [[rng.randrange(12) for _ in range(rng.randrange(8))] for _ in range(12)]
    return Task(name, request, tuple(Example((xs,), solution(xs)) for xs in inputs), "list")


TASKS = [
    make_task("double", LISTS, lambda xs: [2 * x for x in xs]),
    make_task("increment", LISTS, lambda xs: [x + 1 for x in xs]),
    make_task("sum", NUMBER, sum),
]
FRONTIERS = [Frontier("double", LISTS, (Entry(DOUBLE, -9.0, 0.0, "prior", 1),))]
