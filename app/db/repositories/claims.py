"""Which worker attempts which task of a wake."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, delete, exists, select
from sqlalchemy.orm import Session

from app.db.models import AttemptRow, ClaimRow, RunRow, RunTaskRow, WorkerRow
from app.db.repositories.upsert import put_many


class ClaimRepository:
    """The claims of one iteration of a run."""

    def __init__(self, session: Session, run_id: str, iteration: int) -> None:
        self.session = session
        self.run_id = run_id
        self.iteration = iteration

    def take(self, worker_id: str | None, task_ids: Sequence[str], count: int) -> list[str] | None:
        """Claim up to `count` of these tasks, in this order, none that was attempted or that another worker
        has. Empty where others have all of them; None where all were attempted. Without a worker nobody else
        is at work, and nothing is written.
        """
        # claims are made one at a time: this lock is what the next one waits for
        self.session.execute(
            select(RunRow.id).where(RunRow.id == self.run_id).with_for_update(key_share=True)
        )
        attempted = select(AttemptRow.task_id).where(
            AttemptRow.run_id == self.run_id, AttemptRow.iteration == self.iteration
        )
        done = set(self.session.scalars(attempted))
        left = [task_id for task_id in task_ids if task_id not in done]
        if not left:
            return None
        if worker_id is None:
            return left[:count]
        claimed = select(ClaimRow.task_id).where(*self._of_others(worker_id))
        others = set(self.session.scalars(claimed))
        taken = [task_id for task_id in left if task_id not in others][:count]
        rows = [
            {"run_id": self.run_id, "iteration": self.iteration, "task_id": id, "worker_id": worker_id}
            for id in taken
        ]
        put_many(self.session, ClaimRow, rows, ("run_id", "iteration", "task_id"))
        return taken

    def any_free(self, worker_id: str | None) -> bool:
        """Whether there is a task that was not attempted and that no other worker has."""
        attempted = exists().where(
            AttemptRow.run_id == self.run_id,
            AttemptRow.iteration == self.iteration,
            AttemptRow.task_id == RunTaskRow.task_id,
        )
        claimed = exists().where(*self._of_others(worker_id), ClaimRow.task_id == RunTaskRow.task_id)
        query = select(RunTaskRow.task_id).where(
            RunTaskRow.run_id == self.run_id, RunTaskRow.split == "train", ~attempted, ~claimed
        )
        return self.session.scalar(query.limit(1)) is not None

    def _of_others(self, worker_id: str | None) -> tuple[ColumnElement[bool], ...]:
        """Claims of other workers; one holds until its worker is found dead."""
        alive = select(WorkerRow.id).where(WorkerRow.stopped_at.is_(None), WorkerRow.id != worker_id)
        return (
            ClaimRow.run_id == self.run_id,
            ClaimRow.iteration == self.iteration,
            ClaimRow.worker_id.in_(alive),
        )

    def clear(self) -> None:
        """Forget them."""
        self.session.execute(
            delete(ClaimRow).where(ClaimRow.run_id == self.run_id, ClaimRow.iteration == self.iteration)
        )
