"""Every route against every kind of caller; and that no route is without a scope."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.testclient import TestClient

from app.access import Scope, new_key
from app.api import create_app
from app.api.access import needs_of
from app.db import Database
from app.db.migrate import upgrade
from app.db.repositories import KeyRepository
from app.settings import Settings
from tests.app.conftest import RecordingLauncher

CALLERS = ("none", "junk", "unknown", "revoked", *Scope)
#: Neither is ours: the description of the API, and the pages' scripts and styles.
OTHERS = {"/openapi.json", "/static"}


@dataclass(frozen=True)
class Route:
    method: str
    path: str
    scope: Scope | None


@dataclass(frozen=True)
class Service:
    client: TestClient
    routes: list[Route]
    headers: dict[str, dict[str, str]]


def routes_of(app: FastAPI) -> Iterator[tuple[str, APIRoute]]:
    for context in iter_route_contexts(app.routes):
        if isinstance(context.original_route, APIRoute):
            yield str(context.path), context.original_route
        else:
            assert context.path in OTHERS, f"{context.path} is no APIRoute: who may ask for it?"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    settings = Settings(data_dir=tmp_path_factory.mktemp("access"), database_url="", rate_limit=0).prepare()
    database = Database(settings.database)
    upgrade(database)
    keys: dict[str, str] = {"junk": "nonsense", "unknown": new_key().text}
    with database.write() as session:
        repository = KeyRepository(session)
        for scope in Scope:
            keys[scope] = repository.add(scope, scope)[1].text
        row, new = repository.add("revoked", Scope.ADMIN)
        keys["revoked"] = new.text
        repository.revoke(row)
    app = create_app(settings, database, RecordingLauncher())
    routes = [
        Route(method, re.sub(r"\{\w+\}", "none", path), needs_of(route.dependencies)[0])
        for path, route in routes_of(app)
        for method in sorted(route.methods)
    ]
    headers = {name: {"Authorization": f"Bearer {key}"} for name, key in keys.items()} | {"none": {}}
    with TestClient(app, raise_server_exceptions=False) as client:
        yield Service(client, routes, headers)
    database.close()


def test_every_route_has_one_scope(tmp_path: Path) -> None:
    app = create_app(Settings(data_dir=tmp_path), Database(f"sqlite:///{tmp_path}/a.db"), RecordingLauncher())
    for path, route in routes_of(app):
        needs = needs_of(route.dependencies)
        assert len(needs) == 1, f"{path}: one of PUBLIC, READ, SUBMIT and ADMIN among its dependencies"
        changes = bool(route.methods - {"GET", "HEAD"})
        assert not (changes and needs == [Scope.READ]), f"{path}: who may look may not change"


@pytest.mark.parametrize("caller", CALLERS)
def test_every_route_lets_in_whom_it_should(service: Service, caller: str) -> None:
    for route in service.routes:
        answer = ask(service, route, caller)
        if route.scope is None:
            expected = {200, 303}
            assert answer.status_code in expected or answer.status_code >= 400, (route, answer)
            assert answer.status_code != 401 or not route.path.startswith("/v1"), route
        elif caller not in list(Scope):
            assert answer.status_code == 401, (route, answer.text)
            assert_refused(answer, route)
        elif not Scope(caller).allows(route.scope):
            assert answer.status_code == 403, (route, answer.text)
            assert_refused(answer, route)
        else:
            assert answer.status_code not in (401, 403), (route, answer.text)
            assert answer.status_code < 500


def ask(service: Service, route: Route, caller: str) -> Any:
    body = None if route.method == "GET" else b"not even JSON"
    headers = service.headers[caller] | {"content-type": "application/json"}
    return service.client.request(
        route.method, route.path, headers=headers, follow_redirects=False, content=body
    )


def assert_refused(answer: Any, route: Route) -> None:
    """A problem, or for people a page; without anything that was behind it."""
    if not route.path.startswith("/v1"):
        assert answer.headers["content-type"].startswith("text/html")
        return
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == answer.status_code and problem["detail"]
    assert (answer.status_code == 401) == ("www-authenticate" in answer.headers)


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/v1/nothing", "/v1/tasks/none/nothing"])
def test_what_is_not_there_is_not_told_to_strangers(service: Service, path: str) -> None:
    assert service.client.get(path).status_code == 401
    assert service.client.get(path, headers=service.headers["read"]).status_code == 404
