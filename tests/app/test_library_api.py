"""/v1/library: the current version with its abstractions, all versions, one by its hash; the shipped run."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from fastapi.testclient import TestClient

from app.db import Database
from app.db.repositories import RunRepository
from app.settings import Settings
from app.workflows.keeper import DatabaseKeeper
from app.workflows.shipped import shipped_run
from library.exports.forms import read_library
from library.snapshot import Library
from synthesis.frontier import Frontier
from synthesis.report import Sleep
from tests.app.examples import INCREMENT
from tests.app.test_bad_input import is_problem
from tests.app.test_keeper import BODY, attempt, keeper, sleep

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


def test_one_abstraction_and_its_graph(client: TestClient, keeper: DatabaseKeeper) -> None:
    keeper.record_sleep(1, sleep())
    bare = {name: Frontier(name, frontier.request) for name, frontier in sleep().frontiers.items()}
    gone = Sleep(Library.initial("list"), bare, (), 20.0, 18.5, 0.1, savings={"increment": 1.5})
    keeper.record_sleep(2, gone)
    current = client.get("/v1/library").json()["current"]
    parent = client.get(f"/v1/library/{current['parent']}").json()
    (learned,) = parent["abstractions"]
    assert (learned["gain"], learned["weight"], parent["retired"]) == (None, 0.0, [])
    assert learned["first_seen"]["library"] == parent["id"]
    found = client.get(f"/v1/abstractions/{learned['id']}").json()
    assert (found["name"], found["body"], found["built_from"]) == ("increment", BODY, [])
    assert [task["name"] for task in found["used_by"]] == [INCREMENT["name"]]
    assert [(version["library"], version["uses"]) for version in found["versions"]] == [(parent["id"], 1)]
    assert found["retirements"] == current["retired"] and found["next"] is None
    (retired,) = current["retired"]
    assert retired["abstraction"] == {"id": learned["id"], "name": "increment"}
    assert (retired["iteration"], retired["saving"]) == (2, 1.5)
    graph = client.get(f"/v1/library/{parent['id']}/graph").json()
    assert [node["name"] for node in graph["nodes"]] == ["increment"] and graph["edges"] == []
    assert client.get(f"/v1/library/{current['id']}/graph").json()["nodes"] == []


def test_what_changed_between_two_versions(client: TestClient, keeper: DatabaseKeeper) -> None:
    bare = {name: Frontier(name, frontier.request) for name, frontier in sleep().frontiers.items()}
    keeper.record_sleep(1, Sleep(Library.initial("list"), bare, (), 20.0, 20.0, 0.1))
    keeper.record_sleep(2, sleep())
    current = client.get("/v1/library").json()["current"]
    before, after = current["parent"], current["id"]
    found = client.get(f"/v1/library/{before}/diff/{after}").json()
    assert found["after"] == current["content_hash"] and found["domain"] == "list"
    assert [one["name"] for one in found["added"]] == ["increment"] and found["retired"] == []
    back = client.get(f"/v1/library/{after}/diff/{before}").json()
    assert [one["body"] for one in back["retired"]] == [BODY] and back["added"] == []
    same = client.get(f"/v1/library/{after}/diff/{current['content_hash']}").json()
    assert not any(same[key] for key in ("added", "retired", "renamed", "rewritten", "weights"))
    is_problem(client.get(f"/v1/library/{after}/diff/library_none"), 404)


def test_a_version_as_a_file(client: TestClient, keeper: DatabaseKeeper, tmp_path: Path) -> None:
    keeper.record_sleep(1, sleep())
    current = client.get("/v1/library").json()["current"]
    address = f"/v1/library/{current['id']}/export"
    answer = client.get(address)
    name = f"list_library_{current['content_hash'][:8]}"
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}_json.json"'
    assert Library.from_json(answer.json()).content_hash == current["content_hash"]
    stitch = client.get(f"{address}?format=stitch").json()
    assert [one["name"] for one in stitch["abstractions"]] == ["increment"]
    assert client.get(f"{address}?format=dreamcoder").json()["productions"]
    answer = client.get(f"{address}?format=python")
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        archive.extractall(tmp_path)
    assert read_library(tmp_path / name, "list").content_hash == current["content_hash"]
    is_problem(client.get(f"{address}?format=pickle"), 422)
    is_problem(client.get("/v1/library/library_none/export"), 404)


def test_abstractions_that_are_not_there(client: TestClient) -> None:
    is_problem(client.get("/v1/abstractions/abstraction_none"), 404)
    is_problem(client.get("/v1/abstractions/no%20id"), 422)
    is_problem(client.get("/v1/library/library_none/graph"), 404)


def test_versions_come_back_page_by_page(client: TestClient, keeper: DatabaseKeeper) -> None:
    keeper.record_sleep(1, sleep())
    for iteration in (2, 3):
        weights = (*Library.initial("list").weights, -float(iteration))
        library = Library("list", sleep().library.abstractions, weights)
        keeper.record_sleep(iteration, Sleep(library, sleep().frontiers, (), 2.0, 1.0, 0.1))
    first = client.get("/v1/library", params={"limit": 2}).json()
    second = client.get("/v1/library", params={"limit": 2, "after": first["next"]}).json()
    iterations = [version["iteration"] for version in first["versions"] + second["versions"]]
    assert (iterations, second["next"]) == ([1, 2, 3], None)
    (learned,) = first["current"]["abstractions"]
    path = f"/v1/abstractions/{learned['id']}"
    first = client.get(path, params={"limit": 2}).json()
    second = client.get(path, params={"limit": 2, "after": first["next"]}).json()
    iterations = [version["iteration"] for version in first["versions"] + second["versions"]]
    assert (iterations, second["next"]) == ([1, 2, 3], None)


def test_solve_uses_the_library_that_is_asked_for(client: TestClient, keeper: DatabaseKeeper) -> None:
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
        if path.startswith("/v1") or path in ("/healthz", "/readyz", "/metrics")
    ]
    assert len(operations) >= 12
    for operation in operations:
        assert operation["operationId"] and operation["description"]
        for status, response in operation["responses"].items():
            if status.startswith(("4", "5")):
                assert list(response["content"]) == ["application/problem+json"]
