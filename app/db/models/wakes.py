"""What wake phases leave: every attempt, and the programs that are kept for each task."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, UtcDateTime, new_id, now


class AttemptRow(Base):
    """One wake phase's try at one task; `record` is the whole attempt as synthesis gave it."""

    __tablename__ = "attempts"

    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    iteration: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    task_id: Mapped[str] = mapped_column(ForeignKey("tasks.id"), primary_key=True, index=True)
    solved: Mapped[bool]
    solved_by: Mapped[str | None] = mapped_column(String(40))
    programs: Mapped[int]
    seconds: Mapped[float]
    cpu_seconds: Mapped[float]
    record: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class FrontierRow(Base):
    """One program kept for a task in a run."""

    __tablename__ = "frontier_entries"
    __table_args__ = (
        # The program's hash and not its text: PostgreSQL can't index long texts.
        UniqueConstraint("run_id", "task_id", "program_hash"),
        Index("ix_frontier_entries_task_id_run_id", "task_id", "run_id"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True, default=lambda: new_id("program"))
    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    task_id: Mapped[str] = mapped_column(ForeignKey("tasks.id"))
    rank: Mapped[int]
    program: Mapped[str] = mapped_column(Text)
    program_hash: Mapped[str] = mapped_column(String(64))
    log_prior: Mapped[float]
    log_likelihood: Mapped[float]
    guide: Mapped[str] = mapped_column(String(40))
    iteration: Mapped[int]
