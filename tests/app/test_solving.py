"""What guides the search for one task: the network that is in use for its library, where there is one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

import app.solving
from app.batches.answers import answer_request
from app.db import Database
from app.db.repositories import ModelRepository
from app.workflows.keeper import DatabaseKeeper
from engine import Cancellation, Grammar
from library.snapshot import Library
from synthesis.report import Attempt
from synthesis.wake import wake
from tests.app.examples import HEAD, NOISE, task
from tests.app.test_keeper import keeper, sleep
from tests.app.test_models_api import DREAM
from tests.synthesis.test_recognition import untrained

__all__ = ["keeper"]  # the fixture

ASKED = {"domain": "list", **task("noise", "list(int) -> int", *NOISE), "seconds": 0.2}


def network(library: Library) -> bytes:
    """One that knows nothing but a uniform prior."""
    contexts = len(Grammar.contexts(library.language))
    return untrained(library, np.zeros((contexts, len(library.language.productions) + 1))).to_bytes()


@pytest.fixture
def attempts(monkeypatch: pytest.MonkeyPatch) -> list[Attempt]:
    """Every attempt that was made."""
    made: list[Attempt] = []

    def attempting(*arguments: Any, **more: Any) -> Attempt:
        made.append(wake(*arguments, **more))
        return made[-1]

    monkeypatch.setattr(app.solving, "wake", attempting)
    return made


def test_a_request_and_a_batch_line_use_the_network_in_use(
    client: TestClient, database: Database, keeper: DatabaseKeeper, attempts: list[Attempt]
) -> None:
    keeper.record_sleep(1, sleep())
    keeper.record_dream(1, replace(DREAM, network=network(sleep().library)))
    assert client.post("/v1/tasks/solve", json=ASKED).json()["reason"] == "budget"
    assert answer_request(database, ASKED, Cancellation())[0] == 200
    for attempt in attempts:
        assert set(attempt.guides) == {"prior", "network"}
        assert attempt.guides["network"].programs > 0 and not attempt.guides["network"].error

    with database.write() as session:
        version = ModelRepository(session).network_id(sleep().library.content_hash)
        assert version is not None
        ModelRepository(session).roll_back(version, None)
    client.post("/v1/tasks/solve", json=ASKED)
    assert set(attempts[-1].guides) == {"prior"}


def test_a_network_that_cannot_be_used_is_left_out(
    client: TestClient, keeper: DatabaseKeeper, attempts: list[Attempt]
) -> None:
    keeper.record_sleep(1, sleep())
    keeper.record_dream(1, replace(DREAM, network=b"none at all"))
    answer = client.post("/v1/tasks/solve", json={"domain": "list", **HEAD, "seconds": 5})
    assert answer.status_code == 200 and answer.json()["solved"]
    assert attempts[0].guides["network"].error
