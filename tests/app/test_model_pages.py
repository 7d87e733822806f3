"""The pages of models: versions with what decided, and the decisions that an administrator takes."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from app.access import Scope
from app.dashboard.models.verdicts import verdict
from app.db import Database
from app.db.models import VersionRow
from app.db.repositories import KeyRepository, ModelRepository
from app.workflows.keeper import DatabaseKeeper
from synthesis.report import Adapter
from tests.app.test_keeper import keeper
from tests.app.test_models_api import DREAM, adapter, in_use, listed
from tests.app.test_signing import sign_in, token

__all__ = ["keeper"]  # the fixture

HELD_OUT = {"prior": 15.0, "grammar": 13.0, "decoder": 12.0}


def network(keeper: DatabaseKeeper, iteration: int, promoted: bool = True) -> None:
    training = {"steps": 900, "held_out": HELD_OUT, "parameters": 4321}
    content = bytes([iteration])
    dream = replace(DREAM, network=content, promoted=promoted, metrics={"training": training})
    keeper.record_dream(iteration, dream)


def tuned(keeper: DatabaseKeeper, iteration: int, name: str) -> None:
    before = keeper.adapter(iteration)
    made: Adapter = adapter(name, before and before.name)
    measured = {"held_out_base": {"fantasy": 30.0}, "held_out_in_use": {"fantasy": 28.0}}
    made = replace(made, metrics={**measured, "held_out": {"fantasy": 26.5, "hindsight": 40.0}})
    keeper.record_dream(
        iteration, replace(DREAM, network=None, promoted=False, adapter=made, adapter_promoted=True)
    )


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def version(client: TestClient) -> str:
    """The address of the newest version's page."""
    return re.findall(r'href="(/models/version_\w+)"', client.get("/models").text)[0]


def test_nothing_trained_yet(client: TestClient) -> None:
    assert "No model has been trained yet" in client.get("/models").text


def test_versions_and_their_decisions(client: TestClient, keeper: DatabaseKeeper) -> None:
    network(keeper, 0)
    network(keeper, 1, promoted=False)
    page = client.get("/models").text
    shown = words(page)
    assert "13.00" in shown and "15.00 the prior" in shown and "2.00 nats" in shown
    assert shown.index("not promoted") < shown.index("in use"), "the newest first"
    assert 'data-chart="models"' in page
    assert "No version is like that" in client.get("/models?kind=adapter").text
    refused = client.get("/models?decision=refused&domain=list&kind=network").text
    assert len(re.findall(r'href="/models/version_', refused)) == 1


def test_one_version_with_its_training(client: TestClient, keeper: DatabaseKeeper) -> None:
    network(keeper, 1)
    for step, loss in ((25, 30.5), (50, 20.25)):
        point = {"type": "training", "iteration": 1, "step": step, "loss": loss}
        keeper.emit(point | {"held_out": {"grammar": loss + 1}})
    keeper.emit({"type": "training", "iteration": 2, "step": 25, "loss": 99.0, "held_out": None})
    page = client.get(version(client)).text
    shown = words(page)
    assert "30.500 nats 20.250 nats, at step 50" in shown and "99.0" not in shown
    assert "A held-out program costs 13.00 nats , 2.00 less than under the prior" in shown
    assert "900 steps" in shown and "4,321" in shown and "It is in use since" in shown


def test_rolled_back_with_a_reason_and_promoted_again(client: TestClient, keeper: DatabaseKeeper) -> None:
    for iteration, name in enumerate("ab"):
        tuned(keeper, iteration, name)
    path = version(client)
    page = client.get(path).text
    assert "26.50" in words(page) and "1.50 less than under the version before" in words(page)
    form = {"token": token(page), "reason": "  solves <less> "}
    answer = client.post(f"{path}/rollback", data=form, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    page = client.get(path).text
    assert "“solves &lt;less&gt;”" in page and in_use(client) == ["a"]
    audit = client.get("/v1/audit").json()["items"]
    assert [entry["action"] for entry in audit] == ["model.rolled_back"]
    again = client.post(f"{path}/rollback", data=form)
    assert again.status_code == 409 and "only a version in use can be rolled back" in again.text
    assert client.post(f"{path}/promote", data=form, follow_redirects=False).status_code == 303
    assert in_use(client) == ["b"]


def test_a_reason_that_is_too_long_is_kept_and_refused(client: TestClient, keeper: DatabaseKeeper) -> None:
    tuned(keeper, 0, "a")
    path = version(client)
    form = {"token": token(client.get(path).text), "reason": "why " * 300}
    answer = client.post(f"{path}/rollback", data=form)
    assert answer.status_code == 422 and "at most 1,000 characters" in answer.text
    assert ("why " * 300).strip() in answer.text and in_use(client) == ["a"]


def test_only_administrators_decide(client: TestClient, database: Database, keeper: DatabaseKeeper) -> None:
    tuned(keeper, 0, "a")
    path = version(client)
    with database.write() as session:
        keys = {scope: KeyRepository(session).add(scope, scope)[1].text for scope in Scope}
    sign_in(client, keys["submit"])
    page = client.get(path).text
    assert "Roll back" not in page and "needs a key with scope admin" in page
    shown = re.findall(r'name="form-token" content="(\w+)"', page)[0]
    for action in ("rollback", "promote"):
        assert client.post(f"{path}/{action}", data={"token": shown}).status_code == 403
    client.post("/sign-out", data={"token": shown})
    sign_in(client, keys["admin"])
    assert "Roll back recognition-a" in client.get(path).text
    assert client.post(f"{path}/rollback", data={"token": "0" * 64}).status_code == 403
    assert list(listed(client)) == ["a"] and in_use(client) == ["a"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/models/none", 404),
        ("GET", "/models/%00", 422),
        ("GET", "/models?kind=prior", 422),
        ("GET", "/models?decision=maybe", 422),
        ("GET", "/models?run=%00", 422),
        ("GET", "/models?domain=%00", 422),
        ("GET", "/models?after=%00", 422),
        ("GET", "/models?domain=none", 200),
        ("POST", "/models/none/promote", 415),
    ],
)
def test_a_bad_address(client: TestClient, method: str, path: str, status: int) -> None:
    assert client.request(method, path).status_code == status


def test_records_without_figures_have_no_verdict() -> None:
    for kind, metrics in (("network", {}), ("network", {"held_out": 3}), ("adapter", {"valid": 0.5})):
        found = verdict(VersionRow(kind=kind, metrics=metrics))
        assert found.saved is None and found.now is None


def test_a_network_s_worse_head_counts_over_both_sources() -> None:
    held = {**HELD_OUT, "prior_replays": 11.0, "grammar_replays": 9.0, "decoder_replays": 12.0}
    found = verdict(VersionRow(kind="network", metrics={"held_out": held}))
    assert (found.before, found.now) == (13.0, 12.0), "the decoder's 12 and 12, against the prior's 15 and 11"
    assert [name for name, _ in found.rows] == ["fantasies", "replays"]


def test_the_page_agrees_with_what_is_in_use(
    client: TestClient, database: Database, keeper: DatabaseKeeper
) -> None:
    for iteration, name in enumerate("abc"):
        tuned(keeper, iteration, name)
    with database.write() as session:
        ModelRepository(session).promote(listed(client)["b"]["id"])
    rows = re.findall(r"<tr>.*?</tr>", client.get("/models").text, re.DOTALL)[1:]
    states = ["in use" if "in use<" in row else "before" for row in rows]
    assert states == ["before", "in use", "before"]
