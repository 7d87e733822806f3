"""What wake phases leave: every attempt, and the programs that are kept for each task."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, UtcDateTime, new_id, now


class AttemptRow(Base):
    """One wake phase's try at one task; `record` is the whole attempt as synthesis gave it. `first_solution`:
    it solved the task, and no attempt of an earlier iteration of the run had.
    """

    __tablename__ = "attempts"
    __table_args__ = (
        # A run's figures come from these alone, whatever the size of its records.
        Index(
            "ix_attempts_figures",
            "run_id",
            "iteration",
            "solved",
            "first_solution",
            "solved_by",
            "programs",
            "cpu_seconds",
        ),
        Index("ix_attempts_task_id_run_id", "task_id", "run_id", "iteration"),
        Index("ix_attempts_first_solutions", "run_id", "first_solution", "iteration", "created_at"),
    )

    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    iteration: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    task_id: Mapped[str] = mapped_column(ForeignKey("tasks.id"), primary_key=True)
    solved: Mapped[bool]
    first_solution: Mapped[bool] = mapped_column(default=False, server_default=false())
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


class SolvedRow(Base):
    """That a task is solved, by some run or job, and since when."""

    __tablename__ = "solved_tasks"
    __table_args__ = (Index("ix_solved_tasks_domain_solved_at", "domain", "solved_at"),)

    task_id: Mapped[str] = mapped_column(ForeignKey("tasks.id", ondelete="CASCADE"), primary_key=True)
    domain: Mapped[str] = mapped_column(String(100))
    solved_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
