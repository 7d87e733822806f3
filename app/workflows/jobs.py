"""A job, the search for one stored task, as a DBOS workflow of one step. A process that dies in it leaves it
to the next, which searches again; only what is written at the end counts, and that is written once."""

from __future__ import annotations

import structlog
from dbos import DBOS, SetWorkflowID
from sqlalchemy.exc import DBAPIError

from app.db.repositories import JobRepository
from app.db.repositories.tasks import to_task
from app.errors import ServiceError
from app.solving import search
from app.workflows.carrier import Stopping, require_carrier
from app.workflows.outages import through_outages

QUEUE = "jobs"
_log = structlog.get_logger(__name__)


def register_queue(workers: int) -> None:
    DBOS.register_queue(QUEUE, worker_concurrency=workers, polling_interval_sec=0.2)


def enqueue_job(job_id: str) -> None:
    """Carry this job, once, however often it is asked."""
    with SetWorkflowID(job_id):
        DBOS.enqueue_workflow(QUEUE, solve_job, job_id)


@DBOS.workflow(name="job", max_recovery_attempts=None)
def solve_job(job_id: str) -> None:
    _solve(job_id)


@DBOS.step(name="solve_job", retries_allowed=True, max_attempts=5)
def _solve(job_id: str) -> None:
    through_outages(lambda: _search(job_id))


def _search(job_id: str) -> None:
    carrier = require_carrier()
    with carrier.database.write() as session:
        job = JobRepository(session).begin(job_id)
        if job is None:
            return
        task, seconds, library = to_task(job.task), job.row.seconds, job.row.library

    def over() -> bool:
        with carrier.database.read() as session:
            return not JobRepository(session).running(job_id)

    with carrier.at_work():
        try:
            with carrier.watched(over) as cancellation:
                found = search(carrier.database, task, seconds, library, cancellation)
        except ServiceError as error:
            with carrier.database.write() as session:
                JobRepository(session).fail(job_id, error.detail)
            return
        except Exception as error:
            if isinstance(error, DBAPIError) and carrier.database.is_outage(error):
                raise
            _log.exception("a job failed", job=job_id)
            with carrier.database.write() as session:
                JobRepository(session).fail(job_id, f"{type(error).__name__}: {error}")
            return
        if carrier.stopping.is_set() and cancellation.cancelled:
            raise Stopping
        with carrier.database.write() as session:
            JobRepository(session).finish(job_id, found.line, found.entries)
