"""The loop's memory in our database: what synthesis.loop.Keeper asks for, each record in one transaction."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from app.db.models import SETTLED
from app.db.repositories import (
    ClaimRepository,
    DreamRepository,
    EventRepository,
    ModelRepository,
    RecordRepository,
    RunRepository,
)
from app.db.session import Database
from app.telemetry import trace_past
from synthesis.report import Adapter, Attempt, Dream, DreamRecord, Sleep, finite


class DatabaseKeeper:
    """Keeps one run. Every method may be called again with the same key and changes nothing then.

    `worker_id`: the worker that this process is, where others may share the wakes. `launch`: which of the
    run's launches this is; once there is a later one, this one is over.
    """

    def __init__(
        self,
        database: Database,
        run_id: str,
        stopping: threading.Event | None = None,
        worker_id: str | None = None,
        launch: int | None = None,
    ) -> None:
        self.database = database
        self.run_id = run_id
        self.stopping = stopping or threading.Event()
        self.worker_id = worker_id
        self.launch = launch

    def claim(self, iteration: int, tasks: Sequence[str], count: int) -> Sequence[str] | None:
        ids = self._ids
        with self.database.write() as session:
            claims = ClaimRepository(session, self.run_id, iteration)
            taken = claims.take(self.worker_id, [ids[name] for name in tasks], count)
        if taken is None:
            return None
        names = {id: name for name, id in ids.items()}
        return [names[id] for id in taken]

    @cached_property
    def _ids(self) -> dict[str, str]:
        with self.database.read() as session:
            return RecordRepository(session, self.run_id).task_ids()

    def solved(self) -> int:
        with self.database.read() as session:
            return RunRepository(session).solved(self.run_id)

    def attempts(self, iteration: int) -> dict[str, Attempt]:
        with self.database.read() as session:
            return RecordRepository(session, self.run_id).attempts(iteration)

    def record_attempt(self, iteration: int, attempt: Attempt) -> None:
        with self.database.write() as session:
            RecordRepository(session, self.run_id).add_attempt(iteration, attempt)
        trace_past(
            "wake of a task",
            attempt.seconds,
            run=self.run_id,
            iteration=iteration,
            task=attempt.task,
            solved=bool(attempt.entries),
            programs=attempt.programs,
        )

    def sleep(self, iteration: int) -> Sleep | None:
        with self.database.read() as session:
            return RecordRepository(session, self.run_id).sleep(iteration)

    def record_sleep(self, iteration: int, sleep: Sleep) -> None:
        with self.database.write() as session:
            RecordRepository(session, self.run_id).add_sleep(iteration, sleep)
            ClaimRepository(session, self.run_id, iteration).clear()  # its wake is over

    def dream(self, iteration: int) -> Dream | None:
        with self.database.read() as session:
            return RecordRepository(session, self.run_id).dream(iteration)

    def record_dream(self, iteration: int, dream: Dream) -> None:
        with self.database.write() as session:
            RecordRepository(session, self.run_id).add_dream(iteration, dream)

    def record_dreams(self, iteration: int, dreams: Sequence[DreamRecord]) -> None:
        with self.database.write() as session:
            DreamRepository(session).add(self.run_id, iteration, dreams)

    def adapter(self, before: int) -> Adapter | None:
        with self.database.read() as session:
            return ModelRepository(session).adapter(self.run_id, before)

    def report(self, iteration: int) -> dict[str, Any] | None:
        with self.database.read() as session:
            return RecordRepository(session, self.run_id).report(iteration)

    def record_report(self, iteration: int, report: dict[str, Any]) -> None:
        with self.database.write() as session:
            RecordRepository(session, self.run_id).add_report(iteration, finite(report))

    def emit(self, event: dict[str, Any]) -> None:
        """Append to the run's events, which people follow live."""
        type, data = event_parts(event)
        with self.database.write() as session:
            EventRepository(session).append(self.run_id, type, finite(data))

    def cancelled(self) -> bool:
        """Whether to stop here: the run was paused or cancelled, or this process is going down."""
        if self.stopping.is_set():
            return True
        with self.database.read() as session:
            run = RunRepository(session).get(self.run_id)
            return run.state in SETTLED or self.launch not in (None, run.launches)


def event_parts(event: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """An event's type and its data. An abstraction's own type is its `signature` in the one dict."""
    data = {key: value for key, value in event.items() if key != "type"}
    if "signature" in data:
        data["type"] = data.pop("signature")
    return event["type"], data
