"""The tables. Every unique key here is what makes a step of a run safe to repeat.

Programs are text in DreamCoder's form with their abstractions inline, so a row stays readable and
evaluable whatever the library does later. Logs are natural; times are UTC.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, UtcDateTime, new_id, now

RUN_STATES = ("queued", "running", "paused", "cancelled", "finished", "failed")
#: States that no workflow leaves again by itself.
SETTLED = ("paused", "cancelled", "finished", "failed")


class TaskRow(Base):
    """A task: a request and examples. Its name is its own within its domain."""

    __tablename__ = "tasks"
    __table_args__ = (UniqueConstraint("domain", "name"),)

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

    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    task_id: Mapped[str] = mapped_column(ForeignKey("tasks.id"), primary_key=True, index=True)
    position: Mapped[int]
    split: Mapped[str] = mapped_column(String(10), default="train")


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


class LibraryRow(Base):
    """A library version, immutable: its JSON snapshot and its content hash."""

    __tablename__ = "library_versions"
    __table_args__ = (UniqueConstraint("domain", "content_hash"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True, default=lambda: new_id("library"))
    domain: Mapped[str] = mapped_column(String(100))
    content_hash: Mapped[str] = mapped_column(String(64), index=True)
    snapshot: Mapped[dict[str, Any]] = mapped_column(JSON)
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("library_versions.id"))
    run_id: Mapped[str | None] = mapped_column(ForeignKey("runs.id", ondelete="SET NULL"))
    iteration: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class AbstractionRow(Base):
    """A learned function, known by its body within its domain. Name, docstring and Python form are those that
    it had in the version where it was first seen; they never change here. A part of another's body that no
    version lists is here too, without a name of its own.
    """

    __tablename__ = "abstractions"
    __table_args__ = (UniqueConstraint("domain", "body_hash"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True, default=lambda: new_id("abstraction"))
    domain: Mapped[str] = mapped_column(String(100))
    body: Mapped[str] = mapped_column(Text)
    body_hash: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
    type: Mapped[str] = mapped_column(Text)
    docstring: Mapped[str] = mapped_column(Text)
    python: Mapped[str] = mapped_column(Text)
    #: First seen: this version has the run, the iteration and the time.
    first_library_id: Mapped[str] = mapped_column(ForeignKey("library_versions.id"))


class PartRow(Base):
    """An edge of the abstraction DAG: the body of `abstraction_id` uses `part_id` directly. Bodies never
    change, so neither do edges.
    """

    __tablename__ = "abstraction_parts"

    abstraction_id: Mapped[str] = mapped_column(
        ForeignKey("abstractions.id", ondelete="CASCADE"), primary_key=True
    )
    part_id: Mapped[str] = mapped_column(ForeignKey("abstractions.id"), primary_key=True, index=True)


class MemberRow(Base):
    """An abstraction's place in a library version, written with the version and never changed.

    `weight` is its log θ. `gain`: the nats by which library and frontiers would be longer without it, as the
    sleep that made the version measured them; none where no sleep did.
    """

    __tablename__ = "library_members"
    __table_args__ = (UniqueConstraint("library_id", "position"),)

    library_id: Mapped[str] = mapped_column(
        ForeignKey("library_versions.id", ondelete="CASCADE"), primary_key=True
    )
    abstraction_id: Mapped[str] = mapped_column(ForeignKey("abstractions.id"), primary_key=True, index=True)
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(200))
    docstring: Mapped[str] = mapped_column(Text)
    python: Mapped[str] = mapped_column(Text)
    weight: Mapped[float]
    gain: Mapped[float | None]


class SleepRow(Base):
    """What one abstraction sleep gave: the library version and the frontiers rewritten with it."""

    __tablename__ = "sleeps"

    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    iteration: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    library_id: Mapped[str] = mapped_column(ForeignKey("library_versions.id"), index=True)
    record: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class UseRow(Base):
    """After this sleep, the task's best program uses the abstraction, directly or through another."""

    __tablename__ = "abstraction_uses"
    __table_args__ = (
        ForeignKeyConstraint(
            ["run_id", "iteration"],
            ["sleeps.run_id", "sleeps.iteration"],
            name="fk_abstraction_uses_sleeps",
            ondelete="CASCADE",
        ),
    )

    run_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    iteration: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    abstraction_id: Mapped[str] = mapped_column(ForeignKey("abstractions.id"), primary_key=True, index=True)
    task_id: Mapped[str] = mapped_column(ForeignKey("tasks.id"), primary_key=True, index=True)


class RetirementRow(Base):
    """This sleep's library version lacks an abstraction that the version before it had.

    `name` is the one that it had there. `saving`: the nats by which all would be longer with it; none where
    that wasn't measured. `successor_id`: the abstraction that took its name over, where its body was
    rewritten because a part of it went.
    """

    __tablename__ = "retirements"
    __table_args__ = (
        ForeignKeyConstraint(
            ["run_id", "iteration"],
            ["sleeps.run_id", "sleeps.iteration"],
            name="fk_retirements_sleeps",
            ondelete="CASCADE",
        ),
    )

    run_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    iteration: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    abstraction_id: Mapped[str] = mapped_column(ForeignKey("abstractions.id"), primary_key=True, index=True)
    name: Mapped[str] = mapped_column(String(200))
    saving: Mapped[float | None]
    successor_id: Mapped[str | None] = mapped_column(ForeignKey("abstractions.id"))


class ModelRow(Base):
    """What one dream sleep trained: the prior's weights and, where there is one, the network's bytes."""

    __tablename__ = "models"
    __table_args__ = (UniqueConstraint("run_id", "iteration"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True, default=lambda: new_id("model"))
    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    iteration: Mapped[int]
    library_id: Mapped[str | None] = mapped_column(ForeignKey("library_versions.id"))
    network: Mapped[bytes | None] = mapped_column(LargeBinary)
    promoted: Mapped[bool]
    metrics: Mapped[dict[str, Any]] = mapped_column(JSON)
    #: The rest of the dream (contextual prior weights, CPU seconds), as synthesis gave it.
    record: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class ReportRow(Base):
    """The figures of one finished iteration."""

    __tablename__ = "iteration_reports"

    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    iteration: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    report: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class EventRow(Base):
    """What happened in a run, in order: `sequence` rises by one from 1 and is the SSE id."""

    __tablename__ = "events"

    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    type: Mapped[str] = mapped_column(String(40))
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
