"""A worker's run over a real Ray cluster of two nodes goes on when one of them dies."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from sqlalchemy import URL, func, select

from app.db import Database
from app.db.models import AttemptRow
from tests import postgres
from tests.app.examples import NOISE, TASKS, task
from tests.app.serving import Process, Service, ending
from tests.ray_cluster import kill_one, two_nodes

MANY = [*TASKS, *(task(f"noise {k}", "list(int) -> int", *NOISE[k:]) for k in range(6))]
FIELDS = {"iterations": 1, "seconds": 0.3, "guides": ["prior"], "dream_seconds": 0.3, "control_tasks": 0}


@pytest.mark.slow
@pytest.mark.timeout(1200)  # a cluster, on a busy machine
def test_a_run_goes_on_when_a_node_dies(tmp_path: Path, postgres_server: URL) -> None:
    database = Database(postgres.migrated(postgres_server, "wakesleep_ray"))
    url = database.url.render_as_string(hide_password=False)

    def attempts() -> int:
        with database.read() as session:
            return session.scalar(select(func.count()).select_from(AttemptRow)) or 0

    with two_nodes() as cluster:
        service = Service(tmp_path, "--no-worker", DATABASE_URL=url)
        worker = Process(tmp_path, "worker", "--executor", "ray", name="worker", DATABASE_URL=url)
        with ending(service, worker):
            service.start()
            worker.start()
            service.post("/v1/tasks", {"domain": "list", "tasks": MANY})
            run_id = service.post("/v1/runs", {"domain": "list", **FIELDS})["id"]
            deadline = time.monotonic() + 300
            while attempts() < 2:
                assert time.monotonic() < deadline, worker.log.read_text()
                time.sleep(0.05)
            kill_one(cluster)
            run = service.settled(run_id, seconds=900)
            assert run["state"] == "finished", run
            assert [report["solved"] for report in run["reports"]] == [len(TASKS)]
            assert attempts() == len(MANY)
    database.close()
