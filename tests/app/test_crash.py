"""kill -9 in each of the three phases, then a start: the same run goes on, and nothing is lost or doubled.

To die inside a phase and not just near it, the test takes the database's write lock when the run enters the
phase, which then can't record its end. With the lock held it sees that the phase isn't recorded, and kills.
"""

from __future__ import annotations

import sqlite3
import subprocess
import time
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from app.db import Database
from app.db.migrate import upgrade
from app.db.repositories import RunRepository
from app.settings import Settings
from app.workflows.shipped import shipped_run
from tests.app.examples import NOISE, TASKS, task
from tests.app.serving import ROOT, Service, command, database, environment, serving

ITERATIONS = 3
CRASH_TASKS = [*TASKS, *(task(f"noise {k}", "list(int) -> int", *NOISE[k:]) for k in range(2))]
"""The last two have no program that a search could find, so that a wake takes its time."""


def wait_for_phase(connection: sqlite3.Connection, phase: str) -> int:
    """Wait until a run is inside the phase, with its end unrecorded; returns the iteration, lock held.

    The lock is held most of the time while looking: the service can hardly enter a phase and record its end
    in one gap, however starved this process is.
    """
    recorded = {"abstraction": "sleeps", "dream": "models"}
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        connection.execute("BEGIN IMMEDIATE")
        row = connection.execute("SELECT iteration FROM runs WHERE phase = ?", (phase,)).fetchone()
        if row is not None:
            (iteration,) = row
            if phase == "wake":
                query = "SELECT count(*) FROM attempts WHERE iteration = ?"
                (count,) = connection.execute(query, (iteration,)).fetchone()
                unfinished = 1 <= count < len(CRASH_TASKS)
            else:
                query = f"SELECT 1 FROM {recorded[phase]} WHERE iteration = ?"
                unfinished = connection.execute(query, (iteration,)).fetchone() is None
            if unfinished:
                return iteration
        time.sleep(0.004)
        connection.execute("ROLLBACK")
        time.sleep(0.002)
    raise AssertionError(f"the run never was inside {phase}")


def attempts(connection: sqlite3.Connection) -> dict[tuple[int, str], tuple[Any, ...]]:
    query = "SELECT iteration, task_id, record, created_at FROM attempts"
    return {(row[0], row[1]): row[2:] for row in connection.execute(query)}


@pytest.mark.slow
def test_kill_in_each_phase(tmp_path: Path) -> None:
    with serving(tmp_path) as service:
        service.post("/v1/tasks", {"domain": "list", "tasks": CRASH_TASKS})
        fields = {
            "iterations": ITERATIONS,
            "seconds": 0.5,
            "guides": ["prior"],
            "dream_seconds": 1,
            "control_tasks": 2,
        }
        run_id = service.post("/v1/runs", {"domain": "list", **fields})["id"]
        kept: dict[tuple[int, str], tuple[Any, ...]] = {}
        for phase in ("wake", "abstraction", "dream"):
            kept = kill_inside(service, phase, kept)
            service.start()
            assert [run["id"] for run in service.get("/v1/runs")["items"]] == [run_id]
        run = service.settled(run_id)
        assert run["state"] == "finished", run
        assert [report["iteration"] for report in run["reports"]] == list(range(1, ITERATIONS + 1))
        check_records(tmp_path, run_id, kept)
        for item in service.get("/v1/tasks")["items"]:
            frontier = service.get(f"/v1/tasks/{item['id']}")["frontier"]
            programs = [entry["program"] for entry in frontier]
            assert len(programs) == len(set(programs)) and len(programs) <= 5
        assert service.stop() == 0


def kill_inside(service: Service, phase: str, kept: dict[Any, Any]) -> dict[Any, Any]:
    """Kill the service inside the phase; returns the attempts there were then."""
    connection = database(service.data_dir)
    try:
        wait_for_phase(connection, phase)
        service.kill()
        connection.execute("ROLLBACK")
        now = attempts(connection)
        assert kept.items() <= now.items(), "an attempt was lost or made again"
        return now
    finally:
        connection.close()


