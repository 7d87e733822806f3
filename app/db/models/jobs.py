"""Searches for one stored task."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, UtcDateTime, new_id, now

#: States of a job that nothing changes any more.
JOB_ENDED = ("finished", "failed", "cancelled")


class JobRow(Base):
    """A search for one task: queued, running, finished, failed or cancelled. `programs` are the entries of
    its frontier, as synthesis has them, best first; `solved` says whether there are any."""

    __tablename__ = "jobs"
    __table_args__ = (Index("ix_jobs_task_id_solved", "task_id", "solved"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True, default=lambda: new_id("job"))
    task_id: Mapped[str] = mapped_column(ForeignKey("tasks.id", ondelete="CASCADE"))
    library: Mapped[str | None] = mapped_column(String(64))
    seconds: Mapped[float]
    state: Mapped[str] = mapped_column(String(20), default="queued", index=True)
    solved: Mapped[bool] = mapped_column(default=False)
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    programs: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
