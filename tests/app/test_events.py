"""/v1/runs/{id}/events through a real server: from the start, from Last-Event-ID, live, to the end."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx2 as httpx
import pytest
import uvicorn

from app.api import create_app
from app.db import Database
from app.db.repositories import EventRepository, RunRepository, TaskRepository
from app.settings import Settings
from synthesis.task import load_tasks
from tests.app.conftest import RecordingLauncher
from tests.app.examples import TASKS


@pytest.fixture
def address(settings: Settings, database: Database, launcher: RecordingLauncher) -> Iterator[str]:
    listener = socket.create_server(("127.0.0.1", 0))
    app = create_app(settings, database, launcher)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=10)


@pytest.fixture
def run_id(database: Database) -> str:
    with database.write() as session:
        rows = [row for row, _ in TaskRepository(session).add(load_tasks(TASKS, "list"))]
        return RunRepository(session).add("list", {}, rows).id


def emit(database: Database, run_id: str, *numbers: int) -> None:
    with database.write() as session:
        for number in numbers:
            EventRepository(session).append(run_id, "task", {"number": number})


def end(database: Database, run_id: str) -> None:
    with database.write() as session:
        RunRepository(session).settle(run_id, "finished")
        EventRepository(session).append(run_id, "run", {"state": "finished"})


def events(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    event: dict[str, Any] = {}
    for line in lines:
        if line:
            key, _, value = line.partition(": ")
            event[key] = value
        elif event:
            yield event
            event = {}


def test_from_the_start_to_the_end(address: str, database: Database, run_id: str) -> None:
    emit(database, run_id, 7, 8)
    end(database, run_id)
    with httpx.stream("GET", f"{address}/v1/runs/{run_id}/events", timeout=10) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        seen = list(events(stream.iter_lines()))
    assert [event["id"] for event in seen] == ["1", "2", "3"]
    assert [event["event"] for event in seen] == ["task", "task", "run"]
    assert seen[0]["data"] == '{"number": 7}'


def test_live_and_again_from_the_last_seen(address: str, database: Database, run_id: str) -> None:
    emit(database, run_id, 1)
    with httpx.stream("GET", f"{address}/v1/runs/{run_id}/events", timeout=10) as stream:
        following = events(stream.iter_lines())
        assert next(following)["id"] == "1"
        emit(database, run_id, 2)
        started = time.monotonic()
        last = next(following)
        assert last["id"] == "2" and time.monotonic() - started < 5
    # the connection is gone; more happens
    emit(database, run_id, 3, 4)
    end(database, run_id)
    headers = {"Last-Event-ID": last["id"]}
    with httpx.stream("GET", f"{address}/v1/runs/{run_id}/events", headers=headers, timeout=10) as stream:
        assert [event["id"] for event in events(stream.iter_lines())] == ["3", "4", "5"]


def test_numbers_have_no_gaps_though_many_write(database: Database, run_id: str) -> None:
    threads = [
        threading.Thread(target=lambda: [emit(database, run_id, n) for n in range(20)]) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as session:
        rows = EventRepository(session).after(run_id, 0)
    assert [row.sequence for row in rows] == list(range(1, 81))
