"""Solving a stored task, at once or as a job; and /v1/jobs: look at one, cancel it."""

from __future__ import annotations

import anyio
from fastapi import APIRouter, Response

from app.api.access import READ, SUBMIT
from app.api.dependencies import DatabaseDependency, Identifier, Services, ServicesDependency
from app.api.problems import documented
from app.api.strict import StrictRoute
from app.api.v1 import schemas
from app.api.v1.tasks import searched
from app.db.models import JobRow
from app.db.repositories import JobRepository, LibraryRepository, TaskRepository
from app.db.repositories.tasks import to_task
from app.errors import Unprocessable
from app.solving import Found
from synthesis.task import Task

router = APIRouter(prefix="/v1", tags=["tasks"], route_class=StrictRoute)

_WAITED_SECONDS = 30.0


@router.post(
    "/tasks/{task_id}/solve",
    dependencies=[SUBMIT],
    operation_id="solve_stored_task",
    summary="Solve a stored task",
    responses={
        202: {"description": "A job, which goes on by itself", "model": schemas.JobOut},
        **documented(400, 404, 413, 415, 422, 503),
    },
)
async def solve_stored(
    task_id: Identifier, body: schemas.SolveTaskIn, services: ServicesDependency, response: Response
) -> schemas.JobOut:
    """Search for a program for a stored task, and keep what is found. Up to 30 CPU seconds are waited for
    (200); a longer search, or one in the background, is a durable job (202)."""
    background = body.seconds > _WAITED_SECONDS if body.background is None else body.background
    if not background and body.seconds > _WAITED_SECONDS:
        raise Unprocessable(
            f"a request waits for {_WAITED_SECONDS:g} seconds at most: ask for fewer, or leave background out"
        )
    if background:
        job = await anyio.to_thread.run_sync(_start, services, task_id, body)
        response.status_code = 202
        response.headers["Location"] = f"/v1/jobs/{job.id}"
        return job
    task = await anyio.to_thread.run_sync(_task, services, task_id)
    found = await searched(services, task, body.seconds, body.library)
    return await anyio.to_thread.run_sync(_keep, services, task_id, body, found)


@router.get(
    "/jobs/{job_id}",
    dependencies=[READ],
    operation_id="get_job",
    summary="Look at a job",
    responses=documented(404, 422),
)
def get_job(job_id: Identifier, database: DatabaseDependency) -> schemas.JobOut:
    """One job, and what came of it once it is finished."""
    with database.read() as session:
        return job_out(JobRepository(session).get(job_id))


@router.post(
    "/jobs/{job_id}/cancel",
    dependencies=[SUBMIT],
    operation_id="cancel_job",
    summary="Cancel a job",
    responses=documented(404, 409, 422),
)
def cancel_job(job_id: Identifier, database: DatabaseDependency) -> schemas.JobOut:
    """End a job; its search stops within a second. 409 where it has ended by itself."""
    with database.write() as session:
        return job_out(JobRepository(session).cancel(job_id))


def _start(services: Services, task_id: str, body: schemas.SolveTaskIn) -> schemas.JobOut:
    with services.database.write() as session:
        TaskRepository(session).get(task_id)
        if body.library is not None:
            LibraryRepository(session).find(body.library)
        answer = job_out(JobRepository(session).add(task_id, body.seconds, body.library))
    services.launcher.enqueue(answer.id)
    return answer


def _task(services: Services, task_id: str) -> Task:
    with services.database.read() as session:
        return to_task(TaskRepository(session).get(task_id))


def _keep(services: Services, task_id: str, body: schemas.SolveTaskIn, found: Found) -> schemas.JobOut:
    """As a job that has ended already, so that what was found has one place. 404 where the task was deleted
    meanwhile."""
    with services.database.write() as session:
        TaskRepository(session).get(task_id)
        jobs = JobRepository(session)
        job = jobs.add(task_id, body.seconds, body.library)
        jobs.begin(job.id)
        jobs.finish(job.id, found.line, found.entries)
        return job_out(job)


def job_out(row: JobRow) -> schemas.JobOut:
    return schemas.JobOut(
        id=row.id,
        task=row.task_id,
        state=row.state,
        seconds=row.seconds,
        library=row.library,
        result=None if row.result is None else schemas.SolveOut.model_validate(row.result),
        error=row.error,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )
