"""Whatever is sent: a 4xx problem that says what is wrong, and nothing half-stored."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.app.examples import CONTRADICTORY, HEAD, ILL_TYPED, INCREMENT, RAGGED, task

BODIES: dict[str, tuple[bytes, int]] = {
    "nothing": (b"", 400),
    "half a body": (b'{"domain": "list", ', 400),
    "not UTF-8": (b'{"domain": "\xff"}', 400),
    "NaN": (b'{"domain": "list", "name": "a", "examples": [{"inputs": [NaN], "output": 1}]}', 400),
    "infinity": (b'{"domain": "list", "name": "a", "examples": [{"inputs": [1e999], "output": 1}]}', 400),
    "an integer without end": (b'{"domain": "list", "name": ' + b"9" * 100_000 + b"}", 400),
    "nesting without end": (b"[" * 200_000, 400),
    "deep but closed": (
        b'{"domain": "list", "name": "a", "examples": ' + b"[" * 500 + b"]" * 500 + b"}",
        400,
    ),
    "a NUL": (b'{"domain": "list", "name": "a\\u0000b", "examples": []}', 400),
    "half a surrogate pair": (b'{"domain": "list", "name": "\\ud800", "examples": []}', 400),
    "half a pair as a key": (b'{"domain": "list", "\\udfff": 1}', 400),
    "too large": (b'{"domain": "' + b"x" * (9 << 20) + b'"}', 413),
    "no object": (b"17", 422),
    "null": (b"null", 422),
    "no fields": (b"{}", 422),
    "an unknown field": (json.dumps({"domain": "list", **HEAD, "surprise": 1}).encode(), 422),
    "no tasks": (b'{"domain": "list", "tasks": []}', 422),
    "an unknown domain": (json.dumps({"domain": "nowhere", **HEAD}).encode(), 422),
    "no domain": (json.dumps(HEAD).encode(), 422),
}


def is_problem(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status
    assert body["title"] and body["detail"] and body["type"] and body["instance"]
    return body


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("path", ["/v1/tasks", "/v1/tasks/solve", "/v1/runs"])
def test_a_bad_body(client: TestClient, path: str, name: str) -> None:
    body, status = BODIES[name]
    answer = client.post(path, content=body, headers={"content-type": "application/json"})
    is_problem(answer, status)
    assert client.get("/v1/tasks").json()["items"] == []


def test_a_body_of_another_type(client: TestClient) -> None:
    answer = client.post("/v1/tasks", content=b"a=1", headers={"content-type": "text/plain"})
    is_problem(answer, 415)


BIG = task("big", "list(int) -> int", ([[1]], 1), ([[1 << 70]], 2))
NULL = task("null", "list(int) -> int", ([[1]], 1), ([[None]], 2))
TEXT = task("text", "list(int) -> int", ([[1]], 1), (["ab"], 2))
WRONG_REQUEST = task("not so", "list(bool) -> int", ([[1]], 1), ([[2]], 2))
BROKEN_REQUEST = task("broken", "list(int -> ", ([[1]], 1))


@pytest.mark.parametrize(
    ("bad", "example"),
    [(RAGGED, 2), (ILL_TYPED, 2), (CONTRADICTORY, 3), (BIG, 2), (NULL, 2), (TEXT, 2), (WRONG_REQUEST, 1)],
    ids=lambda value: value["name"] if isinstance(value, dict) else str(value),
)
@pytest.mark.parametrize("path", ["/v1/tasks", "/v1/tasks/solve"])
def test_a_bad_example_is_named(client: TestClient, path: str, bad: dict[str, Any], example: int) -> None:
    problem = is_problem(client.post(path, json={"domain": "list", **bad}), 422)
    assert problem["task"] == bad["name"]
    assert problem["example"] == example


def test_one_bad_task_of_many_and_nothing_is_stored(client: TestClient) -> None:
    for bad in (RAGGED, ILL_TYPED, CONTRADICTORY, BROKEN_REQUEST, INCREMENT | {"examples": 3}, 17, None, []):
        answer = client.post("/v1/tasks", json={"domain": "list", "tasks": [HEAD, INCREMENT, bad]})
        is_problem(answer, 422)
    assert client.get("/v1/tasks").json()["items"] == []


def test_a_name_twice(client: TestClient) -> None:
    problem = is_problem(client.post("/v1/tasks", json={"domain": "list", "tasks": [HEAD, HEAD]}), 422)
    assert problem["task"] == HEAD["name"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/v1/tasks/none", 404),
        ("GET", "/v1/runs/none", 404),
        ("GET", "/v1/runs/none/events", 404),
        ("POST", "/v1/runs/none/cancel", 404),
        ("GET", "/v1/library/none", 404),
        ("DELETE", "/v1/tasks", 405),
        ("PUT", "/healthz", 405),
        ("GET", "/v1/tasks/solve", 404),
        ("GET", "/v1/tasks/%00", 422),
        ("GET", "/v1/tasks/%ed%a0%80", 422),
        ("GET", "/v1/tasks?limit=0", 422),
        ("GET", "/v1/tasks?limit=x", 422),
        ("GET", "/v1/tasks?limit=99999999999999999999999", 422),
        ("GET", "/v1/tasks?after=%00", 422),
        ("GET", "/v1/tasks?domain=%00", 422),
        ("GET", "/v1/library?domain=nowhere", 422),
        ("GET", "/v1/library?domain=%00", 422),
        ("GET", "/v1/runs?limit=501", 422),
        ("GET", "/v1/runs/none/events?after=-1", 422),
    ],
)
def test_a_bad_address(client: TestClient, method: str, path: str, status: int) -> None:
    is_problem(client.request(method, path), status)


@pytest.mark.parametrize(
    ("path", "allowed"),
    [("/v1/keys", "GET, POST"), ("/v1/keys/none", "DELETE"), ("/v1/runs/none", "GET"), ("/", "GET")],
)
def test_a_method_that_an_address_lacks(client: TestClient, path: str, allowed: str) -> None:
    answer = client.request("PATCH", path)
    is_problem(answer, 405)
    assert answer.headers["allow"] == allowed


def test_a_bug_of_ours_is_a_problem_too(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.db.repositories import TaskRepository

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(TaskRepository, "page", fail)
    assert "secret" not in is_problem(client.get("/v1/tasks"), 500)["detail"]


#: Deep or wide where a task's own words are; each says what a naive reader would do with it.
HOSTILE: dict[str, Any] = {
    "a text of 10 MB": task("a", "str -> int", (["x" * (10 << 20)], 1)),
    "a name of 1 MB": task("a" * (1 << 20), "list(int) -> int", ([[1]], 1)),
    "a type as deep as the stack": task("a", "list(" * 5000 + "int" + ")" * 5000, ([], 1)),
    "a type that names itself": task("a", "t0 = list(t0)", ([[1]], 1)),
    "a type of 2^40 parts, were it shared": task("a", "pair(" * 40 + "int" + ", int)" * 40, ([], 1)),
    "arrows without end": task("a", "int" + " -> int" * 10_000, ([1], 1)),
    "a variable for everything": task("a", "t0 -> t1", ([1], 2), (["a"], [[]])),
    "lists as deep as the stack": task("a", "int -> int", ([json.loads("[" * 31 + "]" * 31)], 1)),
    "a million small lists": task("a", "list(list(int)) -> int", ([[[]] * 1_000_000], 0)),
    "a hundred thousand examples": task("a", "int -> int", *[([n], n) for n in range(100_000)]),
    "a thousand arguments": task("a", " -> ".join(["int"] * 1001), ([1] * 1000, 1)),
    "64 bits and one more": task("a", "int -> int", ([1 << 63], 1)),
    "an integer of 40 digits": task("a", "int -> int", ([1], 10**39)),
}


@pytest.mark.parametrize("path", ["/v1/tasks", "/v1/tasks/solve"])
def test_hostile_tasks(client: TestClient, path: str) -> None:
    for name, hostile in HOSTILE.items():
        body = {"domain": "list", **hostile} | ({"seconds": 0.05} if path.endswith("solve") else {})
        answer = client.post(path, json=body)
        assert answer.status_code in (400, 413, 422), (name, answer.text[:300])
        is_problem(answer, answer.status_code)
        assert len(answer.content) < 5000, f"{name}: what was sent is not sent back"
    assert client.get("/v1/tasks").json()["items"] == []


def test_no_body_is_unpacked(client: TestClient) -> None:
    """A body says how it is packed, and a service that unpacks it is a bomb's target: ours doesn't."""
    packed = gzip.compress(b'{"domain": "' + b" " * (64 << 20) + b'"}')
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    is_problem(client.post("/v1/tasks", content=packed, headers=headers), 400)
