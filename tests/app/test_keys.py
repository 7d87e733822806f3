"""Keys over HTTP and on the command line, and what is left of them in the database, answers and logs."""

from __future__ import annotations

import json
import re
import sys
import time
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from app.access import Caller, Scope, digest_of, is_form_token, is_secret, new_key, prefix_of
from app.api.known_keys import SECONDS, KnownKeys
from app.cli import main
from app.db import Database
from app.db.base import now
from app.db.repositories import KeyRepository
from app.settings import Settings
from tests.app.examples import HEAD
from tests.app.serving import environment, serving
from tests.app.test_bad_input import is_problem
from tests.app.test_cli import wakesleep


def made(client: TestClient, scope: str = "admin", **headers: str) -> dict[str, Any]:
    answer = client.post("/v1/keys", json={"name": f"a {scope}", "scope": scope}, headers=headers)
    assert answer.status_code == 201, answer.text
    return answer.json()


def bearing(key: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {key['key']}"}


def test_a_key_says_nothing_of_its_secret() -> None:
    one, other = new_key(), new_key()
    assert prefix_of(one.text) == one.prefix != other.prefix
    assert is_secret(one.text, one.digest) and not is_secret(other.text, one.digest)
    assert one.text not in one.digest and digest_of(one.text) == one.digest
    for junk in ("", "ws_", one.text[:-1], one.text + "x", one.text.upper(), "ws_é" * 20, f" {one.text}"):
        assert prefix_of(junk) is None
    assert not is_form_token("\udcff", "session") and not is_form_token("", "session")


def test_secrets_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch, database: Database) -> None:
    """Whatever is asked with, known prefix or not, a digest is compared, by the function made for it."""
    compared: list[tuple[str, str]] = []
    monkeypatch.setattr("app.access.hmac.compare_digest", lambda a, b: compared.append((a, b)) or a == b)
    with database.write() as session:
        keys = KeyRepository(session)
        _, new = keys.add("one", Scope.READ)
        assert keys.by_secret(new.text) is not None
        for other in (new_key().text, new.text[:-1] + "A", "junk"):
            assert keys.by_secret(other) is None or other == new.text
    assert len(compared) == 4 and all(len(a) == len(b) == 64 for a, b in compared)


def test_open_until_the_first_key_is_made(client: TestClient) -> None:
    assert client.get("/healthz").json()["access"] == "open"
    assert client.post("/v1/tasks", json={"domain": "list", **HEAD}).status_code == 201
    is_problem(client.post("/v1/keys", json={"name": "too little", "scope": "read"}), 422)
    admin = made(client)
    assert client.get("/healthz").json()["access"] == "keys"
    is_problem(client.get("/v1/tasks"), 401)
    assert client.get("/v1/tasks", headers=bearing(admin)).json()["items"]


def test_revoked_is_out_at_once_and_the_door_stays_shut(client: TestClient) -> None:
    admin = made(client)
    other = made(client, "submit", **bearing(admin))
    assert client.get("/v1/runs", headers=bearing(other)).status_code == 200
    gone = client.delete(f"/v1/keys/{other['id']}", headers=bearing(admin))
    assert gone.status_code == 200 and gone.json()["revoked_at"]
    is_problem(client.get("/v1/runs", headers=bearing(other)), 401)
    is_problem(client.delete(f"/v1/keys/{other['id']}", headers=bearing(admin)), 409)
    assert client.delete(f"/v1/keys/{admin['id']}", headers=bearing(admin)).status_code == 200
    is_problem(client.get("/v1/runs", headers=bearing(admin)), 401)
    is_problem(client.get("/v1/runs"), 401)
    assert client.get("/healthz").json()["access"] == "keys"


def test_keys_are_listed_page_by_page_and_shown_once(client: TestClient, database: Database) -> None:
    admin = made(client)
    keys = [admin] + [made(client, scope, **bearing(admin)) for scope in ("read", "submit", "read")]
    first = client.get("/v1/keys?limit=3", headers=bearing(admin)).json()
    second = client.get(f"/v1/keys?limit=3&after={first['next']}", headers=bearing(admin)).json()
    listed = first["items"] + second["items"]
    assert [item["id"] for item in listed] == [key["id"] for key in keys] and second["next"] is None
    assert listed[0]["last_used_at"] and not listed[1]["last_used_at"]
    for item, key in zip(listed, keys, strict=True):
        assert "key" not in item and key["key"].startswith(item["prefix"] + "_")
    with database.read() as session:
        stored = repr(
            [list(session.execute(text(f"SELECT * FROM {t}"))) for t in ("keys", "audit", "answers")]
        )
    assert not any(key["key"].split("_", 2)[2] in stored for key in keys)


def test_what_administrators_did_is_in_the_log(client: TestClient) -> None:
    admin = made(client, **{"X-Request-Id": "the-first"})
    other = made(client, "read", **bearing(admin))
    client.delete(f"/v1/keys/{other['id']}", headers=bearing(admin))
    is_problem(client.post("/v1/keys", json={"name": "", "scope": "read"}, headers=bearing(admin)), 422)
    first = client.get("/v1/audit?limit=2", headers=bearing(admin)).json()
    second = client.get(f"/v1/audit?limit=2&after={first['next']}", headers=bearing(admin)).json()
    entries = first["items"] + second["items"]
    assert [(one["action"], one["actor"], one["key"], one["subject"]) for one in entries] == [
        ("key.created", "anyone", None, admin["id"]),
        ("key.created", "a admin", admin["id"], other["id"]),
        ("key.revoked", "a admin", admin["id"], other["id"]),
    ]
    assert entries[0]["request_id"] == "the-first" and entries[1]["detail"] == {
        "name": "a read",
        "scope": "read",
    }


