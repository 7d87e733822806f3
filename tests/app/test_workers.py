"""Two workers over one PostgreSQL share a run, and it survives the death of either."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, select

from app.db import Database
from app.db.models import AttemptRow, ClaimRow, RunRow, WorkerRow
from tests import postgres
from tests.app.examples import NOISE, TASKS, task
from tests.app.serving import Process, Service, ending

SILENT = {"WAKESLEEP_SILENT_SECONDS": "4", "WAKESLEEP_WORKERS": "1"}
MANY = [*TASKS, *(task(f"noise {k}", "list(int) -> int", *NOISE[k:]) for k in range(6))]
FIELDS = {"iterations": 2, "seconds": 0.15, "guides": ["prior"], "dream_seconds": 0.5, "control_tasks": 0}


@pytest.fixture
def shared(postgres_server: URL) -> Iterator[Database]:
    """A database for several processes, and a look into it."""
    database = Database(postgres.migrated(postgres_server, "wakesleep_workers"))
    yield database
    database.close()


def processes(data_dir: Path, database: Database) -> tuple[Service, Process, Process]:
    """An API that does no work itself, and two workers."""
    url = database.url.render_as_string(hide_password=False)
    service = Service(data_dir, "--no-worker", DATABASE_URL=url, **SILENT)
    one, two = (Process(data_dir, "worker", name=n, DATABASE_URL=url, **SILENT) for n in ("one", "two"))
    return service, one, two


def claimants(database: Database) -> Counter[str]:
    """By worker, how many tasks it has claimed and attempted so far."""
    with database.read() as session:
        joined = select(ClaimRow.worker_id).join(
            AttemptRow,
            (AttemptRow.run_id == ClaimRow.run_id)
            & (AttemptRow.iteration == ClaimRow.iteration)
            & (AttemptRow.task_id == ClaimRow.task_id),
        )
        return Counter(session.scalars(joined))


@pytest.mark.slow
def test_two_workers_share_a_run_and_one_dies(tmp_path: Path, shared: Database) -> None:
    service, one, two = processes(tmp_path, shared)
    with ending(service, one, two):
        for process in (one, two):
            process.launch()
        service.start()
        service.post("/v1/tasks", {"domain": "list", "tasks": MANY})
        run_id = service.post("/v1/runs", {"domain": "list", **FIELDS})["id"]
        deadline = time.monotonic() + 300
        while len(claimants(shared)) < 2:
            assert time.monotonic() < deadline, (one.log.read_text(), two.log.read_text())
            time.sleep(0.1)
        victim, survivor = carrier_first(shared, one, two)
        victim.kill()
        run = service.settled(run_id)
        assert run["state"] == "finished", run
        assert [report["iteration"] for report in run["reports"]] == [1, 2]
        with shared.read() as session:
            attempts = list(session.execute(select(AttemptRow.iteration, AttemptRow.task_id)))
            workers = {row.pid: row for row in session.scalars(select(WorkerRow))}
        assert len(attempts) == len(set(attempts)) == 2 * len(MANY)
        assert victim.process is not None and survivor.process is not None
        assert workers[victim.process.pid].recovered_at is not None
        assert workers[survivor.process.pid].stopped_at is None
        assert service.stop() == 0 and survivor.stop() == 0


def carrier_first(database: Database, one: Process, two: Process) -> tuple[Process, Process]:
    """The two workers, the one that carries the run first: its death is the harder one."""
    with database.read() as session:
        (run,) = session.scalars(select(RunRow))
        assert run.state == "running"
        executor = session.connection().exec_driver_sql(
            "SELECT executor_id FROM dbos.workflow_status WHERE status = 'PENDING'"
        )
        pid = session.get_one(WorkerRow, executor.scalar_one()).pid
    assert one.process is not None
    return (one, two) if one.process.pid == pid else (two, one)
