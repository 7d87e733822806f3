"""The dashboard's routes: the newest run at `/`, any run, a task in it, the API reference.

Every page is whole without JavaScript. With it, live.js follows the run's events and htmx fetches the
panels that they made stale, from the same templates.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import APIRouter, FastAPI, Request
from fastapi.routing import APIRoute
from fastapi.staticfiles import StaticFiles
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.api.dependencies import DatabaseDependency, Identifier
from app.dashboard.pages import STATIC, render
from app.dashboard.queries import RunQueries, recent_runs
from app.dashboard.views import PANELS
from app.db.models import RunRow, TaskRow
from app.db.repositories import EventRepository, RunRepository, TaskRepository
from app.errors import NotFound, ServiceError
from app.surface import python_form
from library.snapshot import Library

_log = structlog.get_logger(__name__)


class PageRoute(APIRoute):
    """A route for people: what goes wrong is a page too."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await handler(request)
            except ServiceError as error:
                return render("error.html", error.status, title=error.title, detail=error.detail)
            except Exception as error:
                _log.error("a page failed", path=request.url.path, exc_info=error)
                detail = "This page could not be made. The service's log says why."
                return render(
                    "error.html", HTTPStatus.INTERNAL_SERVER_ERROR, title="We have a bug", detail=detail
                )

        return handle


router = APIRouter(include_in_schema=False, route_class=PageRoute)


@router.get("/")
def newest_run(database: DatabaseDependency) -> Response:
    """The newest run, or how to start one."""
    with database.read() as session:
        run = RunRepository(session).newest()
        return render("empty.html") if run is None else _run_page(session, run)


@router.get("/runs/{run_id}")
def run_page(run_id: Identifier, database: DatabaseDependency) -> Response:
    with database.read() as session:
        return _run_page(session, RunRepository(session).get(run_id))


@router.get("/runs/{run_id}/panels/{panel}")
def run_panel(run_id: Identifier, panel: Identifier, database: DatabaseDependency) -> Response:
    """One panel of a run's page, for htmx."""
    if panel not in PANELS:
        raise NotFound(f"there is no panel {panel!r}")
    with database.read() as session:
        run = RunRepository(session).get(run_id)
        return render(f"panels/{panel}.html", run=run, **{panel: PANELS[panel](session, run)})


@router.get("/runs/{run_id}/tasks/{task_id}")
def run_task(
    run_id: Identifier, task_id: Identifier, request: Request, database: DatabaseDependency
) -> Response:
    """A task and the programs kept for it: a page, or for htmx what the page is about."""
    with database.read() as session:
        run = RunRepository(session).get(run_id)
        task = TaskRepository(session).get(task_id)
        values = {"run": run, "task": task, **_solutions(session, run, task)}
    fragment = "HX-Request" in request.headers
    return render("task_card.html" if fragment else "task.html", **values)


@router.get("/docs")
def api_reference() -> Response:
    """The HTTP API, from /openapi.json."""
    return render("docs.html")


def install_dashboard(app: FastAPI) -> None:
    """Add the pages and their static files. The app must have been made with `docs_url=None`."""
    app.include_router(router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")


def _run_page(session: Session, run: RunRow) -> Response:
    # The number is read before the panels, so that an event in between is followed and not missed.
    sequence = EventRepository(session).last(run.id)
    panels = {name: panel(session, run) for name, panel in PANELS.items()}
    return render("run.html", run=run, sequence=sequence, recent=recent_runs(session), **panels)


def _solutions(session: Session, run: RunRow, task: TaskRow) -> dict[str, Any]:
    queries = RunQueries(session, run.id)
    row = queries.library()
    library = Library.initial(run.domain) if row is None else Library.from_json(row.snapshot)
    entries = [
        (entry, python_form(run.domain, entry.program, task.request, library))
        for entry in queries.frontier(task.id)
    ]
    return {
        "entries": entries,
        "attempts": queries.attempts(task.id),
        "names": frozenset(abstraction.name for abstraction in library.abstractions),
    }
