"""/v1/runs without workflows behind it: what is stored, answered and refused."""

from __future__ import annotations

from itertools import product
from typing import Any

from fastapi.testclient import TestClient

from app.db import Database
from app.db.models import RUN_STATES, RunRow
from app.db.repositories import RunRepository
from app.workflows.keeper import DatabaseKeeper
from synthesis.loop import PHASES
from tests.app.conftest import RecordingLauncher
from tests.app.examples import HEAD, INCREMENT, TASKS
from tests.app.test_bad_input import is_problem
from tests.app.test_models_api import DREAM


def store(client: TestClient) -> list[str]:
    answer = client.post("/v1/tasks", json={"domain": "list", "tasks": TASKS})
    return [item["id"] for item in answer.json()["items"]]


def start(client: TestClient, **fields: object) -> dict[str, Any]:
    answer = client.post("/v1/runs", json={"domain": "list", **fields})
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_run_over_all_tasks(client: TestClient, launcher: RecordingLauncher) -> None:
    store(client)
    run = start(client, iterations=2, seconds=1, control_tasks=0)
    assert (run["state"], run["tasks"], run["solved"], run["iteration"]) == ("queued", len(TASKS), 0, 0)
    assert run["config"]["control_tasks"] == 0
    assert launcher.enqueued == [run["id"]]
    assert client.get(f"/v1/runs/{run['id']}").json()["reports"] == []
    assert [item["id"] for item in client.get("/v1/runs").json()["items"]] == [run["id"]]


def test_a_run_over_some_tasks(client: TestClient) -> None:
    ids = store(client)
    assert start(client, tasks=[ids[2], ids[0], ids[2]])["tasks"] == 2


def test_a_run_with_tasks_held_out(client: TestClient, database: Database) -> None:
    ids = store(client)
    run = start(client, test_tasks=ids[:2])
    assert run["tasks"] == len(TASKS) - 2
    with database.read() as session:
        held_out = RunRepository(session).tasks(str(run["id"]), "test")
    assert [row.id for row in held_out] == ids[:2]


def test_runs_come_back_page_by_page(client: TestClient) -> None:
    store(client)
    made = [start(client)["id"] for _ in range(3)]
    first = client.get("/v1/runs", params={"limit": 2}).json()
    second = client.get("/v1/runs", params={"limit": 2, "after": first["next"]}).json()
    assert [item["id"] for item in first["items"] + second["items"]] == made
    assert second["next"] is None


def test_runs_that_cannot_be(client: TestClient, launcher: RecordingLauncher) -> None:
    post = client.post
    is_problem(post("/v1/runs", json={"domain": "list"}), 422)  # no tasks yet
    store(client)
    is_problem(post("/v1/runs", json={"domain": "nowhere"}), 422)
    is_problem(post("/v1/runs", json={"domain": "list", "tasks": ["task_none"]}), 404)
    is_problem(post("/v1/runs", json={"domain": "list", "tasks": []}), 422)
    (first, *_) = [item["id"] for item in client.get("/v1/tasks").json()["items"]]
    twice = is_problem(
        post("/v1/runs", json={"domain": "list", "tasks": [first], "test_tasks": [first]}), 422
    )
    assert "in tasks and in test_tasks" in twice["detail"]
    is_problem(post("/v1/runs", json={"domain": "list", "iterations": 0}), 422)
    is_problem(post("/v1/runs", json={"domain": "list", "seconds": -1}), 422)
    is_problem(post("/v1/runs", json={"domain": "list", "control_tasks": -1}), 422)
    is_problem(post("/v1/runs", json={"domain": "list", "guides": ["oracle"]}), 422)
    assert (
        "model_url"
        in is_problem(post("/v1/runs", json={"domain": "list", "guides": ["model"]}), 422)["detail"]
    )
    assert client.get("/v1/runs").json()["items"] == [] and launcher.enqueued == []


def test_pause_resume_and_cancel(client: TestClient, launcher: RecordingLauncher, database: Database) -> None:
    store(client)
    run_id = start(client)["id"]

    def act(action: str) -> int:
        return client.post(f"/v1/runs/{run_id}/{action}").status_code

    assert act("resume") == 409
    assert act("pause") == 200
    assert client.get(f"/v1/runs/{run_id}").json()["state"] == "paused"
    assert act("resume") == 200
    assert launcher.enqueued == [run_id, run_id]
    with database.read() as session:
        assert RunRepository(session).get(str(run_id)).launches == 2
    assert act("cancel") == 200
    assert act("cancel") == 409 and act("pause") == 409 and act("resume") == 409
    stream = client.get(f"/v1/runs/{run_id}/events").text
    assert [line[7:] for line in stream.splitlines() if line.startswith("event: ")] == ["run"] * 3


def test_a_task_is_not_doubled_by_its_place_in_runs(client: TestClient) -> None:
    for _ in range(2):
        client.post("/v1/tasks", json={"domain": "list", "tasks": [HEAD, INCREMENT]})
        assert start(client)["tasks"] == 2


def test_a_run_is_as_urgent_as_was_said(client: TestClient, database: Database) -> None:
    store(client)
    runs = [start(client, **fields) for fields in ({}, {"priority": 500}, {"priority": 1})]
    assert [run["priority"] for run in runs] == [100, 500, 1]
    ids = [str(run["id"]) for run in runs]
    with database.write() as session:
        for run_id in ids:
            session.get_one(RunRow, run_id).state = "running"
            RunRepository(session).progress(run_id, 1, "wake", PHASES)
        assert RunRepository(session).waking() == []  # no guides yet
    for run_id in ids:
        DatabaseKeeper(database, run_id).record_dream(0, DREAM)
    with database.read() as session:
        urgent_first = [ids[2], ids[0], ids[1]]
        assert RunRepository(session).waking() == [(run_id, 1) for run_id in urgent_first]
    assert client.post("/v1/runs", json={"domain": "list", "priority": 0}).status_code == 422


MOVES = {
    ("queued", "pause"): "paused",
    ("queued", "cancel"): "cancelled",
    ("running", "pause"): "paused",
    ("running", "cancel"): "cancelled",
    ("paused", "pause"): "paused",
    ("paused", "resume"): "queued",
    ("paused", "cancel"): "cancelled",
}
"""What may be asked of a run in each state, and the state that it then has; everything else is refused."""


def test_the_states_of_a_run(client: TestClient, launcher: RecordingLauncher, database: Database) -> None:
    store(client)
    for state, action in product(RUN_STATES, ("pause", "resume", "cancel")):
        run_id = start(client)["id"]
        launcher.enqueued.clear()
        with database.write() as session:
            RunRepository(session).get(run_id).state = state
        answer = client.post(f"/v1/runs/{run_id}/{action}")
        allowed = (state, action) in MOVES
        assert answer.status_code == (200 if allowed else 409), (state, action, answer.text)
        run = client.get(f"/v1/runs/{run_id}").json()
        assert run["state"] == MOVES.get((state, action), state)
        assert launcher.enqueued == ([run_id] if (state, action) == ("paused", "resume") else [])
        if allowed:
            assert (run["finished_at"] is not None) == (run["state"] == "cancelled")
        with database.write() as session:
            late = RunRepository(session).settle(run_id, "finished")
        assert late == (run["state"] in ("queued", "running")), "a workflow that comes late changes no end"
