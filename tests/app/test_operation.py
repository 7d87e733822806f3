"""What operators look at: /healthz, /readyz and /metrics, each as true with the database away as with it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import URL

from app.access import Scope
from app.api import create_app
from app.api.context import REQUEST_ID, RequestContext
from app.api.gate import Gate
from app.api.metrics import RequestMetrics
from app.db import Database
from app.db.migrate import downgrade, upgrade
from app.db.repositories import KeyRepository, WorkerRepository
from app.settings import Settings
from app.workflows.keeper import DatabaseKeeper
from tests.app.conftest import RecordingLauncher
from tests.app.test_bad_input import is_problem
from tests.app.test_keeper import attempt, keeper, sleep

__all__ = ["keeper"]  # the fixture

REPORT = {
    "iteration": 1,
    "cpu_seconds": {"wake": 2.5, "abstraction": 0.5, "dream": 1.0},
    "samples": {"model": {"requested": 8, "valid": 6, "unique": 5, "fitting": 2}},
}


def series(client: TestClient) -> dict[tuple[str, tuple[str, ...]], float]:
    answer = client.get("/metrics")
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/plain")
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_ready_once_a_worker_is_alive(client: TestClient, database: Database) -> None:
    assert client.get("/healthz").json()["status"] == "ok"
    assert "worker" in is_problem(client.get("/readyz"), 503)["detail"]
    with database.write() as session:
        WorkerRepository(session).register("worker_1", "here", 1)
    assert client.get("/readyz").json() == {"status": "ready", "workers": 1}
    with database.write() as session:
        WorkerRepository(session).stop("worker_1")
    is_problem(client.get("/readyz"), 503)


def test_not_ready_with_another_schema(client: TestClient, database: Database) -> None:
    downgrade(database, "0003")
    assert "migrate" in is_problem(client.get("/readyz"), 503)["detail"]
    upgrade(database)


@pytest.fixture
def stranded(settings: Settings, launcher: RecordingLauncher) -> Iterator[TestClient]:
    """An application whose database can't be reached."""
    away = Database(URL.create("postgresql", username="nobody", host="127.0.0.1", port=9, database="none"))
    with TestClient(create_app(settings, away, launcher), raise_server_exceptions=False) as client:
        yield client
    away.close()


def test_without_the_database(stranded: TestClient) -> None:
    assert stranded.get("/healthz").status_code == 200
    assert "doesn't answer" in is_problem(stranded.get("/readyz"), 503)["detail"]
    answer = stranded.get("/v1/tasks")
    assert "doesn't answer" in is_problem(answer, 503)["detail"] and answer.headers["Retry-After"]
    found = series(stranded)
    assert found["wakesleep_database_up", ()] == 0
    assert not any(name == "wakesleep_tasks" for name, _ in found)


def test_metrics_add_up_what_was_done(client: TestClient, keeper: DatabaseKeeper) -> None:
    keeper.record_attempt(1, attempt())
    keeper.record_sleep(1, sleep())
    keeper.record_report(1, REPORT)
    client.get("/v1/tasks/none")
    found = series(client)
    for name, value in {
        "database_up": 1,
        "workers": 0,
        "tasks": 2,
        "tasks_solved": 1,
        "queue_depth": 1,
        "attempts_total": 1,
        "programs_total": 7,
        "search_cpu_seconds_total": 0.5,
    }.items():
        assert found[f"wakesleep_{name}", ()] == value, name
    assert found["wakesleep_runs", ("queued",)] == 1
    for kind, count in REPORT["samples"]["model"].items():
        assert found["wakesleep_samples_total", ("model", kind)] == count
    for phase, seconds in REPORT["cpu_seconds"].items():
        assert found["wakesleep_phase_cpu_seconds_total", (phase,)] == seconds
    assert found["wakesleep_http_requests_total", ("GET", "/v1/tasks/{task_id}", "404")] == 1
    assert found["wakesleep_http_request_seconds_count", ("GET", "/v1/tasks/{task_id}")] == 1


def test_what_the_gate_refuses_is_counted_too(client: TestClient, database: Database) -> None:
    with database.write() as session:
        KeyRepository(session).add("one", Scope.READ)
    refused = client.get("/v1/tasks")
    assert is_problem(refused, 401) and refused.headers[REQUEST_ID]
    assert series(client)["wakesleep_http_requests_total", ("GET", "none", "401")] == 1


def test_the_requests_context_is_the_outermost_layer(client: TestClient) -> None:
    """So that everything inside, what counts requests too, logs with the request's id and fails into an
    answer."""
    layers = [layer.cls for layer in client.app.user_middleware]  # type: ignore[attr-defined]
    assert layers[0] is RequestContext and layers[1] is RequestMetrics and layers[-1] is Gate
