"""/v1/tasks: store tasks, list them, look at one with its programs, solve one in one call."""

from __future__ import annotations

from typing import Annotated, Any

import anyio
from fastapi import APIRouter, Body, Response

from app.api.dependencies import After, DatabaseDependency, DomainName, Identifier, Limit, ServicesDependency
from app.api.problems import documented
from app.api.strict import StrictRoute
from app.api.v1 import schemas
from app.db.models import FrontierRow, TaskRow
from app.db.repositories import LibraryRepository, TaskRepository
from app.db.session import Database
from app.errors import Conflict, Unavailable, Unprocessable
from app.pictures import is_pictured, svg_of
from app.surface import initial_library, python_form
from engine import Failure, Term, Type
from library.snapshot import Library
from synthesis.answer import solve as solve_task
from synthesis.prior import FittedPrior
from synthesis.task import Task, load_tasks
from synthesis.value import ValueProblem, conforming
from synthesis.wake import WakeBudget

router = APIRouter(prefix="/v1/tasks", tags=["tasks"], route_class=StrictRoute)

#: Requests that may wait for a search; more are sent away rather than left to time out.
_QUEUE = 16


@router.post("", status_code=201, operation_id="create_tasks", responses=documented(400, 409, 413, 415, 422))
def create_tasks(
    body: Annotated[schemas.TasksIn | schemas.TaskIn, Body()],
    database: DatabaseDependency,
    response: Response,
) -> schemas.TasksOut:
    """Store one task or many, all or none. A task that is there already, the same, is answered and not
    doubled; 200 where none was new."""
    documents = body.tasks if isinstance(body, schemas.TasksIn) else [body.document()]
    tasks = load_tasks(documents, body.domain)
    with database.write() as session:
        stored = TaskRepository(session).add(tasks)
    if not any(new for _, new in stored):
        response.status_code = 200
    return schemas.TasksOut(items=[task_out(row) for row, _ in stored])


@router.get("", operation_id="list_tasks", responses=documented(422))
def list_tasks(
    database: DatabaseDependency, limit: Limit = 50, after: After = None, domain: DomainName = None
) -> schemas.TasksOut:
    """Tasks in the order of their making."""
    with database.read() as session:
        rows = TaskRepository(session).page(limit + 1, after, domain)
    following = rows[limit - 1].id if len(rows) > limit else None
    return schemas.TasksOut(items=[task_out(row) for row in rows[:limit]], next=following)


@router.post("/solve", operation_id="solve_task", responses=documented(400, 404, 413, 415, 422, 503))
async def solve(body: schemas.SolveIn, services: ServicesDependency) -> schemas.SolveOut:
    """Search for a program for one task, for at most 30 CPU seconds. Nothing is stored."""
    (task,) = load_tasks([body.document()], body.domain)
    if services.searches.statistics().tasks_waiting >= _QUEUE:
        raise Unavailable("too many searches are waiting: try again later, or start a run")
    line = await anyio.to_thread.run_sync(
        _solve, services.database, task, body.seconds, body.library, limiter=services.searches
    )
    return schemas.SolveOut.model_validate(line)


@router.get("/{task_id}", operation_id="get_task", responses=documented(404, 422))
def get_task(task_id: Identifier, database: DatabaseDependency) -> schemas.TaskDetail:
    """One task with the programs that its newest run keeps for it."""
    with database.read() as session:
        repository = TaskRepository(session)
        row = repository.get(task_id)
        frontier = repository.frontier(task_id)
        newest = LibraryRepository(session).current(row.domain)
    library = None if newest is None else Library.from_json(newest.snapshot)
    programs = [_program_out(entry, row, library) for entry in frontier]
    return schemas.TaskDetail(**task_out(row).model_dump(), frontier=programs)


@router.get("/{task_id}/picture", operation_id="get_task_picture", responses=documented(404, 422))
def get_picture(task_id: Identifier, database: DatabaseDependency) -> Response:
    """What the task's first example looks like, as SVG, where the request gives a tower or a drawing."""
    with database.read() as session:
        row = TaskRepository(session).get(task_id)
    return picture(row.request, row.examples)


def picture(request: str, examples: list[dict[str, Any]]) -> Response:
    """The first example as an SVG response. Raises Unprocessable for values that aren't pictures."""
    if not is_pictured(request) or not examples:
        raise Unprocessable(f"a {request} has no picture: towers and turtles have")
    return Response(svg_of(request, examples[0]["output"]), media_type="image/svg+xml")


@router.post(
    "/{task_id}/predict", operation_id="predict_task", responses=documented(400, 404, 409, 413, 415, 422)
)
def predict(task_id: Identifier, body: schemas.PredictIn, database: DatabaseDependency) -> schemas.PredictOut:
    """Run the task's best program on new inputs. 409 while the task is unsolved."""
    with database.read() as session:
        repository = TaskRepository(session)
        row = repository.get(task_id)
        frontier = repository.frontier(task_id)
        newest = LibraryRepository(session).current(row.domain)
    if not frontier:
        raise Conflict(f"task {row.name!r} has no program yet: start a run that learns from it")
    library = initial_library(row.domain) if newest is None else Library.from_json(newest.snapshot)
    program, request = Term.parse(frontier[0].program), Type.parse(row.request)
    cases = [_case(case, request, number) for number, case in enumerate(body.inputs, start=1)]
    outputs = library.language.evaluate(program, request, cases)
    return schemas.PredictOut(
        program=frontier[0].program,
        python=python_form(row.domain, frontier[0].program, row.request, library),
        predictions=[
            schemas.Prediction(error=output.reason)
            if isinstance(output, Failure)
            else schemas.Prediction(output=output, error=None)
            for output in outputs
        ],
    )


def _case(case: list[Any], request: Type, number: int) -> list[Any]:
    """The arguments as the request has them. Raises Unprocessable, naming the case."""
    if len(case) != len(request.arguments):
        raise Unprocessable(
            f"case {number} has {len(case)} arguments; {request} takes {len(request.arguments)}", case=number
        )
    try:
        return [conforming(value, str(type_)) for value, type_ in zip(case, request.arguments, strict=True)]
    except ValueProblem as problem:
        raise Unprocessable(f"case {number}: {problem}", case=number) from None


def _solve(database: Database, task: Task, seconds: float, reference: str | None) -> dict[str, Any]:
    with database.read() as session:
        repository = LibraryRepository(session)
        row = repository.current(task.domain) if reference is None else repository.find(reference)
    library = initial_library(task.domain) if row is None else Library.from_json(row.snapshot)
    if library.domain != task.domain:
        raise Unprocessable(f"library {reference} is for domain {library.domain!r}, not for {task.domain!r}")
    return solve_task(task, library, [FittedPrior(library.grammar)], WakeBudget(seconds))


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


def _program_out(entry: FrontierRow, task: TaskRow, library: Library | None) -> schemas.ProgramOut:
    return schemas.ProgramOut(
        program=entry.program,
        python=python_form(task.domain, entry.program, task.request, library),
        log_prior=entry.log_prior,
        log_likelihood=entry.log_likelihood,
        log_posterior=entry.log_prior + entry.log_likelihood,
        guide=entry.guide,
        iteration=entry.iteration,
        run=entry.run_id,
    )
