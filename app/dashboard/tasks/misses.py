"""How near an unsolved task is to a solution: samples that were tried, run again on its examples."""

from __future__ import annotations

from dataclasses import dataclass

from app.dashboard.tasks.programs import Form, Given, given_by, with_names
from app.dashboard.tasks.queries import TaskQueries
from app.db.models import TaskRow
from app.surface import python_form
from engine import EngineError, Term
from library.snapshot import Library

#: Samples shown, and examples that they are run on.
SHOWN = 5
_EXAMPLES = 50


@dataclass(frozen=True)
class Miss:
    """A sample that fits some examples. `first_wrong`: the number of the first that it doesn't, from 1, and
    what it gives there."""

    guide: str
    form: Form
    right: int
    tried: int
    wrong: tuple[int, ...]
    first_wrong: Given


@dataclass(frozen=True)
class Misses:
    """The nearest, nearest first, all from one attempt; `stored`: how many samples it kept."""

    items: tuple[Miss, ...] = ()
    stored: int = 0
    run_id: str | None = None
    iteration: int | None = None


def nearest_misses(queries: TaskQueries, task: TaskRow, library: Library) -> Misses:
    """Of the newest attempt that kept any samples."""
    for run_id, iteration, record in queries.newest_records(task.id):
        samples = record.get("failed") or []
        found: list[Miss] = []
        for sample in samples:
            miss = _miss(task, library, sample["guide"], sample["program"])
            if miss is not None:
                found.append(miss)
        if found:
            nearest = sorted(found, key=lambda miss: -miss.right)[:SHOWN]
            return Misses(tuple(nearest), len(samples), run_id, iteration)
    return Misses()


def _miss(task: TaskRow, library: Library, guide: str, program: str) -> Miss | None:
    """None for a sample that can't be run, or that is right after all."""
    try:
        term = Term.parse(program)
        python = python_form(task.domain, program, task.request, library)
    except EngineError:
        return None
    given = given_by(library, term, task, slice(0, _EXAMPLES))
    wrong = tuple(number for number, each in enumerate(given, start=1) if not each.right)
    if not wrong:
        return None
    form = Form(python, with_names(program, library))
    return Miss(guide, form, len(given) - len(wrong), len(given), wrong, given[wrong[0] - 1])
