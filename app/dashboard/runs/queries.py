"""What the pages of runs read beyond the repositories: figures of a run, counted by the database.

No large record is read, and no list is longer than a page of it: a run may have any number of tasks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from operator import attrgetter
from typing import Any

from sqlalchemy import and_, exists, func, select
from sqlalchemy.orm import Session

from app.db.models import (
    AttemptRow,
    EventRow,
    FrontierRow,
    LibraryRow,
    MemberRow,
    ModelRow,
    ReportRow,
    RunTaskRow,
    SleepRow,
    TaskRow,
    VersionRow,
)
from app.db.repositories.attempt_figures import MAX_POINTS, AttemptFigures, Tally, count_attempts


@dataclass(frozen=True)
class TaskLine:
    """A task as the grid needs it."""

    id: str
    name: str


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
class Report:
    """The figures of a finished iteration, when it ended, and, where that was kept, what its attempts add up
    to.
    """

    iteration: int
    figures: dict[str, Any]
    ended_at: datetime
    attempts: dict[str, Any] | None

    @property
    def cpu_seconds(self) -> dict[str, float]:
        """By phase."""
        return self.figures.get("cpu_seconds") or {}


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
    """Reads one run's rows; what several panels want is read once."""

    def __init__(self, session: Session, run_id: str) -> None:
        self.session = session
        self.run_id = run_id

    @cached_property
    def task_counts(self) -> dict[str, int]:
        """How many tasks each split has."""
        query = (
            select(RunTaskRow.split, func.count())
            .where(RunTaskRow.run_id == self.run_id)
            .group_by(RunTaskRow.split)
        )
        return dict(self.session.execute(query).all())

    @cached_property
    def attempt_figures(self) -> dict[int, AttemptFigures]:
        """By iteration, in order; only what isn't kept with a report is counted."""
        kept = {
            report.iteration: AttemptFigures.from_json(report.attempts)
            for report in self.reports
            if report.attempts is not None
        }
        others = AttemptRow.iteration > len(self.reports)  # the one that goes on
        if len(kept) < len(self.reports):
            others = AttemptRow.iteration.not_in(list(kept))
        counted = count_attempts(self.session, self.run_id, others)
        return dict(sorted((kept | counted).items()))

    @property
    def tallies(self) -> list[Tally]:
        """By iteration."""
        return [tally for figures in self.attempt_figures.values() for tally in figures.tallies]

    @cached_property
    def reports(self) -> list[Report]:
        query = (
            select(ReportRow.iteration, ReportRow.report, ReportRow.created_at, ReportRow.attempts)
            .where(ReportRow.run_id == self.run_id)
            .order_by(ReportRow.iteration)
        )
        return [Report(*row) for row in self.session.execute(query)]

    @cached_property
    def sleeps(self) -> list[SleepLine]:
        reported = [
            SleepLine(
                report.iteration,
                report.figures["description_length_before"],
                report.figures["description_length_after"],
                report.cpu_seconds.get("abstraction", 0.0),
            )
            for report in self.reports
            if "description_length_after" in report.figures
        ]
        # A sleep's record has every frontier: only that of an iteration without a report is looked into.
        record = SleepRow.record
        query = select(
            SleepRow.iteration,
            record["description_length_before"].as_float(),
            record["description_length_after"].as_float(),
            func.coalesce(record["cpu_seconds"].as_float(), 0.0),
        ).where(
            SleepRow.run_id == self.run_id, SleepRow.iteration.not_in([line.iteration for line in reported])
        )
        others = [SleepLine(*row) for row in self.session.execute(query)]
        return sorted([*reported, *others], key=lambda line: line.iteration)

    @cached_property
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
                VersionRow.id.is_not(None),
            )
            .outerjoin(VersionRow, network)
            .where(ModelRow.run_id == self.run_id)
            .order_by(ModelRow.iteration)
        )
        seconds = {
            report.iteration: report.cpu_seconds["dream"]
            for report in self.reports
            if "dream" in report.cpu_seconds
        }
        unreported = select(
            ModelRow.iteration, func.coalesce(ModelRow.record["cpu_seconds"].as_float(), 0.0)
        ).where(ModelRow.run_id == self.run_id, ModelRow.iteration.not_in(list(seconds)))
        seconds |= dict(self.session.execute(unreported).all())
        return [
            DreamLine(iteration, promoted, retired, metrics, seconds[iteration], has_network)
            for iteration, promoted, retired, metrics, has_network in self.session.execute(query)
        ]

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

    def training(self) -> list[dict[str, Any]]:
        """The training events' data, in order; of very many, one in so many."""
        mine = (EventRow.run_id == self.run_id, EventRow.type == "training")
        size = self.session.scalar(select(func.count()).where(*mine)) or 0
        number = func.row_number().over(order_by=EventRow.sequence).label("number")
        numbered = select(EventRow.sequence, number).where(*mine).subquery()
        step = max(1, size // (2 * MAX_POINTS))
        query = select(EventRow.data).where(EventRow.run_id == self.run_id)
        if step == 1:
            query = query.where(EventRow.type == "training")
        else:
            query = query.join(numbered, numbered.c.sequence == EventRow.sequence).where(
                numbered.c.number % step == 0
            )
        return list(self.session.scalars(query.order_by(EventRow.sequence)))

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

    def solutions_over_time(self) -> list[tuple[datetime, int]]:
        """When tasks were first solved, and how many then were; about MAX_POINTS an iteration."""
        solutions: list[tuple[datetime, int]] = []
        before = 0
        for figures in self.attempt_figures.values():
            solutions += [(moment, before + count) for moment, count in figures.solutions]
            before = solutions[-1][1] if solutions else 0
        return solutions

    def latest_solution(self) -> tuple[str, AttemptLine] | None:
        """The task solved last for the first time, and how."""
        query = (
            select(TaskRow.name, *_ATTEMPT)
            .join(TaskRow, TaskRow.id == AttemptRow.task_id)
            .where(AttemptRow.run_id == self.run_id, AttemptRow.first_solution)
            .order_by(AttemptRow.iteration.desc(), AttemptRow.created_at.desc())
            .limit(1)
        )
        row = self.session.execute(query).first()
        return None if row is None else (row[0], AttemptLine(*row[1:]))

    def attempts(self, task_id: str) -> list[AttemptLine]:
        """Tries at a task, in order."""
        query = select(*_ATTEMPT).where(AttemptRow.task_id == task_id, AttemptRow.run_id == self.run_id)
        return [AttemptLine(*row) for row in self.session.execute(query.order_by(AttemptRow.iteration))]

    def tasks(self, state: str, limit: int, start: int) -> list[TaskLine]:
        """`limit` of the tasks to learn from after the first `start`, in the run's order; the solved ones as
        they were solved, the last one first. `state`: "all", "solved", "unsolved" (tried in vain) or
        "waiting" (not tried yet).
        """
        query = select(TaskRow.id, TaskRow.name).limit(limit).offset(start)
        if state == "solved":
            query = (
                query.join(AttemptRow, AttemptRow.task_id == TaskRow.id)
                .where(AttemptRow.run_id == self.run_id, AttemptRow.first_solution)
                .order_by(AttemptRow.iteration.desc(), AttemptRow.created_at.desc())
            )
        else:
            tried = exists().where(AttemptRow.run_id == self.run_id, AttemptRow.task_id == RunTaskRow.task_id)
            solved = tried.where(AttemptRow.solved)
            query = (
                query.join(RunTaskRow, RunTaskRow.task_id == TaskRow.id)
                .where(RunTaskRow.run_id == self.run_id, RunTaskRow.split == "train")
                .order_by(RunTaskRow.position)
            )
            if state == "unsolved":
                query = query.where(tried, ~solved)
            elif state == "waiting":
                query = query.where(~tried)
        return [TaskLine(*row) for row in self.session.execute(query)]

    def outcomes(self, task_ids: Sequence[str]) -> dict[str, AttemptLine]:
        """Of each of these tasks that was tried, its first solution or, without one, a try in vain."""
        query = select(*_ATTEMPT).where(AttemptRow.run_id == self.run_id, AttemptRow.task_id.in_(task_ids))
        # Sorted here: asked for in order, SQLite goes through all attempts of the run.
        attempts = sorted(
            (AttemptLine(*row) for row in self.session.execute(query)), key=attrgetter("iteration")
        )
        found: dict[str, AttemptLine] = {}
        for attempt in attempts:
            if attempt.task_id not in found or (attempt.solved and not found[attempt.task_id].solved):
                found[attempt.task_id] = attempt
        return found

    def abstraction_counts(self) -> tuple[int, int]:
        """How many abstractions the run's versions ever had, and how many the newest has."""
        versions = select(SleepRow.library_id, SleepRow.iteration).where(SleepRow.run_id == self.run_id)
        newest = versions.order_by(SleepRow.iteration.desc()).limit(1).subquery()
        ever = select(func.count(MemberRow.abstraction_id.distinct())).where(
            MemberRow.library_id.in_(select(versions.subquery().c.library_id))
        )
        now = select(func.count()).where(MemberRow.library_id.in_(select(newest.c.library_id)))
        return self.session.scalar(ever) or 0, self.session.scalar(now) or 0

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


_ATTEMPT = (
    AttemptRow.iteration,
    AttemptRow.task_id,
    AttemptRow.solved,
    AttemptRow.solved_by,
    AttemptRow.programs,
    AttemptRow.cpu_seconds,
    AttemptRow.created_at,
)