def check_records(data_dir: Path, run_id: str, kept: dict[Any, Any]) -> None:
    connection = database(data_dir)
    try:
        now = attempts(connection)
        assert kept.items() <= now.items(), "an attempt was lost or made again"
        assert len(now) == ITERATIONS * len(CRASH_TASKS)
        one = connection.execute("SELECT count(*), count(DISTINCT iteration) FROM sleeps").fetchone()
        assert one == (ITERATIONS, ITERATIONS)
        solved = {row[0] for row in connection.execute("SELECT DISTINCT task_id FROM attempts WHERE solved")}
        with_programs = {
            row[0] for row in connection.execute("SELECT DISTINCT task_id FROM frontier_entries")
        }
        assert solved == with_programs, "what was solved once stays solved"
        assert len(solved) >= 4
        numbers = [row[0] for row in connection.execute("SELECT sequence FROM events ORDER BY sequence")]
        assert numbers == list(range(1, len(numbers) + 1))
        states = connection.execute("SELECT data FROM events WHERE type = 'run' ORDER BY sequence").fetchall()
        assert [row[0] for row in states] == ['{"state": "running"}', '{"state": "finished"}']
    finally:
        connection.close()


@pytest.mark.slow
def test_paused_resumed_and_cancelled_runs_after_a_restart(tmp_path: Path) -> None:
    """What was asked of a run holds, however the service ends right after; a finished run is left alone."""
    with serving(tmp_path) as service:
        service.post("/v1/tasks", {"domain": "list", "tasks": TASKS})
        fields = {
            "iterations": 1,
            "seconds": 0.3,
            "guides": ["prior"],
            "dream_seconds": 0.5,
            "control_tasks": 2,
        }
        run_id, other_id = (service.post("/v1/runs", {"domain": "list", **fields})["id"] for _ in range(2))
        service.post(f"/v1/runs/{run_id}/pause", {})
        service.post(f"/v1/runs/{other_id}/cancel", {})
        service.kill()
        service.start()
        assert service.get(f"/v1/runs/{run_id}")["state"] == "paused"
        assert service.get(f"/v1/runs/{other_id}")["state"] == "cancelled"
        service.post(f"/v1/runs/{run_id}/resume", {})
        before = service.settled(run_id)
        assert before["state"] == "finished", before
        assert service.stop() == 0
        service.start()
        assert service.get(f"/v1/runs/{run_id}") == before
        assert service.get(f"/v1/runs/{other_id}")["iteration"] <= 1
        assert service.get("/v1/library")["current"]["domain"] == "list"
        refused = httpx.post(f"{service.address}/v1/runs/{run_id}/resume")
        assert refused.status_code == 409 and refused.json()["state"] == "finished"


def test_a_shipped_run_that_is_finished_is_only_shown(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, database_url="")
    stored = Database(settings.database)
    upgrade(stored)
    run_id = shipped_run(settings, stored)
    with stored.write() as session:
        RunRepository(session).settle(run_id, "finished")
    stored.close()
    with serving(tmp_path, "--learn-shipped") as service:
        time.sleep(1)
        (run,) = service.get("/v1/runs")["items"]
        assert (run["id"], run["state"], run["iteration"]) == (run_id, "finished", 0)
        assert httpx.get(service.address).status_code == 200
        assert service.stop() == 0


def test_one_process_per_data_directory(tmp_path: Path) -> None:
    with serving(tmp_path):
        second = subprocess.run(
            command("serve", "--port", "0"),
            cwd=ROOT,
            env=environment(tmp_path),
            capture_output=True,
            check=False,
            timeout=60,
        )
        assert second.returncode == 2
        assert b"another wakesleep process" in second.stderr
