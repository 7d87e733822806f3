"""What the pages of tasks read beyond the repositories: how far each task of a page is, who tried one."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.models import (
    JOB_ENDED,
    AbstractionRow,
    AttemptRow,
    FrontierRow,
    JobRow,
    RunRow,
    RunTaskRow,
)
from engine import Term

#: Attempts and solves of one task that its page lists; the newest.
SHOWN = 50
#: Attempts whose samples are looked through for near misses.
_RECORDS = 3


@dataclass(frozen=True)
class Standing:
    """Where a task is: "solved", "searching" (a job is at it), "unsolved" (tried in vain) or "new"."""

    state: str
    guide: str | None = None


@dataclass(frozen=True)
class AttemptLine:
    """One run's try at the task in one iteration."""

    run_id: str
    label: str | None
    iteration: int
    solved: bool
    solved_by: str | None
    programs: int
    seconds: float
    cpu_seconds: float
    created_at: datetime


@dataclass(frozen=True)
class AbstractionLine:
    """A learned function that a program uses."""

    id: str
    name: str
    docstring: str
    type: str
    body: str


class TaskQueries:
    def __init__(self, session: Session) -> None:
        self.session = session

    def standings(self, task_ids: Sequence[str]) -> dict[str, Standing]:
        """By task. No more than a page of them."""
        best = select(FrontierRow.task_id, FrontierRow.guide).where(
            FrontierRow.task_id.in_(task_ids), FrontierRow.rank == 0
        )
        found = dict(self.session.execute(best.order_by(FrontierRow.run_id)).all())
        jobs = select(JobRow.task_id, JobRow.state, JobRow.solved).where(JobRow.task_id.in_(task_ids))
        states: dict[str, str] = dict.fromkeys(found, "solved")
        for task_id, state, solved in self.session.execute(jobs):
            if solved:
                states[task_id] = "solved"
            elif state not in JOB_ENDED:
                states.setdefault(task_id, "searching")
            elif state == "finished":
                states.setdefault(task_id, "unsolved")
        tried = select(AttemptRow.task_id).where(AttemptRow.task_id.in_(task_ids)).distinct()
        for task_id in self.session.scalars(tried):
            states.setdefault(task_id, "unsolved")
        return {each: Standing(states.get(each, "new"), found.get(each)) for each in task_ids}

    def attempts(self, task_id: str) -> list[AttemptLine]:
        """The newest tries at a task, newest first."""
        query = (
            select(
                AttemptRow.run_id,
                RunRow.label,
                AttemptRow.iteration,
                AttemptRow.solved,
                AttemptRow.solved_by,
                AttemptRow.programs,
                AttemptRow.seconds,
                AttemptRow.cpu_seconds,
                AttemptRow.created_at,
            )
            .join(RunRow, RunRow.id == AttemptRow.run_id)
            .where(AttemptRow.task_id == task_id)
            .order_by(AttemptRow.run_id.desc(), AttemptRow.iteration.desc())
            .limit(SHOWN)
        )
        return [AttemptLine(*row) for row in self.session.execute(query)]

    def record(self, run_id: str, iteration: int, task_id: str) -> dict[str, Any] | None:
        """One attempt as synthesis gave it."""
        row = self.session.get(AttemptRow, (run_id, iteration, task_id))
        return None if row is None else row.record

    def newest_records(self, task_id: str) -> list[tuple[str, int, dict[str, Any]]]:
        """The newest few attempts, newest first: run, iteration and what synthesis gave."""
        query = (
            select(AttemptRow.run_id, AttemptRow.iteration, AttemptRow.record)
            .where(AttemptRow.task_id == task_id)
            .order_by(AttemptRow.run_id.desc(), AttemptRow.iteration.desc())
            .limit(_RECORDS)
        )
        return [(run_id, iteration, record) for run_id, iteration, record in self.session.execute(query)]

    def budget(self, run_id: str) -> float | None:
        """CPU seconds that each of a run's searches may take."""
        seconds = self.session.scalar(select(RunRow.config["seconds"].as_float()).where(RunRow.id == run_id))
        return None if seconds is None else float(seconds)

    def jobs(self, task_id: str) -> list[JobRow]:
        """The newest solves of a task, newest first."""
        query = select(JobRow).where(JobRow.task_id == task_id).order_by(JobRow.id.desc()).limit(SHOWN)
        return list(self.session.scalars(query))

    def searching(self, task_id: str) -> str | None:
        """The job that is at a task."""
        query = select(JobRow.id).where(JobRow.task_id == task_id, JobRow.state.not_in(JOB_ENDED))
        return self.session.scalar(query.limit(1))

    def runs(self, task_id: str) -> int:
        """How many runs have the task: what they learned from can't be deleted."""
        query = select(func.count()).select_from(RunTaskRow).where(RunTaskRow.task_id == task_id)
        return self.session.scalar(query) or 0

    def abstractions(self, domain: str, terms: Sequence[Term]) -> dict[Term, AbstractionLine]:
        """What is known of these learned functions; those that no version ever held are left out."""
        hashes = {hashlib.sha256(str(term).encode()).hexdigest(): term for term in terms}
        query = select(
            AbstractionRow.body_hash,
            AbstractionRow.id,
            AbstractionRow.name,
            AbstractionRow.docstring,
            AbstractionRow.type,
            AbstractionRow.body,
        ).where(AbstractionRow.domain == domain, AbstractionRow.body_hash.in_(list(hashes)))
        return {hashes[found[0]]: AbstractionLine(*found[1:]) for found in self.session.execute(query)}


def recent_runs(session: Session, limit: int = 50) -> list[tuple[str, str]]:
    """The newest runs: id and what to call it."""
    query = select(RunRow.id, RunRow.label, RunRow.domain).order_by(RunRow.id.desc()).limit(limit)
    return [(id_, label or f"{domain}, {id_[-8:]}") for id_, label, domain in session.execute(query)]
