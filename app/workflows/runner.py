"""A learning run as a DBOS workflow: one step per phase, so that a killed process goes on where it was.

Two records make that safe. DBOS remembers which phases ended; the keeper remembers, within a phase, each
task that was attempted. A phase that runs twice finds what its first try kept and does only the rest.

The workflow holds nothing but the run's id: tasks, configuration and library are read from our database.
"""

from __future__ import annotations

import fcntl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import structlog
from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetWorkflowID

from app.db.repositories import EventRepository, RunRepository
from app.db.repositories.tasks import to_task
from app.db.session import Database
from app.errors import Conflict
from app.settings import WORKFLOW_VERSION, Settings
from app.workflows.keeper import DatabaseKeeper
from synthesis.keeper import RunConfig
from synthesis.loop import PHASES, run_phase
from synthesis.task import Task

_QUEUE = "runs"
_STOP_SECONDS = 5.0
_log = structlog.get_logger(__name__)


class Stopping(BaseException):
    """This process is going down: leave the workflow as it is, for the next one. No Exception, because DBOS
    would record an Exception as the phase's outcome."""


@dataclass
class _Carrier:
    """What workflows of this process work with."""

    database: Database
    model_key: str
    stopping: threading.Event = field(default_factory=threading.Event)
    #: Workflow threads at work, so that a stop can wait for them.
    busy: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(1))


_carrier: _Carrier | None = None


class DurableRuns:
    """Carries runs in this process's threads. One per data directory; `open` it once."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.settings = settings
        self.database = database

    @contextmanager
    def open(self) -> Iterator[DurableRuns]:
        """Start the workflows, those that an earlier process left behind first; stop them at the end.

        Raises Conflict where another process carries the runs of this data directory.
        """
        global _carrier
        with _exclusive(self.settings):
            _carrier = _Carrier(self.database, self.settings.key)
            self._launch()
            try:
                self._recover()
                yield self
            finally:
                _carrier.stopping.set()
                # A phase looks up between two tasks. If it doesn't in time, the next start repeats it.
                _carrier.busy.acquire(timeout=_STOP_SECONDS)
                DBOS.destroy()

    def enqueue(self, run_id: str) -> None:
        """Carry this queued run, once, however often it is asked."""
        with self.database.read() as session:
            launches = RunRepository(session).get(run_id).launches
        with SetWorkflowID(f"{run_id}.{launches}"):
            DBOS.enqueue_workflow(_QUEUE, learning_run, run_id)

    def _launch(self) -> None:
        config: DBOSConfig = {
            "name": "wakesleep",
            "system_database_url": self.settings.workflow_database,
            "application_version": WORKFLOW_VERSION,
            "executor_id": "wakesleep",
            # The default would be pickle.
            "serializer": DBOSPortableJSONSerializer(),
            "log_level": "ERROR",
        }
        DBOS(config=config)
        DBOS.launch()
        DBOS.register_queue(_QUEUE, worker_concurrency=1, polling_interval_sec=0.2)

    def _recover(self) -> None:
        """Enqueue the runs that were accepted but whose workflow was not: the process died in between."""
        with self.database.read() as session:
            waiting = [run.id for run in RunRepository(session).unsettled()]
        for run_id in waiting:
            self.enqueue(run_id)


@DBOS.workflow(name="learning_run", max_recovery_attempts=None)
def learning_run(run_id: str) -> str:
    """All phases of all iterations of a run; returns the state it ends in."""
    iterations = _iterations(run_id)
    for iteration in range(1, iterations + 1):
        for phase in PHASES:
            state = _phase(run_id, iteration, phase)
            if state != "running":
                return state
    return _settle(run_id, "finished", None)


@DBOS.step(name="iterations")
def _iterations(run_id: str) -> int:
    with _require_carrier().database.read() as session:
        return RunConfig.from_json(RunRepository(session).get(run_id).config).iterations


@DBOS.step(name="phase")
def _phase(run_id: str, iteration: int, phase: str) -> str:
    """One phase; returns the run's state after it. An error ends the run as failed, saying why."""
    carrier = _require_carrier()
    tasks, tests, config = _plan(run_id)
    with carrier.database.write() as session:
        run = RunRepository(session).get(run_id)
        if run.state not in ("queued", "running"):
            return run.state
        if run.state == "queued":
            EventRepository(session).append(run_id, "run", {"state": "running"})
        RunRepository(session).progress(run_id, iteration, phase, PHASES)
    keeper = DatabaseKeeper(carrier.database, run_id, carrier.stopping)
    with carrier.busy:
        try:
            run_phase(phase, iteration, tasks, config, keeper, tests, carrier.model_key)
        except Exception as error:
            _log.exception("a run failed", run=run_id, iteration=iteration, phase=phase)
            return _settle_now(
                run_id, "failed", f"{phase} of iteration {iteration}: {type(error).__name__}: {error}"
            )
    if carrier.stopping.is_set():
        raise Stopping
    with carrier.database.read() as session:
        return RunRepository(session).get(run_id).state


@DBOS.step(name="settle")
def _settle(run_id: str, state: str, error: str | None) -> str:
    return _settle_now(run_id, state, error)


def _settle_now(run_id: str, state: str, error: str | None) -> str:
    with _require_carrier().database.write() as session:
        runs = RunRepository(session)
        if runs.settle(run_id, state, error):
            data: dict[str, Any] = {"state": state} if error is None else {"state": state, "error": error}
            EventRepository(session).append(run_id, "run", data)
        return runs.get(run_id).state


def _plan(run_id: str) -> tuple[list[Task], list[Task], RunConfig]:
    """The run's training tasks, its test tasks, and its configuration."""
    with _require_carrier().database.read() as session:
        runs = RunRepository(session)
        config = RunConfig.from_json(runs.get(run_id).config)
        train, test = ([to_task(row) for row in runs.tasks(run_id, split)] for split in ("train", "test"))
        return train, test, config


def _require_carrier() -> _Carrier:
    if _carrier is None:
        raise RuntimeError("a workflow ran before DurableRuns was opened")
    return _carrier


@contextmanager
def _exclusive(settings: Settings) -> Iterator[None]:
    """Hold the data directory: two processes that recovered the same runs would do them twice."""
    settings.prepare()
    with (settings.data_dir / "serve.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Conflict(
                f"another wakesleep process works in {settings.data_dir}: stop it, or set WAKESLEEP_DATA_DIR"
            ) from None
        yield
