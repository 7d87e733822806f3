"""/v1/tasks: store, list and delete tasks, look at one with its programs, solve one in one call."""

from __future__ import annotations

from typing import Annotated, Any

import anyio
from fastapi import APIRouter, Body, Query, Response

from app.api.access import READ, SUBMIT
from app.api.dependencies import (
    After,
    DatabaseDependency,
    DomainName,
    Identifier,
    Limit,
    RunId,
    Services,
    ServicesDependency,
)
from app.api.idempotency import OnceDependency
from app.api.problems import documented
from app.api.strict import StrictRoute
from app.api.v1 import schemas
from app.db.models import TaskRow
from app.db.repositories import LibraryRepository, RunRepository, TaskRepository
from app.db.repositories.tasks import KeptProgram, TaskFilter
from app.errors import Conflict, Unavailable, Unprocessable
from app.pictures import is_pictured, svg_of
from app.predicting import predict as run_program
from app.solving import Found, search
from app.surface import formula_form, library_of, python_form
from engine import Failure
from library.snapshot import Library
from synthesis.task import Task, load_tasks

router = APIRouter(prefix="/v1/tasks", tags=["tasks"], route_class=StrictRoute)

#: Requests that may wait for a search; more are sent away rather than left to time out.
_QUEUE = 16


class SvgResponse(Response):
    media_type = "image/svg+xml"


@router.post(
    "",
    status_code=201,
    operation_id="create_tasks",
    dependencies=[SUBMIT],
    responses={
        200: {"model": schemas.TasksOut, "description": "None of them was new."},
        **documented(400, 409, 413, 415, 422),
    },
)
def create_tasks(
    body: Annotated[schemas.TasksIn | schemas.TaskIn, Body()],
    database: DatabaseDependency,
    response: Response,
    once: OnceDependency,
) -> schemas.TasksOut:
    """Store one task or many, all or none. A task that is there already, the same, is answered and not
    doubled; 200 where none was new."""
    documents = body.tasks if isinstance(body, schemas.TasksIn) else [body.document()]
    tasks = load_tasks(documents, body.domain)
    with database.write() as session:
        stored = TaskRepository(session).add(tasks)
        answer = schemas.TasksOut(items=[task_out(row) for row, _ in stored])
        response.status_code = 201 if any(new for _, new in stored) else 200
        once.keep(session, answer, response.status_code)
    return answer


@router.get(
    "",
    operation_id="list_tasks",
    summary="List tasks",
    dependencies=[READ],
    responses=documented(404, 422),
)
def list_tasks(
    database: DatabaseDependency,
    limit: Limit = 50,
    after: After = None,
    domain: DomainName = None,
    run: RunId = None,
    solved: Annotated[
        bool | None, Query(description="Only what is solved, or isn't: in this run, or at all.")
    ] = None,
    name: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=200,
            pattern=r"^[^\x00]*$",
            description="Only what has this in its name, in any case.",
        ),
    ] = None,
) -> schemas.TasksOut:
    """Tasks in the order of their making."""
    with database.read() as session:
        if run is not None:
            RunRepository(session).get(run)
        rows = TaskRepository(session).page(limit + 1, after, TaskFilter(domain, solved, name, run))
    following = rows[limit - 1].id if len(rows) > limit else None
    return schemas.TasksOut(items=[task_out(row) for row in rows[:limit]], next=following)


@router.post(
    "/solve",
    operation_id="solve_task",
    dependencies=[SUBMIT],
    responses=documented(400, 404, 413, 415, 422, 503),
)
async def solve(body: schemas.SolveIn, services: ServicesDependency) -> schemas.SolveOut:
    """Search for a program for one task, for at most 30 CPU seconds. Nothing is stored."""
    (task,) = load_tasks([body.document()], body.domain)
    found = await searched(services, task, body.seconds, body.library)
    return schemas.SolveOut.model_validate(found.line)


async def searched(services: Services, task: Task, seconds: float, library: str | None) -> Found:
    """A search that a request waits for. Raises Unavailable where too many do."""
    if services.searches.statistics().tasks_waiting >= _QUEUE:
        raise Unavailable("too many searches are waiting: try again later, as a job, or in a batch")
    return await anyio.to_thread.run_sync(
        search, services.database, task, seconds, library, limiter=services.searches
    )


