"""Our own tasks of the text domain. Which families there are is written in ``text_families``."""

from __future__ import annotations

from typing import Any

from library.domains.families import tasks_of
from library.domains.text_families import FAMILIES

EXAMPLES = 5
"""People give few; a program that fits them by accident is what the prior has to find unlikely."""


def shipped_tasks() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The training tasks and the held-out ones, in their JSON form."""
    return tasks_of(FAMILIES, EXAMPLES)
