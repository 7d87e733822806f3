"""What the overview reads: counts and short lists, in SQL, whatever there is of anything."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, cast, exists, func, select
from sqlalchemy.orm import Session

from app.db.models import (
    BATCH_ENDED,
    JOB_ENDED,
    AbstractionRow,
    AttemptRow,
    BatchRow,
    JobRow,
    LibraryRow,
    MemberRow,
    ReportRow,
    RunRow,
    RunTaskRow,
    SolvedRow,
    TaskRow,
    VersionRow,
)

#: Runs in one of these states are shown; the others have ended.
OPEN = ("running", "queued", "paused")


@dataclass(frozen=True)
class RunLine:
    """A run that has not ended. `tried` of its `tasks` in this iteration; `iterations`: none where it has no
    bound."""

    id: str
    label: str | None
    domain: str
    state: str
    iteration: int
    phase: str | None
    iterations: int | None
    tasks: int
    tried: int
    since: datetime


@dataclass(frozen=True)
class DomainLine:
    """How many of a domain's tasks are solved, and how many of these since `day` began."""

    domain: str
    tasks: int
    solved: int
    today: int


#: So long after the first solution, the curve of solved tasks has a point a minute.
_BY_MINUTES = timedelta(hours=12)


@dataclass(frozen=True)
class Queue:
    """What waits for a worker or is being carried."""

    runs: int
    jobs: int
    jobs_running: int
    batches: int


@dataclass(frozen=True)
class ModelLine:
    """The version promoted last of a domain and kind."""

    id: str
    name: str
    domain: str
    kind: str
    number: int
    promoted_at: datetime


