"""Routes of the tasks' pages, and what can be done there: submit, solve, cancel, try, delete."""

from __future__ import annotations

import contextlib

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from app.api.access import READ, SUBMIT
from app.api.dependencies import DatabaseDependency, Identifier, ServicesDependency
from app.dashboard.filters import ID, NUMBER, TEXT, chosen
from app.dashboard.forms import Form, LargeForm
from app.dashboard.pages import render
from app.dashboard.routes import PageRoute
from app.dashboard.tasks.inference import columns_of, written
from app.dashboard.tasks.queries import TaskQueries, recent_runs
from app.dashboard.tasks.submission import (
    Submission,
    blank,
    example_of,
    is_drawn,
    submitted,
    usable_domains,
)
from app.dashboard.tasks.view import task_page
from app.db.models import TaskRow
from app.db.repositories import JobRepository, RunRepository, TaskRepository
from app.db.repositories.tasks import TaskFilter
from app.errors import Conflict, Unprocessable
from library.domain import UnknownDomain, domain_names, get_domain

router = APIRouter(include_in_schema=False, route_class=PageRoute)

_SHOWN = 50
#: CPU seconds that a solve is offered; the first is what "solve it now" takes.
BUDGETS = (10, 60, 600, 3600)
_STATES = {"solved": True, "unsolved": False}


@router.get("/tasks", dependencies=[READ])
def task_list(request: Request, database: DatabaseDependency) -> Response:
    """The tasks, newest first."""
    after, run = chosen(request, "after", ID), chosen(request, "run", ID)
    domain, name = chosen(request, "domain", TEXT), chosen(request, "name", TEXT)
    state = chosen(request, "state", "solved|unsolved")
    wanted = TaskFilter(domain, None if state is None else _STATES[state], name, run)
    with database.read() as session:
        if run is not None:
            RunRepository(session).get(run)
        rows = TaskRepository(session).page(_SHOWN + 1, after, wanted, newest_first=True)
        standings = TaskQueries(session).standings([row.id for row in rows[:_SHOWN]])
        runs = recent_runs(session)
    return render(
        "tasks/list.html",
        tasks=[(row, written(row.request), standings[row.id]) for row in rows[:_SHOWN]],
        following=rows[_SHOWN - 1].id if len(rows) > _SHOWN else None,
        after=after,
        filters={"domain": domain, "state": state, "name": name, "run": run},
        domains=domain_names(),
        runs=runs,
    )


@router.get("/tasks/new", dependencies=[SUBMIT])
def new_task(request: Request) -> Response:
    """The form; with `example`, filled in with a task of the domain's own."""
    name = chosen(request, "domain", TEXT) or "list"
    try:
        domain = get_domain(name)
    except UnknownDomain as error:
        raise Unprocessable(str(error)) from None
    filled = chosen(request, "example", NUMBER) is not None
    return _form_page(example_of(domain) if filled else blank(domain.name))


@router.post("/tasks/new", dependencies=[SUBMIT])
def submit_task(form: LargeForm, request: Request, services: ServicesDependency) -> Response:
    """Store the task and go to its page, or show what is wrong; `action` "check" only reads it."""
    submission = submitted(form)
    if "HX-Request" in request.headers:
        return render("tasks/reading.html", **_form_values(submission))
    if form.get("action") == "check" or submission.task is None:
        return _form_page(submission, 200 if form.get("action") == "check" else 422)
    job_id = None
    with services.database.write() as session:
        tasks = TaskRepository(session)
        try:
            ((row, new),) = tasks.add([submission.task])
        except Conflict as error:
            there = str(error.extra["existing"])
            problem = "another task of this domain has this name: give this one another"
            refused = Submission(submission.values, {"name": problem}, submission.reading, existing=there)
            return _form_page(refused, 409)
        if form.get("action") == "solve" and (new or not tasks.programs(row.id)):
            job_id = _job(session, row, BUDGETS[0])
        address = f"/tasks/{row.id}?was={'new' if new else 'there'}"
    if job_id is not None:
        services.launcher.enqueue(job_id)
    return RedirectResponse(address, 303)


