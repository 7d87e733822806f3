"""Runs: what was asked for, how far it has come, which tasks it learns from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.db.base import now
from app.db.models import (
    DEFAULT_PRIORITY,
    SETTLED,
    AttemptRow,
    ModelRow,
    ReportRow,
    RunRow,
    RunTaskRow,
    TaskRow,
)
from app.errors import Conflict, NotFound


class RunRepository:
    def __init__(self, session: Session) -> None:
        self.session = session

    def add(
        self,
        domain: str,
        config: dict[str, Any],
        train: Sequence[TaskRow],
        test: Sequence[TaskRow] = (),
        label: str | None = None,
        priority: int = DEFAULT_PRIORITY,
    ) -> RunRow:
        """A new queued run over these tasks."""
        run = RunRow(domain=domain, config=config, label=label, priority=priority)
        self.session.add(run)
        self.session.flush()
        for split, rows in (("train", train), ("test", test)):
            self.session.add_all(
                RunTaskRow(run_id=run.id, task_id=row.id, position=position, split=split)
                for position, row in enumerate(rows)
            )
        self.session.flush()
        return run

    def get(self, run_id: str) -> RunRow:
        """Raises NotFound."""
        run = self.session.get(RunRow, run_id)
        if run is None:
            raise NotFound(f"there is no run {run_id!r}")
        return run

    def by_label(self, label: str) -> RunRow | None:
        return self.session.scalar(select(RunRow).where(RunRow.label == label))

    def newest(self) -> RunRow | None:
        return self.session.scalar(select(RunRow).order_by(RunRow.id.desc()).limit(1))

    def page(self, limit: int, after: str | None) -> list[RunRow]:
        """Up to `limit` runs made after the run with id `after`, oldest first."""
        query = select(RunRow).order_by(RunRow.id).limit(limit)
        return list(self.session.scalars(query if after is None else query.where(RunRow.id > after)))

    def unsettled(self) -> list[RunRow]:
        """Runs that some workflow should be carrying."""
        return list(
            self.session.scalars(select(RunRow).where(RunRow.state.not_in(SETTLED)).order_by(RunRow.id))
        )

    def waking(self) -> list[tuple[str, int]]:
        """Runs that are in a wake whose guides are ready, with its iteration; the most urgent first."""
        ready = (ModelRow.run_id == RunRow.id) & (ModelRow.iteration == RunRow.iteration - 1)
        query = (
            select(RunRow.id, RunRow.iteration)
            .join(ModelRow, ready)
            .where(RunRow.state == "running", RunRow.phase == "wake")
        )
        return [
            (id, iteration)
            for id, iteration in self.session.execute(query.order_by(RunRow.priority, RunRow.id))
        ]

    def tasks(self, run_id: str, split: str = "train") -> list[TaskRow]:
        query = (
            select(TaskRow)
            .join(RunTaskRow, RunTaskRow.task_id == TaskRow.id)
            .where(RunTaskRow.run_id == run_id, RunTaskRow.split == split)
            .order_by(RunTaskRow.position)
        )
        return list(self.session.scalars(query))

    def size(self, run_id: str, split: str = "train") -> int:
        """How many tasks of this split the run has."""
        query = select(func.count()).where(RunTaskRow.run_id == run_id, RunTaskRow.split == split)
        return self.session.scalar(query) or 0

    def reports(self, run_id: str) -> list[dict[str, Any]]:
        query = select(ReportRow.report).where(ReportRow.run_id == run_id).order_by(ReportRow.iteration)
        return list(self.session.scalars(query))

    def solved(self, run_id: str) -> int:
        """How many of the run's tasks were solved in some iteration."""
        query = select(func.count()).where(AttemptRow.run_id == run_id, AttemptRow.first_solution)
        return self.session.scalar(query) or 0

    def progress(self, run_id: str, iteration: int, phase: str, phases: tuple[str, ...]) -> None:
        """The run is in this phase now. A resumed run passes what is done already without going back."""
        run = self.get(run_id)
        if run.state == "queued":
            run.state = "running"
            run.started_at = run.started_at or now()
        reached = -1 if run.phase is None else phases.index(run.phase)
        if (iteration, phases.index(phase)) > (run.iteration, reached):
            run.iteration, run.phase = iteration, phase

    def settle(self, run_id: str, state: str, error: str | None = None) -> bool:
        """The run ends in `state`, unless something else stopped it before; whether it did."""
        run = self.get(run_id)
        if run.state in SETTLED:
            return False
        run.state, run.error, run.finished_at = state, error, now()
        return True

    def stop(self, run_id: str, state: str) -> RunRow:
        """Pause or cancel. Raises Conflict where the run has already ended."""
        run = self.get(run_id)
        if run.state in ("finished", "failed", "cancelled"):
            raise Conflict(f"run {run_id} is {run.state}: it can't be {state} any more", state=run.state)
        run.state = state
        run.finished_at = now() if state == "cancelled" else None
        return run

    def relaunch(self, run_id: str, launches: int) -> None:
        """Have another workflow carry a run whose last one, the launch of this number, is gone."""
        going = (RunRow.id == run_id, RunRow.launches == launches, RunRow.state.not_in(SETTLED))
        self.session.execute(update(RunRow).where(*going).values(launches=launches + 1))

    def resume(self, run_id: str) -> RunRow:
        """Queue a paused run again. Raises Conflict where it is not paused."""
        run = self.get(run_id)
        if run.state != "paused":
            raise Conflict(f"run {run_id} is {run.state}, not paused", state=run.state)
        run.state, run.finished_at = "queued", None
        run.launches += 1
        return run