class Overview:
    def __init__(self, session: Session) -> None:
        self.session = session

    def anything(self) -> bool:
        """Whether there is a run or a task at all."""
        return bool(self.session.scalar(select(exists(select(RunRow.id)) | exists(select(TaskRow.id)))))

    def runs_by_state(self) -> dict[str, int]:
        return dict(self.session.execute(select(RunRow.state, func.count()).group_by(RunRow.state)).all())

    def running(self, limit: int) -> list[RunLine]:
        """Runs that have not ended: those that run first, then by urgency."""
        tried = (
            select(func.count())
            .where(AttemptRow.run_id == RunRow.id, AttemptRow.iteration == RunRow.iteration)
            .scalar_subquery()
        )
        tasks = (
            select(func.count())
            .where(RunTaskRow.run_id == RunRow.id, RunTaskRow.split == "train")
            .scalar_subquery()
        )
        query = (
            select(
                RunRow.id,
                RunRow.label,
                RunRow.domain,
                RunRow.state,
                RunRow.iteration,
                RunRow.phase,
                RunRow.config["iterations"].as_integer(),
                tasks,
                tried,
                func.coalesce(RunRow.started_at, RunRow.created_at),
            )
            .where(RunRow.state.in_(OPEN))
            .order_by(RunRow.state.desc(), RunRow.priority, RunRow.id)
            .limit(limit)
        )
        lines = [RunLine(*row) for row in self.session.execute(query)]
        return sorted(lines, key=lambda line: OPEN.index(line.state))

    def newest_ended(self) -> RunRow | None:
        query = select(RunRow).where(RunRow.state.not_in(OPEN)).order_by(RunRow.id.desc()).limit(1)
        return self.session.scalar(query)

    def queue(self) -> Queue:
        jobs = dict(
            self.session.execute(
                select(JobRow.state, func.count())
                .where(JobRow.state.not_in(JOB_ENDED))
                .group_by(JobRow.state)
            ).all()
        )
        batches = select(func.count()).where(BatchRow.state.not_in(BATCH_ENDED))
        queued = select(func.count()).where(RunRow.state == "queued")
        return Queue(
            self.session.scalar(queued) or 0,
            jobs.get("queued", 0),
            jobs.get("running", 0),
            self.session.scalar(batches) or 0,
        )

    def domains(self, day: datetime) -> list[DomainLine]:
        """Those that have tasks, the largest first."""
        tasks = dict(
            self.session.execute(select(TaskRow.domain, func.count()).group_by(TaskRow.domain)).all()
        )
        solved = self._by_domain()
        today = self._by_domain(SolvedRow.solved_at >= day)
        lines = [
            DomainLine(domain, count, solved.get(domain, 0), today.get(domain, 0))
            for domain, count in tasks.items()
        ]
        return sorted(lines, key=lambda line: (-line.tasks, line.domain))

    def learned(self, day: datetime) -> int:
        """Abstractions that a version lists and that were seen first since then."""
        query = (
            select(func.count(MemberRow.abstraction_id.distinct()))
            .join(AbstractionRow, AbstractionRow.id == MemberRow.abstraction_id)
            .join(LibraryRow, LibraryRow.id == AbstractionRow.first_library_id)
            .where(LibraryRow.created_at >= day)
        )
        return self.session.scalar(query) or 0

    def iterations(self, day: datetime) -> int:
        """Iterations that ended since then."""
        return self.session.scalar(select(func.count()).where(ReportRow.created_at >= day)) or 0

    def promoted(self, day: datetime) -> int:
        """Versions of models that were promoted since then, and not rolled back."""
        query = select(func.count()).where(VersionRow.promoted_at >= day, VersionRow.retired_at.is_(None))
        return self.session.scalar(query) or 0

    def models(self, limit: int) -> list[ModelLine]:
        """For each domain and kind the version promoted last, the newest first."""
        usable = (VersionRow.promoted_at.is_not(None), VersionRow.retired_at.is_(None))
        newest = (
            select(VersionRow.domain, VersionRow.kind, func.max(VersionRow.promoted_at).label("at"))
            .where(*usable)
            .group_by(VersionRow.domain, VersionRow.kind)
            .subquery()
        )
        query = (
            select(
                VersionRow.id,
                VersionRow.name,
                VersionRow.domain,
                VersionRow.kind,
                VersionRow.number,
                VersionRow.promoted_at,
            )
            .join(
                newest,
                (newest.c.domain == VersionRow.domain)
                & (newest.c.kind == VersionRow.kind)
                & (newest.c.at == VersionRow.promoted_at),
            )
            .where(*usable)
            .order_by(VersionRow.promoted_at.desc(), VersionRow.number.desc())
            .limit(limit)
        )
        found: dict[tuple[str, str], ModelLine] = {}
        for row in self.session.execute(query):
            found.setdefault((row.domain, row.kind), ModelLine(*row))
        return list(found.values())

    def solved_over_time(self) -> dict[str, list[tuple[datetime, int]]]:
        """By domain, ends of hours and how many tasks were solved by then, from 0 on; minutes, where the
        first task was solved today. Those in which none was are left out.
        """
        first = self.session.scalar(select(func.min(SolvedRow.solved_at)))
        if first is None:
            return {}
        young = datetime.now(UTC) - first < _BY_MINUTES
        step = timedelta(minutes=1) if young else timedelta(hours=1)
        span = self._text(SolvedRow.solved_at, len("2026-11-27 10:00") if young else len("2026-11-27 10"))
        query = select(SolvedRow.domain, span, func.count()).group_by(SolvedRow.domain, span)
        found: dict[str, list[tuple[datetime, int]]] = {}
        for domain, text, count in self.session.execute(query.order_by(SolvedRow.domain, span)):
            began = datetime.fromisoformat(text).replace(tzinfo=UTC)
            line = found.setdefault(domain, [(began, 0)])
            line.append((began + step, line[-1][1] + count))
        return found

    def _text(self, moment: Any, length: int) -> ColumnElement[str]:
        """So much of a time as text, in UTC: in SQLite times are that already."""
        if self.session.get_bind().dialect.name == "postgresql":
            moment = func.to_char(func.timezone("UTC", moment), "YYYY-MM-DD HH24:MI")
        return func.substr(cast(moment, String), 1, length)

    def _by_domain(self, *those: ColumnElement[bool]) -> dict[str, int]:
        query = select(SolvedRow.domain, func.count()).where(*those).group_by(SolvedRow.domain)
        return dict(self.session.execute(query).all())
