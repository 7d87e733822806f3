"""Jobs: searches for one stored task. A state that ends a job is never left, whoever comes late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.base import now
from app.db.models import JOB_ENDED, JobRow, TaskRow
from app.db.repositories.tasks import TaskRepository
from app.errors import Conflict, NotFound
from synthesis.frontier import Entry


@dataclass(frozen=True)
class Begun:
    """A job that is running now, and its task."""

    row: JobRow
    task: TaskRow


class JobRepository:
    def __init__(self, session: Session) -> None:
        self.session = session

    def add(self, task_id: str, seconds: float, library: str | None) -> JobRow:
        row = JobRow(task_id=task_id, seconds=seconds, library=library)
        self.session.add(row)
        self.session.flush()
        return row

    def get(self, job_id: str) -> JobRow:
        """Raises NotFound."""
        row = self.session.get(JobRow, job_id)
        if row is None:
            raise NotFound(f"there is no job {job_id!r}")
        return row

    def unsettled(self) -> list[JobRow]:
        """Jobs that some workflow should be carrying."""
        query = select(JobRow).where(JobRow.state.not_in(JOB_ENDED)).order_by(JobRow.id)
        return list(self.session.scalars(query))

    def begin(self, job_id: str) -> Begun | None:
        """The job is running, again or for the first time; None where there is nothing to do any more."""
        row = self._open(job_id)
        if row is None:
            return None
        row.state, row.started_at = "running", row.started_at or now()
        return Begun(row, self.session.get_one(TaskRow, row.task_id))

    def running(self, job_id: str) -> bool:
        state = self.session.scalar(select(JobRow.state).where(JobRow.id == job_id))
        return state is not None and state not in JOB_ENDED

    def finish(self, job_id: str, result: dict[str, Any], entries: Sequence[Entry]) -> JobRow | None:
        row = self._open(job_id)
        if row is not None:
            row.state, row.finished_at, row.result = "finished", now(), result
            row.solved, row.programs = bool(entries), [entry.to_json() for entry in entries]
            if row.solved:
                TaskRepository(self.session).solved(row.task_id)
        return row

    def fail(self, job_id: str, error: str) -> None:
        row = self._open(job_id)
        if row is not None:
            row.state, row.finished_at, row.error = "failed", now(), error

    def cancel(self, job_id: str) -> JobRow:
        """Raises NotFound, and Conflict where it has ended already."""
        row = self.get(job_id)
        if self._open(job_id) is None:
            raise Conflict(f"job {job_id} is {row.state}: it can't be cancelled any more", state=row.state)
        row.state, row.finished_at = "cancelled", now()
        return row

    def _open(self, job_id: str) -> JobRow | None:
        """The job, held until the transaction ends; None where it has ended, or was deleted with its task."""
        query = select(JobRow).where(JobRow.id == job_id).with_for_update()
        row = self.session.scalar(query.execution_options(populate_existing=True))
        return None if row is None or row.state in JOB_ENDED else row
