"""What the page of one task shows, computed from the rows. Templates only lay it out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.dashboard.plots import grid, plot, points_of
from app.dashboard.tasks.inference import written
from app.dashboard.tasks.misses import nearest_misses
from app.dashboard.tasks.programs import CHECKED, Form, ShownProgram, shown_programs, with_names
from app.dashboard.tasks.queries import TaskQueries
from app.dashboard.tasks.trying import Tried, try_program, untried
from app.db.models import JOB_ENDED, TaskRow
from app.db.repositories import LibraryRepository, TaskRepository
from app.db.repositories.tasks import KeptProgram
from app.surface import library_of, python_form
from engine import EngineError, Failure, Term, Type
from library.snapshot import Library

#: Examples on a page of them.
EXAMPLES = 12


@dataclass(frozen=True)
class Sample:
    guide: str
    form: Form


@dataclass(frozen=True)
class Origin:
    """How the best program was found. `seconds`: CPU seconds that the search might have taken.

    `guides`: reports by guide, of an attempt in a run; `samples`: some that didn't fit there.
    """

    programs: int
    cpu_seconds: float
    seconds: float | None
    guides: dict[str, dict[str, Any]]
    samples: tuple[Sample, ...] = ()


def task_page(
    session: Session, task_id: str, first: int = 0, form: dict[str, str] | None = None
) -> dict[str, Any]:
    """The values of the task's template. `first`: the example to begin with, from 0. `form`: of the try-it
    box, where it was sent. Raises NotFound."""
    tasks, queries = TaskRepository(session), TaskQueries(session)
    task = tasks.get(task_id)
    kept = tasks.programs(task_id)
    library = current_library(session, task.domain)
    first = min(first, (len(task.examples) - 1) // EXAMPLES * EXAMPLES)
    shown = slice(first, first + EXAMPLES)
    frontier = shown_programs(queries, task, kept, library, shown)
    jobs = queries.jobs(task_id)
    return {
        "task": task,
        "type": written(task.request),
        "types": [written(part) for part in task.request.split(" -> ")],
        "programs": frontier.programs,
        "addresses": frontier.addresses,
        "examples": list(enumerate(task.examples[shown], start=first + 1)),
        "first": first,
        "step": EXAMPLES,
        "checked": min(CHECKED, len(task.examples)),
        "plot": _plot(task, frontier.programs, library),
        "tried": _tried(task, kept, library, form),
        "origin": _origin(queries, task, kept[0], library) if kept else None,
        "misses": None if kept else nearest_misses(queries, task, library),
        "attempts": queries.attempts(task_id),
        "jobs": jobs,
        "job": next((job for job in jobs if job.state not in JOB_ENDED), None),
        "deletable": queries.runs(task_id) == 0,
    }


def current_library(session: Session, domain: str) -> Library:
    """The domain's newest version; its primitives alone where nothing was learned."""
    return library_of(domain, LibraryRepository(session).current(domain))


def _tried(
    task: TaskRow, kept: list[KeptProgram], library: Library, form: dict[str, str] | None
) -> Tried | None:
    if not kept:
        return None
    return untried(task) if form is None else try_program(task, kept, library, form)


def _origin(queries: TaskQueries, task: TaskRow, best: KeptProgram, library: Library) -> Origin | None:
    if best.run_id is not None:
        record = queries.record(best.run_id, best.entry.iteration, task.id)
        if record is None:
            return None
        return Origin(
            record["programs"],
            record["cpu_seconds"],
            queries.budget(best.run_id),
            record["guides"],
            tuple(_samples(task, record, library)),
        )
    job = next((job for job in queries.jobs(task.id) if job.id == best.job_id), None)
    if job is None or job.result is None:
        return None
    return Origin(job.result["programs"], job.result["cpu_seconds"], job.seconds, {})


def _samples(task: TaskRow, record: dict[str, Any], library: Library) -> list[Sample]:
    samples: list[Sample] = []
    for sample in record.get("failed") or []:
        try:
            python = python_form(task.domain, sample["program"], task.request, library)
        except EngineError:
            python = None
        samples.append(Sample(sample["guide"], Form(python, with_names(sample["program"], library))))
    return samples


def _plot(task: TaskRow, programs: tuple[ShownProgram, ...], library: Library) -> Any:
    """The examples and the best program's curve, of a function of one real number."""
    points = points_of(task.request, task.examples)
    if len(points) < 2:
        return None
    curve: list[tuple[float, float]] = []
    if programs:
        places = grid(points)
        term, request = Term.parse(programs[0].kept.entry.program), Type.parse(task.request)
        outputs = library.language.evaluate(term, request, [[x] for x in places])
        curve = [(x, math.nan if isinstance(y, Failure) else y) for x, y in zip(places, outputs, strict=True)]
    label = "The examples, and the best program's curve" if curve else "The examples"
    return plot(points, curve, label)
