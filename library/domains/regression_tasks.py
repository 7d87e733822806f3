"""Our own tasks of the regression domain. Which families there are is written in ``regression_families``."""

from __future__ import annotations

from typing import Any

from library.domains.families import tasks_of
from library.domains.regression_families import FAMILIES

EXAMPLES = 30


def shipped_tasks() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The training tasks and the held-out ones, in their JSON form."""
    return tasks_of(FAMILIES, EXAMPLES)