@router.get("/{task_id}", operation_id="get_task", dependencies=[READ], responses=documented(404, 422))
def get_task(task_id: Identifier, database: DatabaseDependency) -> schemas.TaskDetail:
    """One task with the programs that are kept for it."""
    with database.read() as session:
        repository = TaskRepository(session)
        row = repository.get(task_id)
        frontier = repository.programs(task_id)
        newest = LibraryRepository(session).current(row.domain)
    library = library_of(row.domain, newest)
    programs = [_program_out(entry, row, library) for entry in frontier]
    return schemas.TaskDetail(**task_out(row).model_dump(), frontier=programs)


@router.delete(
    "/{task_id}",
    operation_id="delete_task",
    summary="Delete a task",
    dependencies=[SUBMIT],
    responses=documented(404, 409, 422),
)
def delete_task(task_id: Identifier, database: DatabaseDependency) -> schemas.TaskDeleted:
    """Forget a task and what was found for it. 409 where a run has learned from it: that stays explained."""
    with database.write() as session:
        TaskRepository(session).delete(task_id)
    return schemas.TaskDeleted(id=task_id)


@router.get(
    "/{task_id}/picture",
    operation_id="get_task_picture",
    response_class=SvgResponse,
    dependencies=[READ],
    responses=documented(404, 422),
)
def get_picture(task_id: Identifier, database: DatabaseDependency) -> Response:
    """What the task's first example looks like, as SVG, where the request gives a tower or a drawing."""
    with database.read() as session:
        row = TaskRepository(session).get(task_id)
    return picture(row.request, row.examples)


def picture(request: str, examples: list[dict[str, Any]]) -> SvgResponse:
    """The first example as an SVG response. Raises Unprocessable for values that aren't pictures."""
    if not is_pictured(request) or not examples:
        raise Unprocessable(f"a {request} has no picture: towers and turtles have")
    return SvgResponse(svg_of(request, examples[0]["output"]))


@router.post(
    "/{task_id}/predict",
    operation_id="predict_task",
    dependencies=[SUBMIT],
    responses=documented(400, 404, 409, 413, 415, 422),
)
def predict(task_id: Identifier, body: schemas.PredictIn, database: DatabaseDependency) -> schemas.PredictOut:
    """Run the task's best program on new inputs. 409 while the task is unsolved."""
    with database.read() as session:
        repository = TaskRepository(session)
        row = repository.get(task_id)
        frontier = repository.programs(task_id)
        newest = LibraryRepository(session).current(row.domain)
    if not frontier:
        raise Conflict(f"task {row.name!r} has no program yet: solve it, or start a run that learns from it")
    library = library_of(row.domain, newest)
    outputs = run_program(library, frontier[0].entry.program, row.request, body.inputs)
    return schemas.PredictOut(
        program=frontier[0].entry.program,
        python=python_form(row.domain, frontier[0].entry.program, row.request, library),
        predictions=[
            schemas.Prediction(error=output.reason)
            if isinstance(output, Failure)
            else schemas.Prediction(output=output, error=None)
            for output in outputs
        ],
    )


def task_out(row: TaskRow) -> schemas.TaskOut:
    return schemas.TaskOut(
        id=row.id,
        domain=row.domain,
        name=row.name,
        request=row.request,
        description=row.description,
        examples=row.examples,
        created_at=row.created_at,
    )


def _program_out(kept: KeptProgram, task: TaskRow, library: Library) -> schemas.ProgramOut:
    entry = kept.entry
    return schemas.ProgramOut(
        program=entry.program,
        python=python_form(task.domain, entry.program, task.request, library),
        formula=formula_form(task.domain, entry.program, task.request, library),
        log_prior=entry.log_prior,
        log_likelihood=entry.log_likelihood,
        log_posterior=entry.log_posterior,
        guide=entry.guide,
        iteration=entry.iteration,
        run=kept.run_id,
        job=kept.job_id,
    )
