"""Solving a stored task: at once, as a job, cancelled; what is found stays with the task. Filters of tasks,
and their deletion."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.db import Database
from app.db.repositories import JobRepository, RunRepository, TaskRepository
from app.errors import Conflict
from app.settings import Settings
from app.workflows.config import run_config
from app.workflows.keeper import DatabaseKeeper
from synthesis.frontier import Entry
from tests.app.conftest import RecordingLauncher
from tests.app.examples import HEAD, INCREMENT, LENGTH, NOISE, SUM, task
from tests.app.test_keeper import INCREMENT_PROGRAM, attempt

NOISY = task("noise 50%", "list(int) -> int", *NOISE)
ENTRY = Entry("(lambda (head $0))", -3.0, 0.0, "prior", 0)


def store(client: TestClient, *tasks: dict[str, Any]) -> list[str]:
    answer = client.post("/v1/tasks", json={"domain": "list", "tasks": list(tasks)})
    assert answer.status_code == 201, answer.text
    return [item["id"] for item in answer.json()["items"]]


def names(client: TestClient, **query: Any) -> list[str]:
    answer = client.get("/v1/tasks", params=query)
    assert answer.status_code == 200, answer.text
    return [item["name"] for item in answer.json()["items"]]


def test_a_task_is_solved_at_once_and_its_programs_stay(client: TestClient) -> None:
    first, noisy = store(client, HEAD, NOISY)
    answer = client.post(f"/v1/tasks/{first}/solve", json={"seconds": 5})
    assert answer.status_code == 200, answer.text
    job = answer.json()
    assert (job["state"], job["task"], job["result"]["solved"]) == ("finished", first, True)
    assert client.get(f"/v1/jobs/{job['id']}").json() == job
    frontier = client.get(f"/v1/tasks/{first}").json()["frontier"]
    assert frontier[0]["program"] == job["result"]["program"]
    assert {(program["run"], program["job"]) for program in frontier} == {(None, job["id"])}
    predicted = client.post(f"/v1/tasks/{first}/predict", json={"inputs": [[[7, 8]]]}).json()
    assert predicted["predictions"][0]["output"] == 7

    unsolved = client.post(f"/v1/tasks/{noisy}/solve", json={"seconds": 0.05}).json()
    assert (unsolved["state"], unsolved["result"]["reason"]) == ("finished", "budget")
    assert client.get(f"/v1/tasks/{noisy}").json()["frontier"] == []
    assert client.post(f"/v1/tasks/{noisy}/predict", json={"inputs": [[[7, 8]]]}).status_code == 409


def test_a_long_solve_is_a_job(client: TestClient, launcher: RecordingLauncher) -> None:
    (noisy,) = store(client, NOISY)
    for body in ({"seconds": 31}, {"seconds": 1, "background": True}):
        answer = client.post(f"/v1/tasks/{noisy}/solve", json=body)
        job = answer.json()
        assert (answer.status_code, job["state"], job["result"]) == (202, "queued", None)
        assert answer.headers["location"] == f"/v1/jobs/{job['id']}"
        assert launcher.enqueued[-1] == job["id"]
    assert client.post(f"/v1/jobs/{job['id']}/cancel").json()["state"] == "cancelled"
    assert client.post(f"/v1/jobs/{job['id']}/cancel").status_code == 409
    assert client.get(f"/v1/jobs/{job['id']}").json()["state"] == "cancelled"


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/tasks/task_none/solve", {}, 404),
        ("/v1/tasks/task_none/solve", {"background": True}, 404),
        ("/v1/tasks/{id}/solve", {"seconds": 31, "background": False}, 422),
        ("/v1/tasks/{id}/solve", {"seconds": 0}, 422),
        ("/v1/tasks/{id}/solve", {"library": "none"}, 404),
        ("/v1/tasks/{id}/solve", {"library": "none", "background": True}, 404),
        ("/v1/jobs/job_none/cancel", {}, 404),
    ],
)
def test_solves_that_cannot_be(client: TestClient, path: str, body: dict[str, Any], status: int) -> None:
    (first,) = store(client, HEAD)
    answer = client.post(path.format(id=first), json=body)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_states_of_a_job(client: TestClient, database: Database) -> None:
    """What ended stays as it is, whoever comes late."""
    (first,) = store(client, HEAD)
    ends = {
        "finished": lambda jobs, id: jobs.finish(id, {"name": "x"}, [ENTRY]),
        "failed": lambda jobs, id: jobs.fail(id, "why"),
        "cancelled": lambda jobs, id: jobs.cancel(id),
    }
    for state, end in ends.items():
        for begun in (False, True):
            with database.write() as session:
                jobs = JobRepository(session)
                job = jobs.add(first, 1.0, None)
                assert job.state == "queued"
                if begun:
                    assert jobs.begin(job.id) is not None and job.state == "running"
                end(jobs, job.id)
                assert job.state == state and job.finished_at is not None and not jobs.running(job.id)
                kept = (job.state, job.finished_at, job.result, job.programs, job.error)
                assert jobs.begin(job.id) is None
                assert jobs.finish(job.id, {}, []) is None
                jobs.fail(job.id, "late")
                with pytest.raises(Conflict):
                    jobs.cancel(job.id)
                assert (job.state, job.finished_at, job.result, job.programs, job.error) == kept
    with database.read() as session:
        assert JobRepository(session).unsettled() == []


def test_tasks_are_filtered(client: TestClient, database: Database, settings: Settings) -> None:
    ids = dict(
        zip(
            ("increment", "head", "length", "noise"),
            store(client, INCREMENT, HEAD, LENGTH, NOISY),
            strict=True,
        )
    )
    config = run_config(settings, "list", 1, 1.0).to_json()
    with database.write() as session:
        tasks = TaskRepository(session)
        rows = {name: tasks.get(id) for name, id in ids.items()}
        run = RunRepository(session).add("list", config, [rows["increment"]], [rows["noise"]])
        jobs = JobRepository(session)
        entry = Entry(INCREMENT_PROGRAM, -1.0, 0.0, "prior", 0)
        jobs.finish(jobs.add(ids["head"], 1.0, None).id, {}, [entry])
    DatabaseKeeper(database, run.id).record_attempt(1, attempt())
    every = [INCREMENT["name"], HEAD["name"], LENGTH["name"], NOISY["name"]]
    assert names(client) == names(client, domain="list") == every
    assert names(client, domain="text") == []
    assert names(client, solved=True) == every[:2]
    assert names(client, solved=False) == every[2:]
    assert names(client, run=run.id) == [every[0], every[3]]
    assert names(client, run=run.id, solved=True) == every[:1]
    assert names(client, name="FIRST") == [HEAD["name"]]
    assert names(client, name="50%") == [NOISY["name"]] and names(client, name="5_%") == []
    assert names(client, solved=True, name="add", limit=1) == [INCREMENT["name"]]
    assert client.get("/v1/tasks", params={"run": "run_none"}).status_code == 404
    assert client.get("/v1/tasks", params={"solved": "perhaps"}).status_code == 422


def test_a_task_is_deleted_with_what_was_found_for_it(client: TestClient) -> None:
    first, learned = store(client, HEAD, SUM)
    job = client.post(f"/v1/tasks/{first}/solve", json={"seconds": 5}).json()
    assert client.delete(f"/v1/tasks/{first}").json() == {"id": first, "deleted": True}
    assert (
        client.get(f"/v1/tasks/{first}").status_code == client.delete(f"/v1/tasks/{first}").status_code == 404
    )
    assert client.get(f"/v1/jobs/{job['id']}").status_code == 404
    assert client.post("/v1/runs", json={"domain": "list", "tasks": [learned]}).status_code == 201
    refused = client.delete(f"/v1/tasks/{learned}")
    assert refused.status_code == 409 and refused.json()["run"].startswith("run_")
