"""What holds for every route: answers given once, rate limits, headers, ids, and whose pages may ask."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given
from hypothesis import settings as h_settings
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlalchemy import update

from app.api import create_app
from app.api.rates import RateLimiter
from app.db import Database
from app.db.base import now
from app.db.models import AnswerRow
from app.db.repositories import RunRepository
from app.errors import TooManyRequests
from app.settings import Settings
from tests.app.conftest import RecordingLauncher
from tests.app.examples import HEAD, INCREMENT, TASKS
from tests.app.test_bad_input import is_problem

RUN = {"domain": "list", "iterations": 1, "seconds": 1}


@pytest.fixture
def stored(client: TestClient) -> TestClient:
    client.post("/v1/tasks", json={"domain": "list", "tasks": TASKS})
    return client


def start(client: TestClient, key: str, body: dict[str, Any] = RUN, path: str = "/v1/runs") -> Any:
    return client.post(path, json=body, headers={"Idempotency-Key": key})


def runs(database: Database) -> int:
    with database.read() as session:
        return len(RunRepository(session).page(100, None))


def test_the_same_again_is_done_once(
    stored: TestClient, launcher: RecordingLauncher, database: Database
) -> None:
    first, again = start(stored, "a"), start(stored, "a")
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert "idempotency-replayed" not in first.headers and again.headers["idempotency-replayed"] == "true"
    assert runs(database) == len(launcher.enqueued) == 1
    assert start(stored, "b").json()["id"] != first.json()["id"]
    assert stored.post("/v1/runs", json=RUN).json()["id"] != first.json()["id"], (
        "without a key, each is its own"
    )


def test_a_key_stands_for_one_request(stored: TestClient, database: Database) -> None:
    start(stored, "a")
    is_problem(start(stored, "a", RUN | {"iterations": 2}), 422)
    is_problem(start(stored, "a", {"domain": "list", **HEAD}, "/v1/tasks"), 422)
    for bad in ("", "x" * 256, "a b"):
        is_problem(start(stored, bad), 422)
    assert runs(database) == 1


def test_what_failed_may_be_tried_again(client: TestClient, database: Database) -> None:
    is_problem(start(client, "a"), 422)  # no tasks yet
    client.post("/v1/tasks", json={"domain": "list", **HEAD})
    assert start(client, "a").status_code == 201
    assert runs(database) == 1


def test_an_answer_expires(stored: TestClient, database: Database) -> None:
    start(stored, "a")
    with database.write() as session:
        session.execute(update(AnswerRow).values(expires_at=now() - timedelta(seconds=1)))
    assert start(stored, "a", RUN | {"iterations": 2}).status_code == 201
    assert runs(database) == 2


def test_tasks_keep_their_status(client: TestClient) -> None:
    for expected in (201, 201):
        assert start(client, "a", {"domain": "list", **HEAD}, "/v1/tasks").status_code == expected
    assert start(client, "b", {"domain": "list", **HEAD}, "/v1/tasks").status_code == 200


def test_of_many_at_once_one_does_it(stored: TestClient, database: Database) -> None:
    answers: list[Any] = []
    threads = [threading.Thread(target=lambda: answers.append(start(stored, "a"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 201}) == 1
    assert runs(database) == 1
    assert start(stored, "a").headers["idempotency-replayed"] == "true"


@h_settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.floats(0, 3), max_size=20), st.sampled_from([0.5, 1.0, 3.0]), st.integers(1, 5))
def test_a_bucket_lets_through_what_it_holds_and_no_more(waits: list[float], rate: float, burst: int) -> None:
    moment = 0.0
    limiter = RateLimiter(rate, burst, lambda: moment)
    taken: list[float] = []
    for wait in waits:
        moment += wait
        try:
            limiter.take("a")
            taken.append(moment)
        except TooManyRequests as error:
            seconds = error.extra["retry_after"]
            assert seconds >= 1
            before, moment = moment, moment + seconds
            limiter.take("a")  # after that long there is one
            taken.append(moment)
            assert before < moment
    for first in range(len(taken)):
        for last in range(first, len(taken)):
            assert last - first + 1 <= burst + rate * (taken[last] - taken[first]) + 1e-3


@contextmanager
def serving(settings: Settings, database: Database) -> Iterator[TestClient]:
    app = create_app(settings, database, RecordingLauncher())
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        yield client


def test_too_many_requests_are_told_when_to_come_again(settings: Settings, database: Database) -> None:
    slow = settings.model_copy(update={"rate_limit": 0.01, "rate_burst": 3})
    with serving(slow, database) as client:
        key = client.post("/v1/keys", json={"name": "one", "scope": "admin"}).json()["key"]
        one = {"Authorization": f"Bearer {key}"}
        other = {
            "Authorization": "Bearer "
            + client.post("/v1/keys", json={"name": "other", "scope": "read"}, headers=one).json()["key"]
        }
        assert [client.get("/v1/tasks", headers=one).status_code for _ in range(3)] == [200, 200, 429]
        refused = client.get("/v1/tasks", headers=one)
        is_problem(refused, 429)
        assert 1 <= int(refused.headers["retry-after"]) <= 100
        assert client.get("/v1/tasks", headers=other).status_code == 200, "each key has its own"
        assert [client.get("/v1/tasks").status_code for _ in range(3)][-1] == 429, "strangers too"
        assert client.get("/healthz").status_code == 200


def test_every_answer_has_its_headers_and_an_id(client: TestClient) -> None:
    answers = [client.get(path) for path in ("/v1/tasks", "/nowhere", "/", "/healthz", "/static/base.css")]
    answers.append(client.post("/v1/tasks", content=b"{"))
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"]
        assert answer.headers["referrer-policy"] in ("no-referrer", "same-origin"), "no other host is told"
        assert answer.headers["x-frame-options"] == "DENY"
        assert "access-control-allow-origin" not in answer.headers
    assert len({answer.headers["x-request-id"] for answer in answers}) == len(answers)
    given_id = client.get("/v1/tasks", headers={"X-Request-Id": "mine.7"}).headers["x-request-id"]
    assert given_id == "mine.7"
    for bad in ("a b", "x" * 65, '"}{', ""):
        assert client.get("/v1/tasks", headers={"X-Request-Id": bad}).headers["x-request-id"] != bad


def test_a_bug_has_an_id_and_headers_too(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RunRepository, "page", lambda *_: 1 / 0)
    answer = client.get("/v1/runs", headers={"X-Request-Id": "find-me"})
    assert is_problem(answer, 500) and answer.headers["x-request-id"] == "find-me"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_pages_of_other_origins_may_ask_where_it_is_so_set(settings: Settings, database: Database) -> None:
    origin = "https://notebook.example"
    ask = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    with serving(settings, database) as client:
        assert "access-control-allow-origin" not in client.options("/v1/tasks", headers=ask).headers
    with serving(settings.model_copy(update={"cors_origins": (origin,)}), database) as client:
        allowed = client.options(
            "/v1/tasks", headers=ask | {"Access-Control-Request-Headers": "authorization"}
        )
        assert allowed.status_code == 200 and allowed.headers["access-control-allow-origin"] == origin
        assert "access-control-allow-credentials" not in allowed.headers, "cookies stay at home"
        body = {"domain": "list", **INCREMENT}
        answer = client.post("/v1/tasks", json=body, headers={"Origin": origin})
        assert answer.status_code == 201 and answer.headers["access-control-allow-origin"] == origin
        other = client.post("/v1/tasks", json=body, headers={"Origin": "https://evil.example"})
        assert "access-control-allow-origin" not in other.headers


def test_origins_are_read_from_one_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAKESLEEP_CORS_ORIGINS", "https://a.example, http://localhost:3000")
    assert Settings(database_url="").cors_origins == ("https://a.example", "http://localhost:3000")
    for bad in ("*", "a.example", "https://a.example/path"):
        monkeypatch.setenv("WAKESLEEP_CORS_ORIGINS", bad)
        with pytest.raises(ValidationError, match="is no origin"):
            Settings(database_url="")


def test_a_misspelt_filter_is_refused(client: TestClient) -> None:
    problem = is_problem(client.get("/v1/tasks?domian=list"), 422)
    assert "domian" in problem["detail"] and "domain" in problem["detail"]
    assert "\\u" not in json.dumps(problem["detail"])
