"""Events of a run, numbered from 1 without gaps."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from app.db.base import now
from app.db.models import EventRow, RunRow


class EventRepository:
    def __init__(self, session: Session) -> None:
        self.session = session

    def append(self, run_id: str, type: str, data: dict[str, Any]) -> None:
        """The run's next event. Writers wait for one another, so that no two share a number: SQLite has one
        writer anyway, PostgreSQL the lock on the run.
        """
        self.session.execute(select(RunRow.id).where(RunRow.id == run_id).with_for_update(key_share=True))
        number = select(func.coalesce(func.max(EventRow.sequence), 0) + 1).where(EventRow.run_id == run_id)
        self.session.execute(
            insert(EventRow).values(
                run_id=run_id, sequence=number.scalar_subquery(), type=type, data=data, created_at=now()
            )
        )

    def after(self, run_id: str, sequence: int, limit: int = 500) -> list[EventRow]:
        """Up to `limit` events numbered above `sequence`, in order."""
        query = select(EventRow).where(EventRow.run_id == run_id, EventRow.sequence > sequence)
        return list(self.session.scalars(query.order_by(EventRow.sequence).limit(limit)))

    def last(self, run_id: str) -> int:
        """The newest event's number; 0 where there is none."""
        return self.session.scalar(select(func.max(EventRow.sequence)).where(EventRow.run_id == run_id)) or 0
