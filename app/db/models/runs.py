"""Tasks, runs over them, and what is told of a run: reports and events."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, UtcDateTime, new_id, now

RUN_STATES = ("queued", "running", "paused", "cancelled", "finished", "failed")
DEFAULT_PRIORITY = 100
#: States that no workflow leaves again by itself.
SETTLED = ("paused", "cancelled", "finished", "failed")


class TaskRow(Base):
    """A task: a request and examples. Its name is its own within its domain."""

    __tablename__ = "tasks"
    __table_args__ = (
        UniqueConstraint("domain", "name"),
        # Holds all that a list is filtered by, so that no row's examples are read for it.
        Index("ix_tasks_domain_id_name", "domain", "id", "name"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True, default=lambda: new_id("task"))
    domain: Mapped[str] = mapped_column(String(100))
    name: Mapped[str] = mapped_column(String(200))
    request: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text, default="")
    examples: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class RunRow(Base):
    """A learning run. `label`, where there is one, names the run for whoever asks for it again."""

    __tablename__ = "runs"

    id: Mapped[str] = mapped_column(String(40), primary_key=True, default=lambda: new_id("run"))
    label: Mapped[str | None] = mapped_column(String(100), unique=True)
    domain: Mapped[str] = mapped_column(String(100))
    state: Mapped[str] = mapped_column(String(20), default="queued", index=True)
    iteration: Mapped[int] = mapped_column(default=0)
    phase: Mapped[str | None] = mapped_column(String(20))
    #: Who waits for a worker is served by this, the lowest first.
    priority: Mapped[int] = mapped_column(default=DEFAULT_PRIORITY, server_default=str(DEFAULT_PRIORITY))
    #: Counts the workflows that carried this run: one, and one more per resume.
    launches: Mapped[int] = mapped_column(default=1)
    config: Mapped[dict[str, Any]] = mapped_column(JSON)
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RunTaskRow(Base):
    """A task's place in a run; `split` is "train" or "test"."""

    __tablename__ = "run_tasks"
    __table_args__ = (Index("ix_run_tasks_places", "run_id", "split", "position", "task_id"),)

    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    task_id: Mapped[str] = mapped_column(ForeignKey("tasks.id"), primary_key=True, index=True)
    position: Mapped[int]
    split: Mapped[str] = mapped_column(String(10), default="train")


class ReportRow(Base):
    """The figures of one finished iteration. `attempts`: what its attempts add up to; None where the
    iteration was finished before that was kept (repositories.attempt_figures).
    """

    __tablename__ = "iteration_reports"

    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    iteration: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    report: Mapped[dict[str, Any]] = mapped_column(JSON)
    attempts: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class EventRow(Base):
    """What happened in a run, in order: `sequence` rises by one from 1 and is the SSE id."""

    __tablename__ = "events"
    __table_args__ = (Index("ix_events_run_id_type_sequence", "run_id", "type", "sequence"),)

    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    type: Mapped[str] = mapped_column(String(40))
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
