"""The dashboard's sessions: in with a key, out again, and nothing in between for anyone else."""

from __future__ import annotations

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.access import Scope
from app.db import Database
from app.db.repositories import KeyRepository

COOKIE = "wakesleep_session"


@pytest.fixture
def keys(database: Database) -> dict[str, str]:
    with database.write() as session:
        return {scope: KeyRepository(session).add(scope, scope)[1].text for scope in Scope}


def token(page: str) -> str:
    return re.findall(r'name="token" value="(\w+)"', page)[0]


def sign_in(client: TestClient, key: str, following: str = "/") -> Any:
    form = {"token": token(client.get("/sign-in").text), "key": key, "next": following}
    return client.post("/sign-in", data=form, follow_redirects=False)


def test_signed_out_there_is_the_sign_in_page_and_nothing_else(
    client: TestClient, keys: dict[str, str]
) -> None:
    for path in ("/", "/runs/none", "/runs/none/panels/tasks", "/docs", "/keys"):
        page = client.get(path)
        assert page.status_code == 401 and "<h1>Sign in</h1>" in page.text
        assert 'href="/keys"' not in page.text and 'href="/docs"' not in page.text
        assert f'name="next" value="{path}"' in page.text


def test_in_and_out(client: TestClient, keys: dict[str, str]) -> None:
    before = client.get("/").cookies[COOKIE]
    answer = sign_in(client, f" {keys['read']}\n", "/docs")
    assert (answer.status_code, answer.headers["location"]) == (303, "/docs")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie
    session = client.cookies[COOKIE]
    assert session != before, "a session that someone else may have planted is not taken over"
    page = client.get("/")
    assert page.status_code == 200 and "Sign out" in page.text
    assert 'href="/keys"' not in page.text and "curl" not in page.text, "nothing that this scope can't do"
    assert client.get("/v1/tasks").status_code == 200, "the page's scripts look with the same session"
    assert client.get("/keys").status_code == 403
    assert (
        client.post("/sign-out", data={"token": token(page.text)}, follow_redirects=False).status_code == 303
    )
    client.cookies.set(COOKIE, session)
    assert client.get("/").status_code == 401, "signed out is signed out, even with the old cookie"


def test_a_wrong_key_stays_outside(client: TestClient, keys: dict[str, str]) -> None:
    for key in ("", "junk", keys["admin"][:-1], keys["admin"] + "x"):
        answer = sign_in(client, key)
        assert answer.status_code == 401 and "no key of this service" in answer.text
    assert client.get("/").status_code == 401


@pytest.mark.parametrize(
    "following", ["//evil.example", "https://evil.example", "/\\evil.example", "x", "/\n/e"]
)
def test_signing_in_leads_nowhere_else(client: TestClient, keys: dict[str, str], following: str) -> None:
    assert sign_in(client, keys["read"], following).headers["location"] == "/"


def test_a_form_of_another_session_does_nothing(client: TestClient, keys: dict[str, str]) -> None:
    foreign = token(client.get("/sign-in").text)
    client.cookies.clear()
    form = {"key": keys["admin"]}
    for wrong in (form, form | {"token": foreign}, form | {"token": ""}):
        client.get("/sign-in")
        assert client.post("/sign-in", data=wrong, follow_redirects=False).status_code == 403
    assert sign_in(client, keys["admin"]).status_code == 303
    for path in ("/keys", "/sign-out"):
        assert client.post(path, data={"token": foreign, "name": "x", "scope": "admin"}).status_code == 403
    assert client.get("/").status_code == 200


def test_the_api_by_cookie_changes_things_with_the_page_s_token_only(
    client: TestClient, keys: dict[str, str]
) -> None:
    sign_in(client, keys["submit"])
    shown = re.findall(r'name="form-token" content="(\w+)"', client.get("/").text)[0]
    body = {"domain": "list", "iterations": 1}
    assert client.post("/v1/runs", json=body).status_code == 403
    assert client.post("/v1/runs", json=body, headers={"X-CSRF-Token": "0" * 64}).status_code == 403
    assert client.post("/v1/runs", json=body, headers={"X-CSRF-Token": shown}).status_code == 422


def test_keys_are_made_and_revoked_on_their_page(client: TestClient, keys: dict[str, str]) -> None:
    sign_in(client, keys["admin"])
    page = client.get("/keys").text
    made = client.post("/keys", data={"token": token(page), "name": "<b>new</b>", "scope": "read"})
    new = re.findall(r'<code id="made">(ws_\w+[\w-]+)</code>', made.text)[0]
    assert "&lt;b&gt;new" in made.text and "<b>new" not in made.text
    assert client.get("/v1/tasks", headers={"Authorization": f"Bearer {new}"}).status_code == 200
    page = client.get("/keys").text
    assert new not in page
    key_id = re.findall(r'action="/keys/(\w+)/revoke"', page)[0]
    client.post(f"/keys/{key_id}/revoke", data={"token": token(page)})
    assert client.get("/v1/tasks", headers={"Authorization": f"Bearer {new}"}).status_code == 401
    bad = client.post("/keys", data={"token": token(page), "name": "", "scope": "read"})
    assert bad.status_code == 422 and "1 to 100 characters" in bad.text


def test_the_first_key_made_on_the_page_signs_its_maker_in(client: TestClient) -> None:
    page = client.get("/keys").text
    assert "anyone on this machine may do anything" in page
    client.post("/keys", data={"token": token(page), "name": "me", "scope": "read"})
    page = client.get("/").text
    assert "anyone on this machine" not in page and "scope admin" in page
    client.cookies.clear()
    assert client.get("/").status_code == 401


def test_a_session_ends_with_its_key(client: TestClient, keys: dict[str, str], database: Database) -> None:
    sign_in(client, keys["read"])
    with database.write() as session:
        repository = KeyRepository(session)
        repository.revoke(repository.find(keys["read"][:15]))
    assert client.get("/").status_code == 401
