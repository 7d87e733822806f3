"""The routes of the runs' pages.

Every page is whole without JavaScript. With it, live.js follows the run's events and htmx fetches the
panels that they made stale, from the same templates.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.api.access import READ
from app.api.dependencies import DatabaseDependency, Identifier, RunId
from app.dashboard.pages import render
from app.dashboard.routes import PageRoute
from app.dashboard.runs.comparing import make_side, series
from app.dashboard.runs.listing import other_runs, run_lines
from app.dashboard.runs.queries import RunQueries
from app.dashboard.runs.views import PANELS, Shown
from app.db.models import RUN_STATES, RunRow, TaskRow
from app.db.repositories import EventRepository, RunRepository, TaskRepository
from app.errors import NotFound
from app.surface import formula_form, library_of, python_form
from library.domain import domain_names

router = APIRouter(prefix="/runs", include_in_schema=False, route_class=PageRoute)

State = Literal["", "queued", "running", "paused", "cancelled", "finished", "failed"]
TaskState = Literal["all", "solved", "unsolved", "waiting"]


def get_shown(tasks: TaskState = "all", page: Annotated[int, Query(ge=1, le=1 << 31)] = 1) -> Shown:
    return Shown(tasks, page)


ShownDependency = Annotated[Shown, Depends(get_shown)]


@router.get("", dependencies=[READ])
def runs_page(
    database: DatabaseDependency, state: State = "", domain: str = "", before: RunId = None
) -> Response:
    """The runs, newest first."""
    with database.read() as session:
        lines, more = run_lines(session, state or None, domain or None, before)
    values = {"lines": lines, "more": more, "before": before, "state": state, "domain": domain}
    return render("runs/list.html", **values, states=RUN_STATES, domains=domain_names())


@router.get("/{run_id}", dependencies=[READ])
def run_page(run_id: Identifier, database: DatabaseDependency, shown: ShownDependency) -> Response:
    with database.read() as session:
        return render_run(session, RunRepository(session).get(run_id), shown)


@router.get("/{run_id}/panels/{panel}", dependencies=[READ])
def run_panel(
    run_id: Identifier, panel: Identifier, database: DatabaseDependency, shown: ShownDependency
) -> Response:
    """One panel of a run's page, for htmx."""
    if panel not in PANELS:
        raise NotFound(f"there is no panel {panel!r}")
    with database.read() as session:
        run = RunRepository(session).get(run_id)
        values = PANELS[panel](RunQueries(session, run.id), run, shown)
        return render(f"runs/panels/{panel}.html", run=run, **{panel: values})


@router.get("/{run_id}/compare", dependencies=[READ])
def compare_page(
    run_id: Identifier, database: DatabaseDependency, other: Annotated[RunId, Query(alias="with")] = None
) -> Response:
    """The run beside another one of its domain."""
    with database.read() as session:
        runs = RunRepository(session)
        run = runs.get(run_id)
        sides = [make_side(session, run)]
        if other is not None:
            sides.append(make_side(session, runs.get(other)))
        others = other_runs(session, run)
    return render("runs/compare.html", run=run, sides=sides, others=others, series=series(*sides))


@router.get("/{run_id}/tasks/{task_id}", dependencies=[READ])
def run_task(
    run_id: Identifier, task_id: Identifier, request: Request, database: DatabaseDependency
) -> Response:
    """A task and the programs kept for it: a page, or for htmx what the page is about."""
    with database.read() as session:
        run = RunRepository(session).get(run_id)
        task = TaskRepository(session).get(task_id)
        values = {"run": run, "task": task, **_solutions(session, run, task)}
    fragment = "HX-Request" in request.headers
    return render("runs/task_card.html" if fragment else "runs/task.html", **values)


def render_run(session: Session, run: RunRow, shown: Shown) -> Response:
    # The number is read before the panels, so that an event in between is followed and not missed.
    sequence = EventRepository(session).last(run.id)
    queries = RunQueries(session, run.id)
    panels = {name: panel(queries, run, shown) for name, panel in PANELS.items()}
    return render("runs/run.html", run=run, sequence=sequence, **panels)


def _solutions(session: Session, run: RunRow, task: TaskRow) -> dict[str, Any]:
    queries = RunQueries(session, run.id)
    library = library_of(run.domain, queries.library())
    entries = [
        (entry, python_form(run.domain, entry.program, task.request, library))
        for entry in queries.frontier(task.id)
    ]
    best = entries[0][0].program if entries else None
    return {
        "entries": entries,
        "formula": best and formula_form(run.domain, best, task.request, library),
        "attempts": queries.attempts(task.id),
        "names": frozenset(abstraction.name for abstraction in library.abstractions),
    }
