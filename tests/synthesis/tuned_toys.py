"""What a tiny model is tuned on: dreams of the list domain; and a clock that goes by steps, not seconds,
so that a tuning is as long on every machine.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from library.snapshot import Library
from synthesis.dreaming import DreamConfig, Dreams, make_dreams
from synthesis.frontier import Entry, Frontier
from synthesis.task import Task
from synthesis.tuning.lessons import Lesson, lessons
from tests.synthesis.dreaming_tasks import LISTS, make_task

LIBRARY = Library.initial("list")
SOLUTIONS: dict[str, Callable[[list[int]], Any]] = {
    "(lambda (map (lambda (+ $0 1)) $0))": lambda xs: [x + 1 for x in xs],
    "(lambda (map (lambda (+ $0 $0)) $0))": lambda xs: [2 * x for x in xs],
    "(lambda (map (lambda (* $0 $0)) $0))": lambda xs: [x * x for x in xs],
    "(lambda (map (lambda (+ $0 (* $0 $0))) $0))": lambda xs: [x + x * x for x in xs],
    "(lambda (map (lambda (+ 1 (+ $0 1))) $0))": lambda xs: [x + 2 for x in xs],
    "(lambda (map (lambda (- $0 1)) $0))": lambda xs: [x - 1 for x in xs],
}
TASKS: list[Task] = [make_task(program, LISTS, function) for program, function in SOLUTIONS.items()]
FRONTIERS = [Frontier(one.name, LISTS, (Entry(one.name, -12.0, 0.0, "prior", 1),)) for one in TASKS]


@cache
def toy_dreams() -> Dreams:
    return make_dreams(LIBRARY, FRONTIERS, TASKS, DreamConfig(cpu_seconds=1.0, max_dreams=400))


@cache
def toy_lessons() -> tuple[Lesson, ...]:
    return tuple(lessons(toy_dreams().dreams, LIBRARY, 0.2, 0))


class StepClock:
    """Each look at it takes `seconds`."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.now = seconds, 0.0

    def __call__(self) -> float:
        self.now += self.seconds
        return self.now
