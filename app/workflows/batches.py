"""A batch as DBOS workflows that a killed process takes up where they were.

One admits the batch: it reads the file, and divides its lines among *lanes*. Each lane is a chain of short
workflows, its *slices*: a slice solves lines of its lane for some seconds and leaves the rest to the next.
So a batch takes every worker that is free, on any machine, no more than its lanes wait in the queue, and
batches share: the queue serves the lane first that has had fewest slices.

Each line's answer is a row that can be written once. A slice that runs twice finds what its first try
answered and does only the rest. Whoever does the last line asks for the end, which makes files of answers.
A slice that fails whatever is tried answers the rest of its lane with a problem: every batch ends.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import structlog
from dbos import DBOS, SetEnqueueOptions, SetWorkflowID
from sqlalchemy.exc import SQLAlchemyError

from app.batches.answers import ENDPOINT, answer_line, answer_request
from app.batches.ending import end_batch
from app.batches.reading import Line, LineError, lines_of, read_input
from app.db.base import now
from app.db.models import BatchRow, ChunkRow
from app.db.repositories import BatchRepository, FileRepository
from app.db.repositories.files import parts_of
from app.errors import Internal
from app.workflows.carrier import Carrier, Stopping, require_carrier
from app.workflows.outages import through_outages
from engine import Cancellation

QUEUE, CONTROL_QUEUE = "batches", "batch-control"
LANES = 64
SLICE_SECONDS = 10.0
_PATIENCE = 12  # attempts, in about an hour: nobody does it instead
_NICE = 5  # a third of what a request's search gets, where both want the same core
_log = structlog.get_logger(__name__)


def register_queues(workers: int) -> None:
    """Where slices wait for a worker, and what begins and ends batches in between."""
    DBOS.register_queue(QUEUE, worker_concurrency=workers, polling_interval_sec=0.5)
    DBOS.register_queue(CONTROL_QUEUE, worker_concurrency=1, polling_interval_sec=0.5)


def enqueue_batch(batch_id: str) -> None:
    """Carry this batch, or end it where that is due; once, however often it is asked."""
    with require_carrier().database.read() as session:
        row = BatchRepository(session).get(batch_id)
    if is_due(row):
        _enqueue_end(batch_id)
    else:
        with SetWorkflowID(f"{batch_id}.begin"):
            DBOS.enqueue_workflow(CONTROL_QUEUE, batch, batch_id)


def is_due(row: BatchRow) -> bool:
    """Whether a batch that hasn't ended should."""
    late = row.state == "in_progress" and row.expires_at <= now()
    return late or row.state in ("finalizing", "cancelling")


@DBOS.workflow(name="batch", max_recovery_attempts=None)
def batch(batch_id: str) -> None:
    """Begin a batch. It ends by its slices."""
    try:
        lanes = _admit(batch_id)
    except Exception:  # its retries are spent; a batch that never ends would be worse than one refused
        _log.exception("a batch's file can't be read", batch=batch_id)
        lanes = _refuse(batch_id)
    for lane in range(lanes):
        _enqueue_slice(batch_id, lane, 1)


@DBOS.workflow(name="batch_slice", max_recovery_attempts=None)
def batch_slice(batch_id: str, lane: int, number: int) -> None:
    """Some seconds of one lane."""
    try:
        after = _solve(batch_id, lane)
    except Exception:  # its retries are spent; the lines are answered with what went wrong
        _log.exception("a lane of a batch is given up", batch=batch_id, lane=lane)
        after = _give_up(batch_id, lane)
    if after == "more":
        _enqueue_slice(batch_id, lane, number + 1)
    elif after == "end":
        _enqueue_end(batch_id)


@DBOS.workflow(name="batch_end", max_recovery_attempts=None)
def batch_end(batch_id: str) -> None:
    """Write a batch's files. Of one that was cancelled, without waiting for lines that are being solved."""
    _end(batch_id)


def _enqueue_end(batch_id: str) -> None:
    with SetWorkflowID(f"{batch_id}.end"):
        DBOS.enqueue_workflow(CONTROL_QUEUE, batch_end, batch_id)


def _enqueue_slice(batch_id: str, lane: int, number: int) -> None:
    with SetWorkflowID(f"{batch_id}.{lane}.{number}"), SetEnqueueOptions(priority=number):
        DBOS.enqueue_workflow(QUEUE, batch_slice, batch_id, lane, number)


@DBOS.step(name="admit_batch", retries_allowed=True, max_attempts=5)
def _admit(batch_id: str) -> int:
    """Read the file and say that the batch is in progress, or why it can't be; how many lanes it has."""
    return through_outages(lambda: _admitted(batch_id))


def _admitted(batch_id: str) -> int:
    carrier = require_carrier()
    with carrier.database.read() as session:
        row = BatchRepository(session).get(batch_id)
    if row.state != "validating":
        return row.lanes
    with carrier.at_work():
        parts = _while_serving(carrier, parts_of(carrier.database, row.input_file_id))
        reading = read_input(parts, row.endpoint, carrier.settings.max_body_bytes)
        with carrier.database.write() as session:
            batches = BatchRepository(session)
            if reading.errors:
                batches.refuse(batch_id, reading.errors)
            else:
                batches.admit(batch_id, reading.chunks, min(LANES, len(reading.chunks)))
            return batches.get(batch_id).lanes


def _while_serving(carrier: Carrier, parts: Iterator[bytes]) -> Iterator[bytes]:
    """The parts, until this process is told to stop: reading a large file takes a while."""
    for part in parts:
        if carrier.stopping.is_set():
            raise Stopping
        yield part


