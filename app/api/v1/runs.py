"""/v1/runs: start learning runs, look at them, follow their events, pause, resume and cancel them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Annotated

import anyio
from fastapi import APIRouter, Header, Query, Request
from sqlalchemy.orm import Session
from sse_starlette import EventSourceResponse, ServerSentEvent

from app.api.access import READ, SUBMIT
from app.api.dependencies import After, DatabaseDependency, Identifier, Limit, ServicesDependency
from app.api.idempotency import OnceDependency
from app.api.problems import documented
from app.api.strict import StrictRoute
from app.api.v1 import schemas
from app.db.models import SETTLED, EventRow, RunRow, TaskRow
from app.db.repositories import EventRepository, RunRepository, TaskRepository
from app.db.session import Database
from app.errors import Unprocessable
from app.workflows.config import run_config
from library.domain import get_domain

router = APIRouter(prefix="/v1/runs", tags=["runs"], route_class=StrictRoute)

#: One event of the stream.
_EVENT_SCHEMA = {
    "type": "object",
    "required": ["id", "event", "data"],
    "properties": {
        "id": {"type": "string", "description": "Its number in the run, from 1."},
        "event": {"type": "string", "description": "Its type: run, phase, task, abstraction, …"},
        "data": {"type": "string", "description": "JSON that depends on the type."},
    },
}

#: Seconds between two looks at the events table by a stream that has caught up.
_POLL_SECONDS = 0.3


@router.post(
    "",
    status_code=201,
    operation_id="create_run",
    dependencies=[SUBMIT],
    responses=documented(400, 404, 409, 413, 415, 422),
)
def create_run(body: schemas.RunIn, services: ServicesDependency, once: OnceDependency) -> schemas.RunOut:
    """Start a learning run. It is durable: once answered, it goes on even if the service is killed."""
    get_domain(body.domain)
    choices = body.model_dump(
        include={"guides", "seed", "dream_seconds", "training_seconds", "control_tasks"}, exclude_none=True
    )
    try:
        config = run_config(services.settings, body.domain, body.iterations, body.seconds, choices)
    except ValueError as error:
        raise Unprocessable(str(error)) from None
    with services.database.write() as session:
        train, test = _tasks(body, TaskRepository(session))
        run = RunRepository(session).add(body.domain, config.to_json(), train, test, priority=body.priority)
        answer = run_out(session, run)
        once.keep(session, answer)
    services.launcher.enqueue(run.id)
    return answer


def _tasks(body: schemas.RunIn, tasks: TaskRepository) -> tuple[list[TaskRow], list[TaskRow]]:
    """Those to learn from, and those held out. Raises NotFound and Unprocessable."""
    test = tasks.get_many(list(dict.fromkeys(body.test_tasks)))
    held_out = {row.id for row in test}
    if body.tasks is None:
        train = [row for row in tasks.of_domain(body.domain) if row.id not in held_out]
        if not train:
            raise Unprocessable(
                f"domain {body.domain!r} has no tasks to learn from yet: store some first, at POST /v1/tasks"
            )
    else:
        train = tasks.get_many(list(dict.fromkeys(body.tasks)))
    for row in (*train, *test):
        if row.domain != body.domain:
            raise Unprocessable(
                f"task {row.name!r} belongs to domain {row.domain!r}, not to {body.domain!r}", task=row.name
            )
    both = next((row for row in train if row.id in held_out), None)
    if both is not None:
        raise Unprocessable(
            f"task {both.name!r} is in tasks and in test_tasks: leave it in one of them", task=both.name
        )
    return train, test


@router.get("", operation_id="list_runs", dependencies=[READ], responses=documented(422))
def list_runs(database: DatabaseDependency, limit: Limit = 50, after: After = None) -> schemas.RunsOut:
    """Runs in the order of their making."""
    with database.read() as session:
        rows = RunRepository(session).page(limit + 1, after)
        items = [run_out(session, row) for row in rows[:limit]]
    return schemas.RunsOut(items=items, next=rows[limit - 1].id if len(rows) > limit else None)


@router.get("/{run_id}", operation_id="get_run", dependencies=[READ], responses=documented(404, 422))
def get_run(run_id: Identifier, database: DatabaseDependency) -> schemas.RunDetail:
    """One run: where it is, and a report for each iteration it has finished."""
    with database.read() as session:
        repository = RunRepository(session)
        run = repository.get(run_id)
        return schemas.RunDetail(**run_out(session, run).model_dump(), reports=repository.reports(run_id))


@router.post(
    "/{run_id}/pause", operation_id="pause_run", dependencies=[SUBMIT], responses=documented(404, 409, 422)
)
def pause_run(run_id: Identifier, database: DatabaseDependency) -> schemas.RunOut:
    """Stop the run at the next point where nothing is lost; `resume` takes it up again."""
    return _stop(database, run_id, "paused")


@router.post(
    "/{run_id}/cancel", operation_id="cancel_run", dependencies=[SUBMIT], responses=documented(404, 409, 422)
)
def cancel_run(run_id: Identifier, database: DatabaseDependency) -> schemas.RunOut:
    """End the run for good; what it learned stays."""
    return _stop(database, run_id, "cancelled")


@router.post(
    "/{run_id}/resume", operation_id="resume_run", dependencies=[SUBMIT], responses=documented(404, 409, 422)
)
def resume_run(run_id: Identifier, services: ServicesDependency) -> schemas.RunOut:
    """Go on with a paused run."""
    with services.database.write() as session:
        run = RunRepository(session).resume(run_id)
        EventRepository(session).append(run_id, "run", {"state": run.state})
        answer = run_out(session, run)
    services.launcher.enqueue(run_id)
    return answer


@router.get(
    "/{run_id}/events",
    operation_id="follow_run",
    dependencies=[READ],
    response_class=EventSourceResponse,
    responses={
        200: {
            "description": "Server-sent events",
            "content": {"text/event-stream": {"schema": _EVENT_SCHEMA}},
        },
        **documented(404, 422),
    },
)
async def follow_run(
    run_id: Identifier,
    request: Request,
    database: DatabaseDependency,
    last_event_id: Annotated[int | None, Header(ge=0, le=1 << 62)] = None,
    after: Annotated[int, Query(ge=0, le=1 << 62, description="As Last-Event-ID, for a first call.")] = 0,
) -> EventSourceResponse:
    """What happens in the run, as server-sent events: all after `Last-Event-ID`, then live until it ends."""
    await anyio.to_thread.run_sync(_check_run, database, run_id)
    start = after if last_event_id is None else last_event_id
    return EventSourceResponse(_events(database, run_id, start), sep="\n")


async def _events(database: Database, run_id: str, sequence: int) -> AsyncIterator[ServerSentEvent]:
    while True:
        rows, settled = await anyio.to_thread.run_sync(_look, database, run_id, sequence)
        for row in rows:
            sequence = row.sequence
            yield ServerSentEvent(data=json.dumps(row.data), event=row.type, id=str(row.sequence))
        if settled and not rows:
            return
        if not rows:
            await anyio.sleep(_POLL_SECONDS)


def _look(database: Database, run_id: str, sequence: int) -> tuple[list[EventRow], bool]:
    """The events after `sequence`, and whether the run had ended before they were read."""
    with database.read() as session:
        settled = RunRepository(session).get(run_id).state in SETTLED
        return EventRepository(session).after(run_id, sequence), settled


def _check_run(database: Database, run_id: str) -> None:
    with database.read() as session:
        RunRepository(session).get(run_id)


def _stop(database: Database, run_id: str, state: str) -> schemas.RunOut:
    with database.write() as session:
        run = RunRepository(session).stop(run_id, state)
        EventRepository(session).append(run_id, "run", {"state": state})
        return run_out(session, run)


def run_out(session: Session, run: RunRow) -> schemas.RunOut:
    repository = RunRepository(session)
    return schemas.RunOut(
        id=run.id,
        label=run.label,
        domain=run.domain,
        state=run.state,
        iteration=run.iteration,
        phase=run.phase,
        priority=run.priority,
        tasks=repository.size(run.id),
        solved=repository.solved(run.id),
        config=run.config,
        error=run.error,
        created_at=run.created_at,
        started_at=run.started_at,
        finished_at=run.finished_at,
    )