@router.get("/tasks/{task_id}", dependencies=[READ])
def one_task(task_id: Identifier, request: Request, database: DatabaseDependency) -> Response:
    """A task; for htmx what its page is about."""
    first = int(chosen(request, "example", NUMBER) or 1) - 1
    was = chosen(request, "was", "new|there")
    with database.read() as session:
        values = task_page(session, task_id, max(0, first))
    template = "tasks/article.html" if "HX-Request" in request.headers else "tasks/task.html"
    return render(template, **values, was=was, budgets=BUDGETS)


@router.post("/tasks/{task_id}/try", dependencies=[SUBMIT])
def try_task(
    task_id: Identifier, form: LargeForm, request: Request, database: DatabaseDependency
) -> Response:
    """The page with what a kept program gives for the inputs typed; for htmx the box alone."""
    with database.read() as session:
        values = task_page(session, task_id, form=form)
    if values["tried"] is None:
        raise Conflict("the task has no program to try yet: solve it first")
    status = 422 if values["tried"].problems else 200
    if "HX-Request" in request.headers:
        return render("tasks/try.html", **values)
    return render("tasks/task.html", status, **values, was=None, budgets=BUDGETS)


@router.post("/tasks/{task_id}/solve", dependencies=[SUBMIT])
def solve_task(task_id: Identifier, form: Form, services: ServicesDependency) -> Response:
    """Search for a program, as a job that the page follows; none is begun while one is at it."""
    seconds = form.get("seconds", str(BUDGETS[0]))
    if seconds not in map(str, BUDGETS):
        raise Unprocessable(f"a search takes {', '.join(map(str, BUDGETS))} CPU seconds: choose one of these")
    with services.database.write() as session:
        row = TaskRepository(session).get(task_id)
        job_id = _job(session, row, int(seconds))
    services.launcher.enqueue(job_id)
    return RedirectResponse(f"/tasks/{task_id}", 303)


@router.post("/tasks/{task_id}/jobs/{job_id}/cancel", dependencies=[SUBMIT])
def cancel_job(
    task_id: Identifier, job_id: Identifier, _form: Form, database: DatabaseDependency
) -> Response:
    """End a search. One that ended meanwhile stays as it ended."""
    with database.write() as session, contextlib.suppress(Conflict):
        JobRepository(session).cancel(job_id)
    return RedirectResponse(f"/tasks/{task_id}", 303)


@router.post("/tasks/{task_id}/delete", dependencies=[SUBMIT])
def delete_task(task_id: Identifier, _form: Form, database: DatabaseDependency) -> Response:
    """Forget a task that no run has."""
    with database.write() as session:
        TaskRepository(session).delete(task_id)
    return RedirectResponse("/tasks", 303)


def _job(session: Session, row: TaskRow, seconds: int) -> str:
    """A job that searches for this task: the one that is at it already, or a new one."""
    running = TaskQueries(session).searching(row.id)
    return running or JobRepository(session).add(row.id, float(seconds), None).id


def _form_page(submission: Submission, status: int = 200) -> Response:
    return render("tasks/new.html", status, **_form_values(submission))


def _form_values(submission: Submission) -> dict[str, object]:
    name = submission.values["domain"]
    domain = get_domain(name) if name in domain_names() else None
    reading = submission.reading
    return {
        "form": submission,
        "domains": usable_domains(),
        "domain": domain,
        "drawn": domain is not None and is_drawn(domain),
        "requests": [] if domain is None else [written(request) for request in domain.requests],
        "reading": reading,
        "columns": []
        if reading is None
        else list(zip(columns_of(reading), map(written, reading.types), strict=True)),
        "read_type": None if reading is None else written(reading.request),
        "request_of_task": None if submission.task is None else submission.task.request,
        "rows": [] if reading is None else reading.examples[:8],
    }
