"""/v1/library: the current version with its abstractions, all versions, one by its hash; the shipped run."""

from __future__ import annotations

from fastapi.testclient import TestClient

from app.db import Database
from app.db.repositories import RunRepository
from app.settings import Settings
from app.workflows.keeper import DatabaseKeeper
from app.workflows.shipped import shipped_run
from tests.app.test_keeper import attempt, keeper, sleep

__all__ = ["keeper"]  # the fixture


def test_nothing_learned_yet(client: TestClient) -> None:
    assert client.get("/v1/library").json() == {"current": None, "versions": [], "next": None}


def test_what_was_learned(client: TestClient, keeper: DatabaseKeeper) -> None:
    keeper.record_attempt(1, attempt())
    keeper.record_sleep(1, sleep())
    body = client.get("/v1/library?domain=list").json()
    assert [version["size"] for version in body["versions"]] == [1]
    current = body["current"]
    assert current["content_hash"] == sleep().library.content_hash and current["run"] == keeper.run_id
    (abstraction,) = current["abstractions"]
    assert abstraction["name"] == "increment" and abstraction["type"] == "int -> int"
    assert abstraction["body"] == "#(lambda (+ $0 1))" and "+ 1" in abstraction["python"]
    assert abstraction["docstring"] == "Adds one." and abstraction["uses"] == 1
    for reference in (current["id"], current["content_hash"], current["content_hash"][:12]):
        assert client.get(f"/v1/library/{reference}").json() == current
    tasks = client.get("/v1/tasks").json()["items"]
    frontier = client.get(f"/v1/tasks/{tasks[0]['id']}").json()["frontier"]
    assert [entry["python"] for entry in frontier] == ["lambda xs: map(increment, xs)"]


def test_solve_uses_the_library_that_is_asked_for(client: TestClient, keeper: DatabaseKeeper) -> None:
    from tests.app.examples import INCREMENT

    keeper.record_sleep(1, sleep())
    reference = sleep().library.content_hash
    body = {"domain": "list", "seconds": 2, "library": reference, **INCREMENT}
    assert "increment" in client.post("/v1/tasks/solve", json=body).json()["python"]
    missing = client.post("/v1/tasks/solve", json=body | {"library": "f" * 64})
    assert missing.status_code == 404


def test_the_shipped_run_is_made_once(settings: Settings, database: Database) -> None:
    first = shipped_run(settings, database)
    assert shipped_run(settings, database) == first
    with database.read() as session:
        runs = RunRepository(session)
        assert runs.size(first) >= 60 and runs.size(first, "test") > 0
        assert runs.get(first).state == "queued"


def test_openapi_documents_every_route(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    operations = [
        operation
        for path, methods in document["paths"].items()
        for operation in methods.values()
        if path.startswith("/v1") or path == "/healthz"
    ]
    assert len(operations) >= 12
    for operation in operations:
        assert operation["operationId"] and operation["description"]
        for status, response in operation["responses"].items():
            if status.startswith(("4", "5")):
                assert list(response["content"]) == ["application/problem+json"]
