"""What can be done from the runs' pages: start, pause, resume and cancel. Each is the API's own action."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import RedirectResponse, Response

from app.api.access import SUBMIT
from app.api.dependencies import DatabaseDependency, Identifier, RunId, ServicesDependency
from app.api.v1 import runs as api
from app.dashboard.forms import Form
from app.dashboard.pages import render
from app.dashboard.routes import PageRoute
from app.dashboard.runs.starting import Draft, Rejected, blank, count_chosen, form_values, like, start
from app.db.repositories import RunRepository

router = APIRouter(prefix="/runs", include_in_schema=False, route_class=PageRoute)

Origin = Annotated[RunId, Query(alias="from")]


@router.get("/new", dependencies=[SUBMIT])
def start_page(services: ServicesDependency, origin: Origin = None) -> Response:
    """The form, blank or, with `from`, filled in as for another run."""
    fields = blank(services)
    if origin is not None:
        with services.database.read() as session:
            fields = like(RunRepository(session).get(origin))
    return render("runs/new.html", **form_values(services, Draft(fields)))


@router.post("", dependencies=[SUBMIT])
def start_run(form: Form, services: ServicesDependency) -> Response:
    """The run's page, or the form again with what is wrong. With `count` it only says how many tasks the
    filter finds.
    """
    if "count" in form:
        with services.database.read() as session:
            draft = Draft({**form, "source": "chosen"}, chosen=count_chosen(session, form))
        return render("runs/new.html", **form_values(services, draft))
    try:
        run_id = start(services, form)
    except Rejected as error:
        draft = Draft(form, error.errors)
        return render("runs/new.html", 422, **form_values(services, draft))
    return RedirectResponse(f"/runs/{run_id}", 303)


@router.post("/{run_id}/pause", dependencies=[SUBMIT])
def pause_run(run_id: Identifier, _form: Form, database: DatabaseDependency) -> Response:
    api.pause_run(run_id, database)
    return RedirectResponse(f"/runs/{run_id}", 303)


@router.post("/{run_id}/resume", dependencies=[SUBMIT])
def resume_run(run_id: Identifier, _form: Form, services: ServicesDependency) -> Response:
    api.resume_run(run_id, services)
    return RedirectResponse(f"/runs/{run_id}", 303)


@router.post("/{run_id}/cancel", dependencies=[SUBMIT])
def cancel_run(run_id: Identifier, _form: Form, database: DatabaseDependency) -> Response:
    api.cancel_run(run_id, database)
    return RedirectResponse(f"/runs/{run_id}", 303)
