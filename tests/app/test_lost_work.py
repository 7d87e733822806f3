"""Work that nobody carries though no worker died: each piece of it ends all the same."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from dbos import _queue as dbos_queue
from dbos._sys_db import SystemDatabase
from sqlalchemy.exc import OperationalError

from app.db import Database
from app.db.base import now
from app.db.models import BATCH_ENDED, BatchRow, WorkerRow
from app.db.repositories import BatchRepository, FileWriter, JobRepository, TaskRepository, WorkerRepository
from app.db.repositories.files import parts_of
from app.settings import Settings
from app.workflows import batches
from app.workflows.runner import DurableRuns
from synthesis.task import load_tasks
from tests.app.databases import sqlite_copy
from tests.app.examples import HEAD

LINES = 5


@pytest.fixture(scope="module")
def runs(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DurableRuns]:
    folder = tmp_path_factory.mktemp("lost")
    url = sqlite_copy(template, folder / "wakesleep.db")
    settings = Settings(data_dir=folder, database_url=url, workers=1, silent_seconds=1.0).prepare()
    database = Database(url)
    with DurableRuns(settings, database).open() as runs:
        yield runs
    database.close()


def until(what: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + 180
    while not (found := what()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return found


def stored_batch(database: Database, content: bytes) -> str:
    draft = FileWriter(database, "lines.jsonl")
    draft.write(content)
    draft.finish()
    with database.write() as session:
        file = draft.publish(session, "batch", None)
        return BatchRepository(session).add(file.id, "/v1/tasks/solve", 24, None, None).id


def lines() -> bytes:
    body = {"domain": "list", **HEAD, "seconds": 1}
    requests = [
        {"custom_id": f"r{n}", "method": "POST", "url": "/v1/tasks/solve", "body": body} for n in range(LINES)
    ]
    return "\n".join(map(json.dumps, requests)).encode()


def ended(database: Database, batch_id: str) -> BatchRow:
    def batch() -> BatchRow | None:
        with database.read() as session:
            row = BatchRepository(session).get(batch_id)
        return row if row.state in BATCH_ENDED else None

    return until(batch)


def failures(database: Database, row: BatchRow) -> dict[str, Any]:
    """The error file's lines by their ids; there is no output file."""
    assert row.output_file_id is None and row.error_file_id is not None
    found = b"".join(parts_of(database, row.error_file_id)).splitlines()
    return {line["custom_id"]: line for line in map(json.loads, found)}


def a_job(runs: DurableRuns) -> str:
    with runs.database.write() as session:
        ((task, _),) = TaskRepository(session).add(load_tasks([HEAD], "list"))
        job = JobRepository(session).add(task.id, 1.0, None)
    runs.enqueue(job.id)
    return job.id


def is_finished(runs: DurableRuns, job_id: str) -> bool:
    with runs.database.read() as session:
        return JobRepository(session).get(job_id).state == "finished"


@pytest.mark.parametrize("known", [False, True])
def test_a_workflow_that_was_taken_and_not_begun(
    runs: DurableRuns, monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    """The database dies once a job is taken from its queue: before this is known here, or after."""
    lost: list[str] = []
    take, begin = SystemDatabase.start_queued_workflows, dbos_queue.execute_dequeued_workflow

    def lose(ids: list[str]) -> None:
        if not lost and ids and ids[0].startswith("job_"):
            lost.extend(ids)
            raise OperationalError("COMMIT", None, Exception("the server closed the connection"))

    def taking(*arguments: Any, **more: Any) -> Any:
        taken = take(*arguments, **more)
        if not known:
            lose(taken[0])
        return taken

    def beginning(dbos: Any, status: Any, owner: str) -> Any:
        lose([status["workflow_uuid"]])
        return begin(dbos, status, owner)

    monkeypatch.setattr(SystemDatabase, "start_queued_workflows", taking)
    monkeypatch.setattr(dbos_queue, "execute_dequeued_workflow", beginning)
    job_id = a_job(runs)
    until(lambda: is_finished(runs, job_id))
    assert lost == [job_id]


def test_what_a_worker_took_after_others_took_over(
    runs: DurableRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was silent for too long, takes a job before it finds out, and ends."""
    with runs.database.write() as session:
        WorkerRepository(session).register("worker_gone", "elsewhere", 1)
        WorkerRepository(session).recovered(session.get_one(WorkerRow, "worker_gone"))
    take, lost = SystemDatabase.start_queued_workflows, []

    def taking(self: SystemDatabase, *arguments: Any, **more: Any) -> Any:
        ids, reason = take(self, *arguments, **more)
        if lost or not ids or not ids[0].startswith("job_"):
            return ids, reason
        lost.extend(ids)
        table = self.tables.workflow_status
        with self.engine.begin() as connection:
            taken = table.update().where(table.c.workflow_uuid.in_(ids))
            connection.execute(taken.values(executor_id="worker_gone"))
        return [], reason

    monkeypatch.setattr(SystemDatabase, "start_queued_workflows", taking)
    job_id = a_job(runs)
    until(lambda: is_finished(runs, job_id))
    assert lost == [job_id]


def test_a_lane_that_fails_for_good(runs: DurableRuns, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(batch_id: str, lane: int) -> str:
        raise RuntimeError("a bug")

    monkeypatch.setattr(batches, "_solve", failing)
    batch_id = stored_batch(runs.database, lines())
    runs.enqueue(batch_id)
    row = ended(runs.database, batch_id)
    assert (row.state, row.failed) == ("completed", LINES)
    found = failures(runs.database, row)
    assert set(found) == {f"r{n}" for n in range(LINES)}
    assert {line["response"]["status_code"] for line in found.values()} == {500}


def test_a_file_that_cannot_be_read(runs: DurableRuns, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(batch_id: str) -> int:
        raise RuntimeError("a bug")

    monkeypatch.setattr(batches, "_admit", failing)
    batch_id = stored_batch(runs.database, lines())
    runs.enqueue(batch_id)
    row = ended(runs.database, batch_id)
    assert row.state == "failed" and row.errors and row.errors[0]["code"] == "internal_error"


def test_a_batch_whose_time_is_up_ends_without_a_slice(
    runs: DurableRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "_solve", lambda batch_id, lane: "nothing")
    batch_id = stored_batch(runs.database, lines())
    runs.enqueue(batch_id)

    def admitted() -> bool:
        with runs.database.read() as session:
            return BatchRepository(session).get(batch_id).state == "in_progress"

    until(admitted)
    with runs.database.write() as session:
        BatchRepository(session).get(batch_id).expires_at = now() - timedelta(seconds=1)
    row = ended(runs.database, batch_id)
    assert row.state == "expired"
    found = failures(runs.database, row)
    assert {line["error"]["code"] for line in found.values()} == {"batch_expired"} and len(found) == LINES
