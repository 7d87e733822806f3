"""Which runs a budget has: every domain once, and one domain with its parts switched off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.row import DATA
from library.domain import get_domain
from synthesis.task import Task, load_tasks

WHOLE = "whole"
VARIANTS: Mapping[str, Mapping[str, Any]] = {
    WHOLE: {},
    "no library": {"max_abstractions": 0},
    "no recognition": {"guides": ("prior",)},
    "no refactoring": {"inversion_steps": 0},
    "neither": {"max_abstractions": 0, "guides": ("prior",)},
}
"""What is switched off, as settings of the run. Without recognition the prior is still fitted, to solved
programs and to dreams; without refactoring candidates are parts of programs as they stand (Stitch's
setting)."""

ABLATED = "list"
"""The domain that is run in all variants."""

PUBLISHED_TASKS: Mapping[str, str] = {
    "list": "list_train.json",
    "recursive": "recursive.json",
    "text": "text_train.json",
    "physics": "physics_train.json",
    "regression": "rational_train.json",
    "logo": "logo_train.json",
    "tower": "tower_train.json",
}
"""Files under WAKESLEEP_DATA/tasks, by domain."""

SETTINGS: Mapping[str, Mapping[str, Any]] = {"recursive": {"inversion_steps": 2, "guides": ("prior",)}}
"""What a domain needs beside the budget's. Recursion is taken out of a program in two steps; and of what is
dreamed, nearly nothing recurs to some end: a network that was trained on it solved 18 of the 20 tasks, the
priors alone 20."""


@dataclass(frozen=True)
class Budget:
    """`seconds`: CPU time of a task's wake. `tasks`: the most of a domain, None for all of them; `published`:
    whether the published tasks are taken, where they are at hand. `sleep`: further settings of a run."""

    name: str
    iterations: int
    seconds: float
    tasks: int | None
    published: bool
    sleep: Mapping[str, Any] = field(default_factory=dict)


BUDGETS = {
    budget.name: budget
    for budget in (
        Budget(
            "quick", 2, 0.5, 16, False, {"dream_seconds": 3.0, "training_seconds": 5.0, "control_tasks": 0}
        ),
        Budget(
            "full", 3, 10.0, None, True, {"dream_seconds": 20.0, "training_seconds": 40.0, "control_tasks": 0}
        ),
    )
}


@dataclass(frozen=True)
class Experiment:
    """One run. `source`: where its tasks are from."""

    domain: str
    variant: str
    tasks: tuple[Task, ...]
    source: str
    iterations: int
    seconds: float
    choices: Mapping[str, Any]

    @property
    def label(self) -> str:
        return f"reproduce {self.domain}, {self.variant}"


def plan(budget: Budget, domains: Sequence[str]) -> list[Experiment]:
    """The runs, those of whole domains first. Raises TaskError for a task file that can't be read."""
    experiments: list[Experiment] = []
    for variant, choices in VARIANTS.items():
        for domain in domains:
            if variant != WHOLE and domain != ABLATED:
                continue
            tasks, source = _tasks(budget, domain)
            settings = {**budget.sleep, **SETTINGS.get(domain, {}), **choices}
            experiments.append(
                Experiment(domain, variant, tasks, source, budget.iterations, budget.seconds, settings)
            )
    return experiments


def _tasks(budget: Budget, domain: str) -> tuple[tuple[Task, ...], str]:
    file: Path = DATA / "tasks" / PUBLISHED_TASKS.get(domain, "")
    if budget.published and file.is_file():
        tasks, source = load_tasks(file, domain), file.name
    else:
        train, _ = get_domain(domain).shipped_tasks()
        tasks, source = load_tasks(train, domain), "shipped"
    if budget.tasks is not None and len(tasks) > budget.tasks:
        step = len(tasks) / budget.tasks  # evenly, since they are made kind by kind
        tasks = [tasks[int(i * step)] for i in range(budget.tasks)]
    return tuple(tasks), source