def test_without_keys_pages_of_other_hosts_change_nothing(client: TestClient) -> None:
    body = {"domain": "list", **HEAD}
    is_problem(client.post("/v1/tasks", json=body, headers={"Origin": "https://evil.example"}), 403)
    is_problem(client.post("/v1/tasks", json=body, headers={"Origin": "null"}), 403)
    is_problem(client.get("/v1/tasks", headers={"Host": "evil.example"}), 403)
    assert client.post("/v1/tasks", json=body, headers={"Origin": "http://127.0.0.1"}).status_code == 201
    for name in ("localhost:8000", "[::1]:8000", "127.0.0.1:9"):
        assert client.get("/v1/tasks", headers={"Host": name}).status_code == 200
    admin = made(client)
    headers = bearing(admin) | {"Host": "tasks.example", "Origin": "https://other.example"}
    assert client.get("/v1/tasks", headers=headers).status_code == 200, "a key is enough"


def test_the_last_use_is_kept_to_the_minute(client: TestClient, database: Database) -> None:
    admin = made(client)
    for _ in range(3):
        client.get("/v1/tasks", headers=bearing(admin))
    with database.read() as session:
        used = KeyRepository(session).get(admin["id"]).last_used_at
    assert used is not None and 0 <= (now() - used).total_seconds() < 60


def test_the_command_line_makes_lists_and_revokes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        "app.commands.keys.get_settings", lambda: Settings(data_dir=tmp_path, database_url="")
    )

    def keys(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["wakesleep", "keys", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        shown = capsys.readouterr()
        return int(end.value.code or 0), shown.out, shown.err

    code, out, said = keys("create", "nightly", "--scope", "submit")
    assert code == 0 and prefix_of(out.strip()) and out.strip() not in said
    other = json.loads(keys("create", "me", "--scope", "admin", "--json")[1])
    assert [json.loads(line)["name"] for line in keys("list", "--json")[1].splitlines()] == ["nightly", "me"]
    assert other["key"] not in keys("list")[1]
    assert keys("revoke", other["prefix"])[0] == 0
    code, _, said = keys("revoke", other["id"])
    assert code == 2 and "revoked already" in said
    for wrong in (
        ("create", "x", "--scope", "root"),
        ("create", "\x1b[2J", "--scope", "read"),
        ("revoke", "ws_no"),
    ):
        assert keys(*wrong)[0] == 2


def test_open_on_a_network_is_refused(tmp_path: Path) -> None:
    refused = wakesleep(tmp_path, "serve", "--host", "0.0.0.0", "--port", "0")
    assert refused.returncode == 2 and "keys create" in refused.stderr


def test_no_secret_in_logs_and_answers_of_a_real_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.app.serving.environment", debugging)
    with serving(tmp_path) as service:
        assert "anyone on this machine may do anything" in service.log.read_text()
        key = service.post("/v1/keys", {"name": "me", "scope": "admin"})
        secrets = [key["key"], new_key().text, "ws_junk-that-looks-like-a-key"]
        with httpx.Client(base_url=service.address, follow_redirects=False) as client:
            answers = [
                client.request(
                    method, path, headers={"Authorization": f"Bearer {secret}"}, json={"key": secret}
                )
                for secret in secrets
                for method, path in (("GET", "/v1/keys"), ("POST", "/v1/tasks"), ("GET", "/nowhere"))
            ]
            page = client.get("/").text
            for secret in secrets[::-1]:
                form = {"token": re.findall(r'name="token" value="(\w+)"', page)[0], "key": secret}
                answers.append(client.post("/sign-in", data=form))
            assert answers[-1].status_code == 303
            session = client.cookies["wakesleep_session"]
            answers += [client.get(path) for path in ("/", "/keys", "/v1/keys", "/v1/audit")]
        time.sleep(0.1)
        log = service.log.read_text()
    assert '"path": "/v1/keys"' in log and '"request_id"' in log
    for text_ in (log, *(answer.text + str(answer.headers) for answer in answers[:-5])):
        for secret in secrets:
            assert secret not in text_
    assert session not in log and not any(session in answer.text for answer in answers)


def debugging(data_dir: Path) -> dict[str, str]:
    return environment(data_dir) | {"WAKESLEEP_LOG_LEVEL": "DEBUG"}


def test_a_key_is_known_for_a_second_and_forgotten_when_one_is_revoked() -> None:
    moment = 0.0
    known = KnownKeys(lambda: moment)
    text, caller = new_key().text, Caller("somebody", Scope.READ, "key_1")
    assert known.get(text) is None
    known.put(text, caller)
    assert known.get(text) == caller and known.get(new_key().text) is None
    moment = SECONDS - 0.01
    assert known.get(text) == caller
    moment = SECONDS
    assert known.get(text) is None
    known.put(text, caller)
    known.forget()
    assert known.get(text) is None
