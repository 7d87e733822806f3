"""Our own tasks of the recursive domain. Which families there are is written in ``recursive_families``."""

from __future__ import annotations

from typing import Any

from library.domains.families import tasks_of
from library.domains.recursive_families import FAMILIES

EXAMPLES = 10


def shipped_tasks() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The training tasks and the held-out ones, in their JSON form."""
    return tasks_of(FAMILIES, EXAMPLES)
