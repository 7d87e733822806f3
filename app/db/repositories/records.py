"""What a run's phases leave: attempts, sleeps, dreams, reports. Every `add` is safe to repeat.

A row's key is unique (run, iteration and, for attempts, task), so that whoever comes second changes nothing:
neither the record nor what follows from it (frontiers, abstractions, library versions).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.db.base import new_id, now
from app.db.models import (
    AttemptRow,
    FrontierRow,
    ModelRow,
    ReportRow,
    RunRow,
    RunTaskRow,
    SleepRow,
    TaskRow,
)
from app.db.repositories.abstractions import AbstractionRepository
from app.db.repositories.attempt_figures import count_attempts
from app.db.repositories.libraries import LibraryRepository
from app.db.repositories.models import ModelRepository, usable
from app.db.repositories.tasks import TaskRepository, entry_of
from app.db.repositories.upsert import insert_once
from synthesis.frontier import Frontier
from synthesis.report import Attempt, Dream, Sleep, finite

_KEY = ("run_id", "iteration")


class RecordRepository:
    """The records of one run."""

    def __init__(self, session: Session, run_id: str) -> None:
        self.session = session
        self.run_id = run_id

    def attempts(self, iteration: int) -> dict[str, Attempt]:
        """By the task's name, in no order."""
        query = select(AttemptRow.record).where(
            AttemptRow.run_id == self.run_id, AttemptRow.iteration == iteration
        )
        attempts = [Attempt.from_json(record) for record in self.session.scalars(query)]
        return {attempt.task: attempt for attempt in attempts}

    def add_attempt(self, iteration: int, attempt: Attempt) -> None:
        """Keep an attempt and, where it is new, add its programs to the task's frontier."""
        task_id = self.task_ids(attempt.task)[attempt.task]
        known = [entry_of(row) for row in self._frontier(task_id)] if attempt.entries else []
        values = {
            "run_id": self.run_id,
            "iteration": iteration,
            "task_id": task_id,
            "solved": bool(attempt.entries),
            "first_solution": bool(attempt.entries) and not known,
            "solved_by": attempt.solved_by,
            "programs": attempt.programs,
            "seconds": attempt.seconds,
            "cpu_seconds": attempt.cpu_seconds,
            "record": attempt.to_json(),
            "created_at": now(),
        }
        new = insert_once(self.session, AttemptRow, values, (*_KEY, "task_id"))
        if new and attempt.entries:
            frontier = Frontier(attempt.task, attempt.request, tuple(known)).with_entries(attempt.entries)
            self._replace(task_id, frontier)
            TaskRepository(self.session).solved(task_id)

    def sleep(self, iteration: int) -> Sleep | None:
        row = self.session.get(SleepRow, (self.run_id, iteration))
        return None if row is None else Sleep.from_json(row.record)

    def add_sleep(self, iteration: int, sleep: Sleep) -> None:
        """Keep an abstraction sleep: its library version, who uses what of it, what it retired, and the
        frontiers it rewrote.
        """
        if self.session.get(SleepRow, (self.run_id, iteration)) is not None:
            return
        before = self.session.get(SleepRow, (self.run_id, iteration - 1))
        parent_id = None if before is None else before.library_id
        library = LibraryRepository(self.session).store(
            sleep.library, parent_id, self.run_id, iteration, sleep.gains
        )
        values = {
            "run_id": self.run_id,
            "iteration": iteration,
            "library_id": library.id,
            "record": sleep.to_json(),
            "created_at": now(),
        }
        if insert_once(self.session, SleepRow, values, _KEY):
            task_ids = self.task_ids()
            row = self.session.get_one(SleepRow, (self.run_id, iteration))
            AbstractionRepository(self.session).slept(sleep, row, parent_id, task_ids)
            for frontier in sleep.frontiers.values():
                self._replace(task_ids[frontier.task], frontier)

    def dream(self, iteration: int) -> Dream | None:
        """As it was kept, but for what was promoted or rolled back since."""
        query = select(ModelRow).where(ModelRow.run_id == self.run_id, ModelRow.iteration == iteration)
        row = self.session.scalar(query)
        if row is None:
            return None
        trained = ModelRepository(self.session).of_sleep(self.run_id, iteration)
        network, adapter = trained.get("network"), trained.get("adapter")
        return replace(
            Dream.from_json(row.record, network and network.content),
            promoted=network is not None and usable(network),
            adapter_promoted=adapter is not None and usable(adapter),
        )

    def add_dream(self, iteration: int, dream: Dream) -> None:
        """Keep a dream sleep, and as versions what it trained."""
        slept = self.session.get(SleepRow, (self.run_id, iteration))
        record = dream.to_json()
        # the weights are finite; figures need not be, and JSON has nothing else
        record |= {"metrics": finite(record["metrics"]), "adapter": finite(record["adapter"])}
        values = {
            "id": new_id("model"),
            "run_id": self.run_id,
            "iteration": iteration,
            "library_id": None if slept is None else slept.library_id,
            "metrics": record["metrics"],
            "record": record,
            "created_at": now(),
        }
        if insert_once(self.session, ModelRow, values, _KEY):
            ModelRepository(self.session).add(self.run_id, iteration, dream)

    def report(self, iteration: int) -> dict[str, object] | None:
        row = self.session.get(ReportRow, (self.run_id, iteration))
        return None if row is None else row.report

    def add_report(self, iteration: int, report: Mapping[str, object]) -> None:
        values = {
            "run_id": self.run_id,
            "iteration": iteration,
            "report": dict(report),
            "attempts": self._attempt_figures(iteration),
            "created_at": now(),
        }
        insert_once(self.session, ReportRow, values, _KEY)

    def _attempt_figures(self, iteration: int) -> dict[str, object] | None:
        figures = count_attempts(self.session, self.run_id, AttemptRow.iteration == iteration)
        return figures[iteration].to_json() if figures else None

    def _frontier(self, task_id: str) -> list[FrontierRow]:
        query = select(FrontierRow).where(FrontierRow.run_id == self.run_id, FrontierRow.task_id == task_id)
        return list(self.session.scalars(query.order_by(FrontierRow.rank)))

    def _replace(self, task_id: str, frontier: Frontier) -> None:
        self.session.execute(
            delete(FrontierRow).where(FrontierRow.run_id == self.run_id, FrontierRow.task_id == task_id)
        )
        self.session.add_all(
            FrontierRow(
                run_id=self.run_id,
                task_id=task_id,
                rank=rank,
                program=entry.program,
                program_hash=_hash(entry.program),
                log_prior=entry.log_prior,
                log_likelihood=entry.log_likelihood,
                guide=entry.guide,
                iteration=entry.iteration,
            )
            for rank, entry in enumerate(frontier.entries)
        )
        self.session.flush()

    def task_ids(self, name: str | None = None) -> dict[str, str]:
        """The ids of the run's tasks by their names, or of the one with this name."""
        query = select(TaskRow.name, TaskRow.id).join(RunTaskRow, RunTaskRow.task_id == TaskRow.id)
        query = query.where(RunTaskRow.run_id == self.run_id)
        if name is not None:
            # with the domain, so that the index on both finds it among any number of tasks
            domain = select(RunRow.domain).where(RunRow.id == self.run_id).scalar_subquery()
            query = query.where(TaskRow.domain == domain, TaskRow.name == name)
        return dict(self.session.execute(query).all())


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
