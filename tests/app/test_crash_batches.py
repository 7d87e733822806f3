"""kill -9 with batches in every state and jobs at work: after a start each ends with exactly what it had to
do, and what was answered before stays as it was."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from tests.app.examples import CONTRADICTORY, NOISE, TASKS, task
from tests.app.serving import Service, database, serving

NOISY = task("noise", "list(int) -> int", *NOISE)
BODIES = [
    {"domain": "list", **TASKS[0]},
    {"domain": "list", **NOISY, "seconds": 0.06},
    {"domain": "list", **CONTRADICTORY},
    {"domain": "list", **TASKS[1]},
    {"domain": "list", **NOISY, "seconds": 0.06},
]
COUNT = 60


def start(service: Service, count: int) -> str:
    requests = [
        {"custom_id": f"r{n}", "method": "POST", "url": "/v1/tasks/solve", "body": BODIES[n % len(BODIES)]}
        for n in range(count)
    ]
    answer = httpx.post(
        f"{service.address}/v1/files",
        files={"file": ("r.jsonl", "\n".join(map(json.dumps, requests)).encode())},
        data={"purpose": "batch"},
    )
    assert answer.is_success, answer.text
    fields = {"input_file_id": answer.json()["id"], "endpoint": "/v1/tasks/solve"}
    return service.post("/v1/batches", fields)["id"]


def kill_when(service: Service, batch_id: str, what: Callable[[sqlite3.Connection], bool]) -> dict[int, str]:
    """Kill the service at a moment when `what` holds, which it does while it dies: the lock on the database
    is ours. Returns the answers that the batch has then, by line."""
    connection = database(service.data_dir)
    try:
        deadline = time.monotonic() + 240
        while time.monotonic() < deadline:
            connection.execute("BEGIN IMMEDIATE")
            if what(connection):
                service.kill()
                query = "SELECT line, answer FROM batch_results WHERE batch_id = ?"
                answers = dict(connection.execute(query, (batch_id,)).fetchall())
                connection.execute("ROLLBACK")
                return answers
            connection.execute("ROLLBACK")
            time.sleep(0.01)
        raise AssertionError("the moment never came")
    finally:
        connection.close()


def one(connection: sqlite3.Connection, query: str) -> Any:
    return connection.execute(query).fetchone()[0]


def reached(service: Service, path: str, field: str, states: set[str]) -> dict[str, Any]:
    deadline = time.monotonic() + 300
    while (found := service.get(path))[field] not in states:
        assert time.monotonic() < deadline, (found, service.log.read_text()[-3000:])
        time.sleep(0.1)
    return found


def lines(service: Service, file_id: str | None) -> list[str]:
    if file_id is None:
        return []
    return httpx.get(f"{service.address}/v1/files/{file_id}/content").text.splitlines()


def check(service: Service, batch: dict[str, Any], count: int) -> tuple[list[str], list[str]]:
    """Its files' lines: together they are those that were asked for, each once."""
    output, errors = lines(service, batch["output_file_id"]), lines(service, batch["error_file_id"])
    assert batch["request_counts"]["total"] in (count, 0)
    asked = sorted(f"r{n}" for n in range(batch["request_counts"]["total"]))
    assert sorted(json.loads(line)["custom_id"] for line in output + errors) == asked
    return output, errors


@pytest.mark.slow
def test_kill_in_each_state(tmp_path: Path) -> None:
    with serving(tmp_path) as service:
        (noisy,) = service.post("/v1/tasks", {"domain": "list", **NOISY})["items"]
        job = service.post(f"/v1/tasks/{noisy['id']}/solve", {"seconds": 8, "background": True})
        endless = service.post(f"/v1/tasks/{noisy['id']}/solve", {"seconds": 3000})
        reached(service, f"/v1/jobs/{endless['id']}", "state", {"running"})
        assert service.post(f"/v1/jobs/{endless['id']}/cancel", {})["state"] == "cancelled"
        worked_on, dropped = start(service, COUNT), start(service, COUNT)

        def at_work(found: sqlite3.Connection) -> bool:
            answered = f"SELECT count(*) FROM batch_results WHERE batch_id = '{worked_on}'"
            running = one(found, "SELECT count(*) FROM jobs WHERE state = 'running'")
            return running == 1 and 2 <= one(found, answered) < COUNT

        def answered(found: sqlite3.Connection) -> bool:
            """All is answered, and the files are hardly written; where this process had to wait until they
            are, that is as well."""
            state = one(found, f"SELECT state FROM batches WHERE id = '{worked_on}'")
            query = f"SELECT count(*) FROM batch_results WHERE batch_id = '{worked_on}'"
            return state == "completed" or one(found, query) == COUNT

        service.post(f"/v1/batches/{dropped}/cancel", {})
        accepted = start(service, 5)
        kept = kill_when(service, worked_on, at_work)
        service.start()
        written = kill_when(service, worked_on, answered)
        service.start()

        batch = reached(service, f"/v1/batches/{worked_on}", "status", {"completed"})
        assert batch["request_counts"] == {"total": COUNT, "completed": 48, "failed": 12}
        output, errors = check(service, batch, COUNT)
        for answers in (kept, written):
            assert set(answers.values()) <= set(output + errors), "an answer was lost or made again"
        assert [json.loads(line)["custom_id"] for line in errors] == [f"r{n}" for n in range(2, COUNT, 5)]
        check(service, reached(service, f"/v1/batches/{dropped}", "status", {"cancelled"}), COUNT)
        check(service, reached(service, f"/v1/batches/{accepted}", "status", {"completed"}), 5)
        done = reached(service, f"/v1/jobs/{job['id']}", "state", {"finished"})
        assert done["result"]["reason"] == "budget" and done["result"]["cpu_seconds"] <= 12
        assert service.get(f"/v1/jobs/{endless['id']}")["state"] == "cancelled"
        connection = database(tmp_path)
        assert one(connection, "SELECT count(*) FROM batch_results") == 0
        connection.close()
        assert service.stop() == 0
