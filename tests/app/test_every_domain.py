"""Every domain learns, by the command line, by the service and from the dashboard alike."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from fastapi.testclient import TestClient

from app.commands import learn
from app.db import Database
from app.db.repositories import RunRepository
from app.workflows.config import run_config
from library.domain import get_domain
from library.domains import DOMAINS
from library.snapshot import Library
from synthesis.keeper import RunConfig
from tests.app.conftest import RecordingLauncher
from tests.app.serving import Service, serving
from tests.app.test_cli import written
from tests.app.test_signing import token

pytestmark = pytest.mark.slow

BRIEF = {"dream_seconds": 0.2, "training_seconds": 0.2, "control_tasks": 0}


@pytest.mark.parametrize("domain", sorted(DOMAINS))
def test_a_domain_learns_by_the_command(
    domain: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def brief(*arguments: Any) -> RunConfig:
        return run_config(*arguments, BRIEF)

    monkeypatch.setattr(learn, "run_config", brief)
    train, test = get_domain(domain).shipped_tasks()
    source = written(tmp_path / "train.json", train[:10:3])
    held_out = written(tmp_path / "test.json", test[:1])
    learn.run(source, domain, 1, 2.5, held_out, tmp_path / "learned.json", True)
    [report] = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (report["iteration"], report["tasks"]) == (1, 4)
    assert report["solved"] > 0 and report["cpu_seconds"]["dream"] > 0
    assert Library.from_json(json.loads((tmp_path / "learned.json").read_bytes())).domain == domain


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(tmp_path_factory.mktemp("service"), OMP_NUM_THREADS="1") as service:
        yield service


@pytest.mark.parametrize("domain", sorted(DOMAINS))
def test_a_domain_learns_in_the_service_and_its_pages_show_what(service: Service, domain: str) -> None:
    train, _ = get_domain(domain).shipped_tasks()
    stored = service.post("/v1/tasks", {"domain": domain, "tasks": train[:10:3]})["items"]
    run = service.post("/v1/runs", {"domain": domain, "iterations": 1, "seconds": 2.5, **BRIEF})
    assert service.settled(run["id"])["state"] == "finished"

    def page(path: str) -> str:
        answer = httpx.get(service.address + path)
        assert answer.status_code == 200, answer.text
        return answer.text

    assert 'data-state="finished"' in page(f"/runs/{run['id']}")
    pages = [page(f"/tasks/{task['id']}") for task in stored]
    solved = [text for text in pages if "Solution</h2>" in text]
    assert solved
    if domain in ("tower", "logo"):
        assert all('<span class="picture"><svg' in text for text in pages)
    if domain in ("physics", "regression"):
        assert all('class="formula"' in text for text in solved)


@pytest.mark.parametrize("domain", sorted(DOMAINS))
def test_a_run_of_a_domain_is_started_by_the_form(
    client: TestClient, database: Database, launcher: RecordingLauncher, domain: str
) -> None:
    form = {"token": token(client.get("/runs/new").text), "domain": domain, "source": "shipped"}
    form |= {"iterations": "2", "seconds": "1.5", "guide_prior": "on"}
    answer = client.post("/runs", data=form, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    [run_id] = launcher.enqueued
    assert answer.headers["location"] == f"/runs/{run_id}"
    with database.read() as session:
        run = RunRepository(session).get(run_id)
        train, test = (RunRepository(session).tasks(run_id, split) for split in ("train", "test"))
    assert (run.domain, run.config["guides"], run.config["seconds"]) == (domain, ["prior"], 1.5)
    assert [len(train), len(test)] == [len(part) for part in get_domain(domain).shipped_tasks()]
