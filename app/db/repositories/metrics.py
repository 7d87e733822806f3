"""Sums over everything, for whoever watches the service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.models import AttemptRow, ReportRow, RunRow, TaskRow


@dataclass(frozen=True)
class Searched:
    """`cpu_seconds`: of all these attempts together."""

    attempts: int
    programs: int
    cpu_seconds: float


class MetricsRepository:
    def __init__(self, session: Session) -> None:
        self.session = session

    def runs_by_state(self) -> dict[str, int]:
        return dict(self.session.execute(select(RunRow.state, func.count()).group_by(RunRow.state)).all())

    def tasks(self) -> tuple[int, int]:
        """How many there are, and how many of them some run has solved."""
        solved = select(func.count(AttemptRow.task_id.distinct())).where(AttemptRow.solved)
        stored = select(func.count()).select_from(TaskRow)
        return self.session.scalar(stored) or 0, self.session.scalar(solved) or 0

    def searched(self) -> Searched:
        """By all wakes."""
        sums = select(
            func.count(),
            func.coalesce(func.sum(AttemptRow.programs), 0),
            func.coalesce(func.sum(AttemptRow.cpu_seconds), 0.0),
        )
        attempts, programs, cpu_seconds = self.session.execute(sums.select_from(AttemptRow)).one()
        return Searched(attempts, int(programs), float(cpu_seconds))

    def report_keys(self) -> list[tuple[str, int]]:
        return [(run, i) for run, i in self.session.execute(select(ReportRow.run_id, ReportRow.iteration))]

    def report(self, run_id: str, iteration: int) -> dict[str, Any]:
        return self.session.get_one(ReportRow, (run_id, iteration)).report
