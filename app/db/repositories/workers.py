"""Workers: who is alive, and who has left something behind."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from app.db.base import now
from app.db.models import ClaimRow, WorkerRow

_REMEMBERED = timedelta(days=7)


class WorkerRepository:
    def __init__(self, session: Session) -> None:
        self.session = session

    def register(self, worker_id: str, host: str, pid: int) -> None:
        """A new worker, alive from now on. Those that ended long ago are forgotten."""
        moment = self._clock()
        self.session.execute(delete(WorkerRow).where(WorkerRow.recovered_at < moment - _REMEMBERED))
        self.session.add(WorkerRow(id=worker_id, host=host[:255], pid=pid, started_at=moment, beat_at=moment))
        self.session.flush()

    def beat(self, worker_id: str) -> bool:
        """It is alive; false where the others have given it up."""
        alive = (WorkerRow.id == worker_id, WorkerRow.stopped_at.is_(None))
        statement = update(WorkerRow).where(*alive).values(beat_at=self._clock())
        return self.session.execute(statement.returning(WorkerRow.id)).first() is not None

    def stop(self, worker_id: str) -> None:
        """It ends: what it has claimed is free, and what it carried is for others to take over."""
        self.session.execute(delete(ClaimRow).where(ClaimRow.worker_id == worker_id))
        running = (WorkerRow.id == worker_id, WorkerRow.stopped_at.is_(None))
        self.session.execute(update(WorkerRow).where(*running).values(stopped_at=self._clock()))

    def left_behind(self, me: str, silent_seconds: float) -> list[WorkerRow]:
        """Those that stopped, or have been silent for so long, and that nobody took over from yet. They are
        locked until this transaction ends; those that another one has locked are left out.
        """
        latest = self._clock() - timedelta(seconds=silent_seconds)
        query = select(WorkerRow).where(
            WorkerRow.id != me,
            WorkerRow.recovered_at.is_(None),
            or_(WorkerRow.stopped_at.is_not(None), WorkerRow.beat_at < latest),
        )
        return list(self.session.scalars(query.order_by(WorkerRow.id).with_for_update(skip_locked=True)))

    def recovered(self, worker: WorkerRow) -> None:
        """What this one left is taken over."""
        self.stop(worker.id)
        worker.recovered_at = self._clock()
        self.session.flush()

    def alive(self, silent_seconds: float) -> list[WorkerRow]:
        """Those that beat lately, the oldest first."""
        latest = self._clock() - timedelta(seconds=silent_seconds)
        query = select(WorkerRow).where(WorkerRow.stopped_at.is_(None), WorkerRow.beat_at >= latest)
        return list(self.session.scalars(query.order_by(WorkerRow.started_at, WorkerRow.id)))

    def _clock(self) -> datetime:
        """The time by the one clock that all workers share: PostgreSQL's; an SQLite file has one machine."""
        if self.session.get_bind().dialect.name == "postgresql":
            return self.session.scalars(select(func.clock_timestamp())).one()
        return now()

    def taken_over(self, worker_ids: Sequence[str]) -> list[str]:
        """Those of these from which others took over."""
        query = select(WorkerRow.id).where(WorkerRow.id.in_(worker_ids), WorkerRow.recovered_at.is_not(None))
        return list(self.session.scalars(query))
