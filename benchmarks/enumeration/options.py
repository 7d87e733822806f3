"""What all rows are told, and the tasks that they read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine import Grammar
from library.domain import get_domain
from synthesis.task import Task, load_tasks

LIST_TO_LIST = "list(int) -> list(int)"
Examples = list[tuple[tuple[Any, ...], Any]]


@dataclass(frozen=True)
class Options:
    nats: float  # of programs evaluated
    build_nats: float  # of programs only built
    seconds: float  # CPU seconds of the longest searches
    repeats: int  # of what lasts milliseconds; the median counts
    tasks: Path
    golden_file: Path

    def all_tasks(self) -> list[Task]:
        return load_tasks(self.tasks, "list")

    def shared_tasks(self) -> list[Task]:
        """Those of the request list(int) -> list(int)."""
        return [task for task in self.all_tasks() if task.request == LIST_TO_LIST]


def examples(task: Task, places: Sequence[int] | None = None) -> Examples:
    """All, or those at the given places."""
    chosen = task.examples if places is None else [task.examples[place] for place in places]
    return [(example.inputs, example.output) for example in chosen]


def cold_grammar() -> Grammar:
    """Uniform weights over the list domain, with no tables made yet."""
    return Grammar.uniform(get_domain("list").language())
