"""What the pages read beyond the repositories: figures of a run, without its large records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from app.db.models import (
    AttemptRow,
    EventRow,
    FrontierRow,
    LibraryRow,
    ModelRow,
    ReportRow,
    RunRow,
    RunTaskRow,
    SleepRow,
    TaskRow,
    VersionRow,
)


@dataclass(frozen=True)
class TaskLine:
    """A task as the grid needs it."""

    id: str
    name: str
    request: str


@dataclass(frozen=True)
class AttemptLine:
    """One try at one task."""

    iteration: int
    task_id: str
    solved: bool
    solved_by: str | None
    programs: int
    cpu_seconds: float
    created_at: datetime


@dataclass(frozen=True)
class SleepLine:
    """What an abstraction sleep did to the description length, in nats."""

    iteration: int
    before: float | None
    after: float | None
    cpu_seconds: float


@dataclass(frozen=True)
class DreamLine:
    """What a dream sleep trained; `metrics` as the training gave them. `retired`: rolled back."""

    iteration: int
    promoted: bool
    retired: bool
    metrics: dict[str, Any]
    cpu_seconds: float
    has_network: bool


@dataclass(frozen=True)
class AdapterLine:
    """A tuned version of the language model. `metrics`: as the tuning gave them. `retired`: rolled back."""

    iteration: int
    name: str
    promoted: bool
    retired: bool
    metrics: dict[str, Any]


class RunQueries:
    """Figures of one run."""

    def __init__(self, session: Session, run_id: str) -> None:
        self.session = session
        self.run_id = run_id

    def tasks(self, split: str = "train", limit: int | None = None) -> list[TaskLine]:
        """The run's tasks in their order."""
        query = (
            select(TaskRow.id, TaskRow.name, TaskRow.request)
            .join(RunTaskRow, RunTaskRow.task_id == TaskRow.id)
            .where(RunTaskRow.run_id == self.run_id, RunTaskRow.split == split)
            .order_by(RunTaskRow.position)
            .limit(limit)
        )
        return [TaskLine(*row) for row in self.session.execute(query)]

    def task_counts(self) -> dict[str, int]:
        """How many tasks each split has."""
        query = (
            select(RunTaskRow.split, func.count().label("size"))
            .where(RunTaskRow.run_id == self.run_id)
            .group_by(RunTaskRow.split)
        )
        return {row.split: row.size for row in self.session.execute(query)}

    def attempts(self, task_id: str | None = None) -> list[AttemptLine]:
        """Tries at the tasks to learn from, in the order they ended; those at one task where it is given."""
        query = select(
            AttemptRow.iteration,
            AttemptRow.task_id,
            AttemptRow.solved,
            AttemptRow.solved_by,
            AttemptRow.programs,
            AttemptRow.cpu_seconds,
            AttemptRow.created_at,
        ).where(AttemptRow.run_id == self.run_id)
        if task_id is not None:
            query = query.where(AttemptRow.task_id == task_id)
        return [AttemptLine(*row) for row in self.session.execute(query.order_by(AttemptRow.created_at))]

    def sleeps(self) -> list[SleepLine]:
        record = SleepRow.record
        query = (
            select(
                SleepRow.iteration,
                record["description_length_before"].as_float(),
                record["description_length_after"].as_float(),
                func.coalesce(record["cpu_seconds"].as_float(), 0.0),
            )
            .where(SleepRow.run_id == self.run_id)
            .order_by(SleepRow.iteration)
        )
        return [SleepLine(*row) for row in self.session.execute(query)]

    def dreams(self) -> list[DreamLine]:
        network = and_(
            VersionRow.run_id == ModelRow.run_id,
            VersionRow.iteration == ModelRow.iteration,
            VersionRow.kind == "network",
        )
        query = (
            select(
                ModelRow.iteration,
                VersionRow.promoted_at.is_not(None) & VersionRow.retired_at.is_(None),
                VersionRow.retired_at.is_not(None),
                ModelRow.metrics,
                func.coalesce(ModelRow.record["cpu_seconds"].as_float(), 0.0),
                VersionRow.id.is_not(None),
            )
            .outerjoin(VersionRow, network)
            .where(ModelRow.run_id == self.run_id)
            .order_by(ModelRow.iteration)
        )
        return [DreamLine(*row) for row in self.session.execute(query)]

    def adapters(self) -> list[AdapterLine]:
        query = (
            select(
                VersionRow.iteration,
                VersionRow.name,
                VersionRow.promoted_at.is_not(None) & VersionRow.retired_at.is_(None),
                VersionRow.retired_at.is_not(None),
                VersionRow.metrics,
            )
            .where(VersionRow.run_id == self.run_id, VersionRow.kind == "adapter")
            .order_by(VersionRow.iteration)
        )
        return [AdapterLine(*row) for row in self.session.execute(query)]

    def reports(self) -> list[tuple[dict[str, Any], datetime]]:
        """Reports of finished iterations and when they ended."""
        query = (
            select(ReportRow.report, ReportRow.created_at)
            .where(ReportRow.run_id == self.run_id)
            .order_by(ReportRow.iteration)
        )
        return [(report, moment) for report, moment in self.session.execute(query)]

    def training(self) -> list[dict[str, Any]]:
        """The training events' data, in order."""
        query = (
            select(EventRow.data)
            .where(EventRow.run_id == self.run_id, EventRow.type == "training")
            .order_by(EventRow.sequence)
        )
        return list(self.session.scalars(query))

    def phase_iteration(self) -> int | None:
        """The iteration of the phase that started last; 0 is the dream before the first wake."""
        query = (
            select(EventRow.data)
            .where(EventRow.run_id == self.run_id, EventRow.type == "phase")
            .order_by(EventRow.sequence.desc())
            .limit(1)
        )
        data = self.session.scalar(query)
        return None if data is None else data["iteration"]

    def library(self) -> LibraryRow | None:
        """The library version that the run made last."""
        query = (
            select(LibraryRow)
            .join(SleepRow, SleepRow.library_id == LibraryRow.id)
            .where(SleepRow.run_id == self.run_id)
            .order_by(SleepRow.iteration.desc())
            .limit(1)
        )
        return self.session.scalar(query)

    def frontier(self, task_id: str) -> list[FrontierRow]:
        """The programs kept for a task in this run, best first."""
        query = select(FrontierRow).where(FrontierRow.run_id == self.run_id, FrontierRow.task_id == task_id)
        return list(self.session.scalars(query.order_by(FrontierRow.rank)))


def recent_runs(session: Session, limit: int = 8) -> list[RunRow]:
    """The newest runs, newest first."""
    return list(session.scalars(select(RunRow).order_by(RunRow.id.desc()).limit(limit)))