@DBOS.step(name="refuse_batch", retries_allowed=True, max_attempts=_PATIENCE)
def _refuse(batch_id: str) -> int:
    """End a batch that can't begin. It has no lanes."""
    error = LineError("internal_error", "the file can't be read, and the fault is ours: the log says why")

    def refused() -> int:
        with require_carrier().database.write() as session:
            BatchRepository(session).refuse(batch_id, [error.to_json(None)])
        return 0

    return through_outages(refused)


@DBOS.step(name="end_batch", retries_allowed=True, max_attempts=_PATIENCE)
def _end(batch_id: str) -> None:
    carrier = require_carrier()
    with carrier.at_work():
        through_outages(lambda: end_batch(carrier.database, batch_id))


@DBOS.step(name="solve_lines", retries_allowed=True, max_attempts=5)
def _solve(batch_id: str, lane: int) -> str:
    """Solve lines of the lane for a slice's seconds. Returns what is next: "more" of them, the "end" of the
    batch, or "nothing" while other lanes are at it."""
    carrier = require_carrier()
    with carrier.at_work():
        return through_outages(lambda: _in_background(lambda: _Slice(carrier, batch_id, lane).run()))


@DBOS.step(name="give_up_lines", retries_allowed=True, max_attempts=_PATIENCE)
def _give_up(batch_id: str, lane: int) -> str:
    """Answer what is left of the lane with a problem; what is next, as `_solve` says it."""
    carrier = require_carrier()
    with carrier.at_work():
        return through_outages(_Slice(carrier, batch_id, lane).give_up)


def _in_background(work: Callable[[], str]) -> str:
    """Do this in a thread to which the system gives what others leave: requests and runs go first."""
    outcome: list[str] = []
    failure: list[BaseException] = []

    def run() -> None:
        if sys.platform == "linux":  # elsewhere niceness is a process's, not a thread's
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
        try:
            outcome.append(work())
        except BaseException as error:
            failure.append(error)

    thread = threading.Thread(target=run, name="batch-slice", daemon=True)
    thread.start()
    thread.join()
    if failure:
        raise failure[0]
    return outcome[0]


class _Slice:
    """Some seconds of one lane of a batch."""

    def __init__(self, carrier: Carrier, batch_id: str, lane: int) -> None:
        self.carrier = carrier
        self.database = carrier.database
        self.batch_id = batch_id
        self.lane = lane
        self.until = time.monotonic() + SLICE_SECONDS

    def run(self) -> str:
        with self.carrier.watched(self.over) as cancellation:
            while (chunk := self.next_chunk()) is not None:
                for line in self.unanswered(chunk):
                    if time.monotonic() > self.until:
                        return "more"
                    self.answer(line, cancellation)
                    if cancellation.cancelled:
                        break
                if cancellation.cancelled:
                    break
                self.done(chunk)
        return self.next()

    def give_up(self) -> str:
        problem = Internal("The request failed on our side, again and again; the log says why.")
        while (chunk := self.next_chunk()) is not None:
            for line in self.unanswered(chunk):
                self.record(line, problem.status, problem.document(ENDPOINT))
            self.done(chunk)
        return self.next()

    def next(self) -> str:
        if self.carrier.stopping.is_set():
            raise Stopping
        with self.database.write() as session:
            return "end" if BatchRepository(session).close(self.batch_id) else "nothing"

    def over(self) -> bool:
        """Whether the batch takes no answers any more: it is cancelled, or its time is up."""
        with self.database.read() as session:
            row = BatchRepository(session).get(self.batch_id)
        return row.state != "in_progress" or row.expires_at <= now()

    def next_chunk(self) -> ChunkRow | None:
        if self.over():
            return None
        with self.database.read() as session:
            return BatchRepository(session).next_chunk(self.batch_id, self.lane)

    def done(self, chunk: ChunkRow) -> None:
        with self.database.write() as session:
            BatchRepository(session).chunk_done(self.batch_id, chunk.number)

    def unanswered(self, chunk: ChunkRow) -> list[Line]:
        """The chunk's requests that have no answer yet."""
        with self.database.read() as session:
            batches = BatchRepository(session)
            row = batches.get(self.batch_id)
            content = FileRepository(session).read(row.input_file_id, chunk.offset, chunk.length)
            lines = list(lines_of([content], chunk.length, chunk.first_line, chunk.offset))
            known = batches.answered(self.batch_id, chunk.first_line, lines[-1].number)
        return [line for line in lines if line.number not in known and not line.blank]

    def answer(self, line: Line, cancellation: Cancellation) -> None:
        """Solve one line and keep what came of it, but for a search that was cut short: that is no answer."""
        request = line.request()
        try:
            status, body = answer_request(self.database, request["body"], cancellation)
        except SQLAlchemyError:
            raise  # the slice is tried again
        except Exception:  # a bug of ours: this line gets an answer that says so, the others go on
            _log.exception("a line of a batch failed", batch=self.batch_id, line=line.number)
            problem = Internal("The request failed on our side; the log says why.")
            status, body = problem.status, problem.document(request["url"])
        if not cancellation.cancelled:
            self.record(line, status, body)

    def record(self, line: Line, status: int, body: dict[str, Any]) -> None:
        text = answer_line(self.batch_id, line.number, line.request()["custom_id"], status, body)
        with self.database.write() as session:
            BatchRepository(session).record(self.batch_id, line.number, status == 200, text)
