"""The shipped tasks of the strings domain: those of the text domain whose answer is one string, number or
truth value, under their own names. A function on whole strings has fewer of them in reach: replacing every
hyphen takes as many calls as there are hyphens.
"""

from __future__ import annotations

from typing import Any

from library.domains.families import tasks_of
from library.domains.text_families import FAMILIES, TEXT_TO_TEXTS
from library.domains.text_tasks import EXAMPLES


def shipped_tasks() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The training tasks and the held-out ones, in their JSON form."""
    return tasks_of([family for family in FAMILIES if family.request != TEXT_TO_TEXTS], EXAMPLES)
