"""A learning run as a DBOS workflow: one step per phase, so that a killed process goes on where it was.

Two records make that safe. DBOS remembers which phases ended; the keeper remembers, within a phase, each
task that was attempted. A phase that runs twice finds what its first try kept and does only the rest.

The workflow holds nothing but the run's id: tasks, configuration and library are read from our database.
Which launch of the run it is stands in the workflow's id.
"""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetEnqueueOptions, SetWorkflowID
from sqlalchemy.exc import DBAPIError

from app.db.base import new_id
from app.db.models import BatchRow
from app.db.repositories import (
    BatchRepository,
    EventRepository,
    JobRepository,
    RunRepository,
    WorkerRepository,
)
from app.db.session import Database
from app.settings import WORKFLOW_VERSION, Settings
from app.telemetry import traced
from app.workflows import batches, jobs
from app.workflows.alone import exclusive
from app.workflows.batches import enqueue_batch
from app.workflows.carrier import Carrier, Stopping, require_carrier, set_carrier
from app.workflows.heartbeat import STOPPED_ONLY, Heartbeat
from app.workflows.helping import Helper
from app.workflows.jobs import enqueue_job
from app.workflows.keeper import DatabaseKeeper
from app.workflows.outages import through_outages
from app.workflows.plan import read_plan
from app.workflows.unstarted import Unstarted, pending_executors
from synthesis.keeper import RunConfig
from synthesis.loop import PHASES, run_phase

_QUEUE = "runs"
_STOP_SECONDS = 5.0
#: The executor of every process before workers had ids of their own.
_FORMER_EXECUTOR = "wakesleep"
_log = structlog.get_logger(__name__)


class DurableRuns:
    """Carries runs in this process's threads, or only accepts them for those that do; `open` it once.

    On SQLite one process has the data directory to itself. On PostgreSQL any number of them share the work.
    """

    def __init__(self, settings: Settings, database: Database, works: bool = True) -> None:
        self.settings = settings
        self.database = database
        self.works = works
        #: What is known to be enqueued, and whether for its end.
        self._seen: set[tuple[str, bool]] = set()

    @contextmanager
    def open(self) -> Iterator[DurableRuns]:
        """Start the workflows, those that an earlier process left behind first; stop them at the end.

        Raises Conflict where another process carries the runs of this data directory.
        """
        with exclusive(self.settings):
            worker_id = new_id("worker" if self.works else "api")
            carrier = Carrier(self.database, self.settings, worker_id if self.works else None)
            set_carrier(carrier)
            if self.works:
                with self.database.write() as session:
                    WorkerRepository(session).register(worker_id, socket.gethostname(), os.getpid())
            self._launch(worker_id)
            silent = self.settings.silent_seconds
            unstarted = Unstarted(worker_id)

            def look() -> None:
                self.enqueue_waiting()
                if not carrier.stopping.is_set():
                    unstarted.put_back()
                    self._take_back()

            heartbeat = Heartbeat(self.database, worker_id, silent, _recover, _end_process, look)
            try:
                if self.works:
                    self._begin(carrier, heartbeat)
                yield self
            finally:
                carrier.stopping.set()
                # A phase looks up between two tasks. If it doesn't in time, another process repeats it.
                carrier.wait(_STOP_SECONDS)
                DBOS.destroy()
                if self.works:
                    heartbeat.stop()

    def _take_back(self) -> None:
        """Put back what workers took after others had taken over from them."""
        executors = pending_executors()
        with self.database.read() as session:
            gone = WorkerRepository(session).taken_over(executors)
        if gone and (workflows := _recover(gone)):
            _log.warning("took over again from workers that lived on", workers=gone, workflows=workflows)

    def enqueue(self, work: str, /) -> None:
        """Carry this queued run, batch or job, once, however often it is asked."""
        if work.startswith("batch_"):
            enqueue_batch(work)
        elif work.startswith("job_"):
            enqueue_job(work)
        else:
            self._enqueue_run(work)

    def _enqueue_run(self, run_id: str) -> None:
        with self.database.read() as session:
            run = RunRepository(session).get(run_id)
        with SetWorkflowID(f"{run_id}.{run.launches}"), SetEnqueueOptions(priority=run.priority):
            DBOS.enqueue_workflow(_QUEUE, learning_run, run_id)

    def enqueue_waiting(self) -> None:
        """Enqueue what was accepted but whose workflow was not: the process died in between."""
        with self.database.read() as session:
            waiting = RunRepository(session).unsettled()
            others = [*BatchRepository(session).unsettled(), *JobRepository(session).unsettled()]
        for row in others:
            # a batch that is to end, since it was cancelled or its time is up, has another one
            due = isinstance(row, BatchRow) and batches.is_due(row)
            if (row.id, due) not in self._seen:
                self.enqueue(row.id)
                self._seen.add((row.id, due))
        for run in waiting:
            workflow_id = f"{run.id}.{run.launches}"
            if (workflow_id, False) not in self._seen:
                self.enqueue(run.id)
                self._seen.add((workflow_id, False))
            elif run.state == "running" and _ended_in_error(workflow_id):
                _log.error("a run's workflow ended before the run: launching it again", run=run.id)
                with self.database.write() as session:
                    RunRepository(session).relaunch(run.id, run.launches)

    def _launch(self, executor_id: str) -> None:
        config: DBOSConfig = {
            "name": "wakesleep",
            "system_database_url": self.settings.workflow_database,
            "application_version": WORKFLOW_VERSION,
            "executor_id": executor_id,
            # The default would be pickle.
            "serializer": DBOSPortableJSONSerializer(),
            "log_level": "ERROR",
        }
        DBOS(config=config)
        if not self.works:
            DBOS.listen_queues([])
        DBOS.launch()
        DBOS.register_queue(_QUEUE, worker_concurrency=1, polling_interval_sec=0.2)
        batches.register_queues(self.settings.workers)
        jobs.register_queue(self.settings.workers)

    def _begin(self, carrier: Carrier, heartbeat: Heartbeat) -> None:
        if self.settings.single_process:
            # Whoever worked here is gone: the data directory is ours.
            heartbeat.take_over(0.0)
            _recover([_FORMER_EXECUTOR])
        else:
            heartbeat.take_over(STOPPED_ONLY)
        heartbeat.start()
        self.enqueue_waiting()
        if not self.settings.single_process:
            Helper(carrier).start()


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
    def iterations() -> int:
        with require_carrier().database.read() as session:
            return RunConfig.from_json(RunRepository(session).get(run_id).config).iterations

    return through_outages(iterations)


