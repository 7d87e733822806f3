"""/v1/tasks, over a real SQLite file."""

from __future__ import annotations

import contextlib
import threading

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from app.db import Database
from app.db.repositories import TaskRepository
from synthesis.task import load_tasks
from tests.app.examples import HEAD, INCREMENT, TASKS


def test_one_task_is_stored_and_found(client: TestClient) -> None:
    answer = client.post("/v1/tasks", json={"domain": "list", **INCREMENT})
    assert answer.status_code == 201
    (stored,) = answer.json()["items"]
    found = client.get(f"/v1/tasks/{stored['id']}").json()
    assert found["name"] == INCREMENT["name"]
    assert found["examples"] == INCREMENT["examples"]
    assert found["frontier"] == []


def test_many_tasks_come_back_page_by_page_in_order(client: TestClient) -> None:
    assert client.post("/v1/tasks", json={"domain": "list", "tasks": TASKS}).status_code == 201
    names, after = [], None
    while True:
        page = client.get("/v1/tasks", params={"limit": 4} | ({"after": after} if after else {})).json()
        names += [item["name"] for item in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert names == [task["name"] for task in TASKS]


def test_the_same_task_again_is_not_doubled(client: TestClient) -> None:
    first = client.post("/v1/tasks", json={"domain": "list", **HEAD})
    again = client.post("/v1/tasks", json={"domain": "list", **HEAD})
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert len(client.get("/v1/tasks").json()["items"]) == 1


def test_another_task_of_the_same_name_is_a_conflict(client: TestClient) -> None:
    client.post("/v1/tasks", json={"domain": "list", **HEAD})
    other = {**INCREMENT, "name": HEAD["name"]}
    answer = client.post("/v1/tasks", json={"domain": "list", "tasks": [INCREMENT, other]})
    assert answer.status_code == 409
    assert answer.json()["task"] == HEAD["name"]
    assert len(client.get("/v1/tasks").json()["items"]) == 1, "all or none"


def test_solve_answers_with_a_program(client: TestClient) -> None:
    answer = client.post("/v1/tasks/solve", json={"domain": "list", "seconds": 5, **INCREMENT})
    assert answer.status_code == 200, answer.text
    line = answer.json()
    assert line["solved"] and line["reason"] is None
    assert line["program"] == "(lambda (map (lambda (+ 1 $0)) $0))" or "map" in line["program"]
    assert line["python"].startswith("lambda")
    assert line["programs"] > 0 and line["log_posterior"] < 0
    assert client.get("/v1/tasks").json()["items"] == [], "nothing is stored"


def test_solve_says_why_it_found_nothing(client: TestClient) -> None:
    hard = {
        "name": "no pattern",
        "request": "list(int) -> int",
        "examples": [{"inputs": [[i]], "output": o} for i, o in enumerate((31, 7, 99, 4, 58, 12))],
    }
    line = client.post("/v1/tasks/solve", json={"domain": "list", "seconds": 0.2, **hard}).json()
    assert not line["solved"] and line["program"] is None
    assert line["reason"] == "budget" and line["detail"]


@pytest.mark.parametrize("seconds", [0, -1, 31, 1e9])
def test_solve_takes_at_most_thirty_seconds(client: TestClient, seconds: float) -> None:
    answer = client.post("/v1/tasks/solve", json={"domain": "list", "seconds": seconds, **HEAD})
    assert answer.status_code == 422


def test_two_who_store_the_same_at_once_both_have_it(database: Database) -> None:
    """The second waits for the first, and finds what that stored."""
    stored: list[tuple[str, bool]] = []

    def store() -> None:
        with database.write() as session:
            ((row, new),) = TaskRepository(session).add(load_tasks([HEAD], "list"))
            stored.append((row.id, new))

    second = threading.Thread(target=store)
    with database.write() as session:
        ((row, new),) = TaskRepository(session).add(load_tasks([HEAD], "list"))
        second.start()
        second.join(timeout=0.3)
        assert second.is_alive() and new
    second.join(timeout=60)
    assert stored == [(row.id, False)]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_connections_that_the_server_ended_are_replaced(database: Database, database_url: str) -> None:
    with database.read() as session:
        pid = session.scalar(text("SELECT pg_backend_pid()"))
    other = Database(database_url)
    with contextlib.closing(other), other.read() as session:
        session.execute(text("SELECT pg_terminate_backend(:pid, 10000)"), {"pid": pid})
    with database.read() as session:
        assert session.scalar(text("SELECT pg_backend_pid()")) != pid
