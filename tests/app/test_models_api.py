"""/v1/models: what sleeps trained, by version; promoted and rolled back, and the next wake honours it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.db import Database
from app.db.repositories import EventRepository, ModelRepository
from app.workflows.keeper import DatabaseKeeper
from synthesis.report import Adapter, Dream
from tests.app.test_abstractions import started
from tests.app.test_bad_input import BODIES, is_problem
from tests.app.test_keeper import keeper, sleep

__all__ = ["keeper"]  # the fixture

DREAM = Dream(((0.0, -1.5),), b"\x00\xff", True, "ab", {"dreams": {"fantasies": 7}}, 1.0)


def adapter(name: str, parent: str | None = None) -> Adapter:
    return Adapter(
        f"recognition-{name}", f"/models/{name}", "lora", "tiny", "a" * 64, "d" * 64, parent, {"valid": 0.8}
    )


def slept(keeper: DatabaseKeeper, iteration: int, name: str, promoted: bool = True) -> None:
    """A dream sleep that tuned an adapter and no network."""
    before = keeper.adapter(iteration)
    made = adapter(name, before and before.name)
    keeper.record_dream(
        iteration, replace(DREAM, network=None, promoted=False, adapter=made, adapter_promoted=promoted)
    )


def listed(client: TestClient, **wanted: Any) -> dict[str, dict[str, Any]]:
    """Versions by name, without "recognition-"."""
    items = client.get("/v1/models", params=wanted).json()["items"]
    return {item["name"].removeprefix("recognition-"): item for item in items}


def in_use(client: TestClient) -> list[str]:
    return [name for name, item in listed(client).items() if item["in_use"]]


def used(keeper: DatabaseKeeper, before: int = 100) -> str | None:
    found = keeper.adapter(before)
    return found and found.name.removeprefix("recognition-")


def told(database: Database, run_id: str) -> list[dict[str, Any]]:
    with database.read() as session:
        return [row.data for row in EventRepository(session).after(run_id, 0) if row.type == "model"]


def test_nothing_trained_yet(client: TestClient) -> None:
    assert client.get("/v1/models").json() == {"items": [], "next": None}


def test_a_sleep_that_trained_nothing_has_no_version(client: TestClient, keeper: DatabaseKeeper) -> None:
    keeper.record_dream(0, replace(DREAM, network=None, promoted=False))
    assert listed(client) == {}
    assert keeper.dream(0) == replace(DREAM, network=None, promoted=False)


def test_a_sleep_keeps_a_network_and_an_adapter(client: TestClient, keeper: DatabaseKeeper) -> None:
    keeper.record_sleep(1, sleep())
    both = replace(
        DREAM,
        metrics={"dreams": {"fantasies": 7}, "training": {"steps": 3}},
        adapter=replace(adapter("a"), metrics={"valid": 0.8, "loss": float("inf")}),
        adapter_promoted=True,
        data_hash="e" * 64,
    )
    keeper.record_dream(1, both)
    network, tuned = client.get("/v1/models").json()["items"]
    library = client.get("/v1/library").json()["current"]["id"]
    for version in (network, tuned):
        assert (version["domain"], version["run"], version["iteration"]) == ("list", keeper.run_id, 1)
        assert (version["number"], version["library"], version["parent"]) == (1, library, None)
        assert version["promoted"] and version["in_use"] and version["promoted_at"]
        assert version["retired_at"] is None and version["reason"] is None
        detail = client.get(f"/v1/models/{version['id']}").json()
        assert detail == version | {"dreams_kept": 0, "dreams_made": {"fantasies": 7}}
    assert (network["kind"], network["base"], network["data_hash"]) == ("network", None, "e" * 64)
    assert network["name"] == f"network-{network['sha256'][:12]}" and network["metrics"] == {"steps": 3}
    assert (tuned["kind"], tuned["base"], tuned["name"]) == ("adapter", "tiny", "recognition-a")
    assert (tuned["sha256"], tuned["data_hash"]) == ("a" * 64, "d" * 64)
    assert tuned["metrics"] == {"valid": 0.8, "loss": None}
    kept = keeper.dream(1)
    assert kept is not None and kept.adapter is not None
    assert kept == replace(both, adapter=replace(kept.adapter, metrics={"valid": 0.8, "loss": None}))


def test_versions_are_numbered_by_domain_and_kind(
    client: TestClient, database: Database, keeper: DatabaseKeeper
) -> None:
    other = started(database)
    for number, (one, iteration) in enumerate([(keeper, 0), (other, 0), (keeper, 1), (other, 1)]):
        slept(one, iteration, str(number))
        slept(one, iteration, "again")
    items = listed(client, kind="adapter", domain="list")
    assert {name: item["number"] for name, item in items.items()} == {"0": 1, "1": 2, "2": 3, "3": 4}
    assert [item["parent"] and item["parent"]["name"] for item in items.values()] == [
        None,
        None,
        "recognition-0",
        "recognition-1",
    ]
    assert list(listed(client, run=other.run_id)) == ["1", "3"]
    assert listed(client, kind="network") == {} == listed(client, domain="text")
    first = client.get("/v1/models?limit=3").json()
    rest = client.get(f"/v1/models?limit=3&after={first['next']}").json()
    assert first["items"] + rest["items"] == list(items.values()) and rest["next"] is None
    assert in_use(client) == ["2", "3"]  # one for each run


def test_an_adapter_rolled_back_gives_way_to_the_one_before(
    client: TestClient, database: Database, keeper: DatabaseKeeper
) -> None:
    for iteration, (name, promoted) in enumerate([("a", True), ("b", False), ("c", True)]):
        slept(keeper, iteration, name, promoted)
    ids = {name: item["id"] for name, item in listed(client).items()}
    assert in_use(client) == ["c"] and used(keeper) == "c"

    answer = client.post(f"/v1/models/{ids['c']}/rollback", json={"reason": "solves less"})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["instead"] == {"id": ids["a"], "name": "recognition-a"}
    assert (body["promoted"], body["in_use"], body["reason"]) == (False, False, "solves less")
    assert body["retired_at"] >= body["promoted_at"]
    assert in_use(client) == ["a"] and used(keeper) == "a"
    kept = keeper.dream(2)
    assert kept is not None and not kept.adapter_promoted and kept.adapter == adapter("c", "recognition-a")

    for name in ("b", "c"):  # neither is in use
        is_problem(client.post(f"/v1/models/{ids[name]}/rollback"), 409)
    # without a body too, and with nothing before it
    assert client.post(f"/v1/models/{ids['a']}/rollback").json()["instead"] is None
    assert in_use(client) == [] and used(keeper) is None

    for _ in range(2):  # safe to repeat
        body = client.post(f"/v1/models/{ids['c']}/promote").json()
        assert body["in_use"] and body["retired_at"] is None and body["reason"] is None
    assert in_use(client) == ["c"] and used(keeper) == "c" and used(keeper, before=2) is None
    found = [
        (event["action"], event["name"], event.get("instead")) for event in told(database, keeper.run_id)
    ]
    assert found == [
        ("rolled back", "recognition-c", "recognition-a"),
        ("rolled back", "recognition-a", None),
        ("promoted", "recognition-c", None),
    ]
    assert told(database, keeper.run_id)[0] == {
        "action": "rolled back",
        "reason": "solves less",
        "instead": "recognition-a",
        "id": ids["c"],
        "kind": "adapter",
        "name": "recognition-c",
        "iteration": 2,
    }


def test_an_older_adapter_can_be_promoted_until_the_next_sleep(
    client: TestClient, keeper: DatabaseKeeper
) -> None:
    for iteration, name in enumerate("abc"):
        slept(keeper, iteration, name)
    ids = {name: item["id"] for name, item in listed(client).items()}
    assert client.post(f"/v1/models/{ids['a']}/promote").json()["in_use"]
    assert in_use(client) == ["a"] and used(keeper) == "a"
    is_problem(client.post(f"/v1/models/{ids['c']}/rollback"), 409)
    slept(keeper, 3, "d")
    assert in_use(client) == ["d"]
    for name, instead in (("d", "a"), ("a", "c"), ("c", "b")):
        model_id = listed(client)[name]["id"]
        answer = client.post(f"/v1/models/{model_id}/rollback").json()
        assert answer["instead"]["name"] == f"recognition-{instead}" and in_use(client) == [instead]


def test_a_network_rolled_back_is_not_promoted_for_the_next_wake(
    client: TestClient, database: Database, keeper: DatabaseKeeper
) -> None:
    keeper.record_sleep(1, sleep())
    keeper.record_dream(0, replace(DREAM, network=b"before"))
    keeper.record_dream(1, DREAM)
    before, version = client.get("/v1/models?kind=network").json()["items"]
    assert version["parent"] == {"id": before["id"], "name": before["name"]}
    hash_ = sleep().library.content_hash
    with database.read() as session:
        assert ModelRepository(session).network(hash_) == DREAM.network

    body = client.post(f"/v1/models/{version['id']}/rollback").json()
    assert body["instead"] is None and not body["in_use"]
    assert keeper.dream(1) == replace(DREAM, promoted=False)
    assert keeper.dream(0) == replace(DREAM, network=b"before")
    with database.read() as session:
        assert ModelRepository(session).network(hash_) is None

    client.post(f"/v1/models/{version['id']}/promote")
    assert keeper.dream(1) == DREAM
    assert [event["action"] for event in told(database, keeper.run_id)] == ["rolled back", "promoted"]


def test_the_run_page_says_what_was_rolled_back(client: TestClient, keeper: DatabaseKeeper) -> None:
    keeper.record_dream(0, DREAM)
    keeper.record_dream(1, replace(DREAM, promoted=False))
    (version, _) = client.get("/v1/models").json()["items"]
    address = f"/runs/{keeper.run_id}/panels/training"
    panel = client.get(address).text
    assert panel.count(">promoted<") == 1 and panel.count("no better than the prior") == 1
    client.post(f"/v1/models/{version['id']}/rollback")
    panel = client.get(address).text
    assert panel.count(">rolled back<") == 1 and panel.count("no better than the prior") == 1


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/models/none", 404),
        ("GET", "/v1/models/%00", 422),
        ("POST", "/v1/models/none/promote", 404),
        ("POST", "/v1/models/none/rollback", 404),
        ("POST", "/v1/models/%00/rollback", 422),
        ("GET", "/v1/models/none/rollback", 405),
        ("DELETE", "/v1/models/none", 405),
        ("GET", "/v1/models?run=none", 404),
        ("GET", "/v1/models?kind=prior", 422),
        ("GET", "/v1/models?domain=%00", 422),
        ("GET", "/v1/models?after=%00", 422),
        ("GET", "/v1/models?limit=0", 422),
    ],
)
def test_a_bad_address(client: TestClient, method: str, path: str, status: int) -> None:
    is_problem(client.request(method, path), status)


@pytest.mark.parametrize("name", [name for name in BODIES if name not in ("nothing", "null", "no fields")])
def test_a_bad_body(client: TestClient, keeper: DatabaseKeeper, name: str) -> None:
    slept(keeper, 0, "a")
    path = f"/v1/models/{listed(client)['a']['id']}/rollback"
    body, status = BODIES[name]
    answer = client.post(path, content=body, headers={"content-type": "application/json"})
    is_problem(answer, status)
    is_problem(client.post(path, json={"reason": 1}), 422)
    is_problem(client.post(path, json={"reason": "x" * 1001}), 422)
    is_problem(client.post(path, content=b"a=1", headers={"content-type": "text/plain"}), 415)
    assert in_use(client) == ["a"]