@DBOS.step(name="phase")
def _phase(run_id: str, iteration: int, phase: str) -> str:
    """One phase; returns the run's state after it. An error ends the run as failed, saying why."""
    launch = int((DBOS.workflow_id or "").rpartition(".")[2])
    with (
        structlog.contextvars.bound_contextvars(run=run_id, iteration=iteration, phase=phase),
        traced(f"phase {phase}", run=run_id, iteration=iteration, phase=phase),
    ):
        return through_outages(lambda: _carry(run_id, launch, iteration, phase))


def _carry(run_id: str, launch: int, iteration: int, phase: str) -> str:
    carrier = require_carrier()
    with carrier.database.write() as session:
        run = RunRepository(session).get(run_id)
        if run.launches != launch:
            return "superseded"
        if run.state not in ("queued", "running"):
            return run.state
        if run.state == "queued":
            EventRepository(session).append(run_id, "run", {"state": "running"})
        RunRepository(session).progress(run_id, iteration, phase, PHASES)
    keeper = DatabaseKeeper(carrier.database, run_id, carrier.stopping, carrier.worker_id, launch)
    with carrier.at_work(), carrier.turn.own():
        try:
            plan = read_plan(carrier, run_id)
            run_phase(
                phase, iteration, plan.tasks, plan.config, keeper, plan.test_tasks, carrier.settings.key
            )
        except Exception as error:
            if isinstance(error, DBAPIError) and carrier.database.is_outage(error):
                raise
            _log.exception("a run failed")
            return _settle_now(
                run_id, "failed", f"{phase} of iteration {iteration}: {type(error).__name__}: {error}"
            )
    if carrier.stopping.is_set():
        raise Stopping
    with carrier.database.read() as session:
        run = RunRepository(session).get(run_id)
        return run.state if run.launches == launch else "superseded"


@DBOS.step(name="settle")
def _settle(run_id: str, state: str, error: str | None) -> str:
    return through_outages(lambda: _settle_now(run_id, state, error))


def _settle_now(run_id: str, state: str, error: str | None) -> str:
    with require_carrier().database.write() as session:
        runs = RunRepository(session)
        if runs.settle(run_id, state, error):
            data: dict[str, Any] = {"state": state} if error is None else {"state": state, "error": error}
            EventRepository(session).append(run_id, "run", data)
        return runs.get(run_id).state


def _ended_in_error(workflow_id: str) -> bool:
    """Whether DBOS gave a workflow up, which none of our own errors makes it do."""
    status = DBOS.get_workflow_status(workflow_id)
    return status is not None and status.status == "ERROR"


def _recover(executors: list[str]) -> int:
    """Put back into their queues the workflows that these left unfinished; how many."""
    return len(DBOS._recover_pending_workflows(executors))


def _end_process() -> None:
    """In good order, so that whoever started it can start it anew."""
    os.kill(os.getpid(), signal.SIGTERM)
