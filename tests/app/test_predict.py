"""/v1/tasks/{id}/predict: a task's best program on new inputs."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.db import Database
from app.workflows.keeper import DatabaseKeeper
from synthesis.frontier import Entry
from synthesis.report import Attempt
from tests.app.examples import HEAD, INCREMENT

INCREASE, FIRST = "(lambda (map (lambda (+ 1 $0)) $0))", "(lambda (car $0))"


def stored(
    client: TestClient,
    database: Database,
    task: dict[str, Any],
    program: str | None = None,
    domain: str = "list",
) -> str:
    """The id of a task that a run has solved with this program, if any."""
    (item,) = client.post("/v1/tasks", json={"domain": domain, **task}).json()["items"]
    if program is not None:
        run = client.post(
            "/v1/runs", json={"domain": domain, "iterations": 1, "seconds": 1, "tasks": [item["id"]]}
        )
        keeper = DatabaseKeeper(database, run.json()["id"])
        entries = (Entry(program, -5.0, 0.0, "prior", 1),)
        attempt = Attempt(task["name"], task["request"], entries, 1.0, 1.0, 9, {}, "found", "prior")
        keeper.record_attempt(1, attempt)
    return item["id"]


def test_the_best_program_runs_on_new_inputs(client: TestClient, database: Database) -> None:
    task = stored(client, database, INCREMENT, INCREASE)
    answer = client.post(f"/v1/tasks/{task}/predict", json={"inputs": [[[5, 6]], [[]], [[-1]]]})
    assert answer.status_code == 200, answer.text
    made = answer.json()
    assert [prediction["output"] for prediction in made["predictions"]] == [[6, 7], [], [0]]
    assert made["program"] == INCREASE and made["python"].startswith("lambda xs: map(")


def test_a_case_that_fails_says_why_and_the_others_are_answered(
    client: TestClient, database: Database
) -> None:
    task = stored(client, database, HEAD, FIRST)
    made = client.post(f"/v1/tasks/{task}/predict", json={"inputs": [[[]], [[7]]]}).json()
    empty, seven = made["predictions"]
    assert empty["output"] is None and empty["error"]
    assert seven == {"output": 7, "error": None}


def test_an_unsolved_task_is_a_conflict_and_an_unknown_one_not_found(
    client: TestClient, database: Database
) -> None:
    task = stored(client, database, HEAD)
    assert client.post(f"/v1/tasks/{task}/predict", json={"inputs": [[[1]]]}).status_code == 409
    assert client.post("/v1/tasks/none/predict", json={"inputs": [[[1]]]}).status_code == 404


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ([[[1]], []], "case 2 has 0 arguments; list(int) -> int takes 1"),
        ([[[1, True]]], "case 1: the list [1, true] mixes int and bool"),
        ([["text"]], "case 1: the program takes list(int) where"),
        ([[[1 << 70]]], "doesn't fit in 64 bits"),
        ([[[1.5]]], "case 1: the program takes list(int)"),
        ([], "at least 1"),
        ("none", "list"),
    ],
)
def test_inputs_that_the_program_doesn_t_take(
    client: TestClient, database: Database, inputs: Any, said: str
) -> None:
    task = stored(client, database, HEAD, FIRST)
    answer = client.post(f"/v1/tasks/{task}/predict", json={"inputs": inputs})
    assert answer.status_code == 422 and said in answer.json()["detail"]
