"""The runs' pages without a browser: their list, the form that starts one, what can be done with one."""

from __future__ import annotations

import re
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import update

from app.dashboard.runs.figures import iteration_lines
from app.dashboard.runs.queries import RunQueries
from app.db import Database
from app.db.models import ReportRow
from app.db.repositories import RunRepository
from benchmarks.dashboard.seeding import SMALL, seed
from tests.app.conftest import RecordingLauncher
from tests.e2e.seeding import SeededRun

FORM = {"domain": "list", "source": "all", "iterations": "2", "seconds": "0.5", "guide_prior": "on"}


def token(client: TestClient) -> str:
    return re.findall(r'name="token" value="(\w+)"', client.get("/runs/new").text)[0]


def send(client: TestClient, path: str, **fields: str) -> Any:
    return client.post(path, data={"token": token(client), **fields}, follow_redirects=False)


def wrong(page: str) -> list[str]:
    return re.findall(r'id="wrong-(\w+)"', page)


def test_the_list_is_filtered(client: TestClient, database: Database) -> None:
    going, failed = SeededRun(database), SeededRun(database)
    failed.settle("failed", "<b>the reason</b>")
    page = client.get("/runs").text
    assert going.id in page and failed.id in page and "&lt;b&gt;the reason" in page
    page = client.get("/runs?state=failed&domain=list").text
    assert failed.id in page and going.id not in page
    assert "No run like this" in client.get("/runs?domain=logo").text
    assert client.get("/runs?state=unheard").status_code == 422


def test_a_wrong_form_keeps_what_was_typed_and_says_what_is_wrong(client: TestClient) -> None:
    answer = send(client, "/runs", **(FORM | {"iterations": "1.5", "seconds": "soon", "name": "a < b"}))
    assert answer.status_code == 422
    assert wrong(answer.text) == ["iterations", "seconds"]
    assert 'value="soon"' in answer.text and 'value="a &lt; b"' in answer.text
    assert wrong(send(client, "/runs", **FORM).text) == ["source"], "nothing is stored yet"
    assert wrong(send(client, "/runs", source="all", iterations="1", seconds="nan").text) == [
        "domain",
        "seconds",
        "guides",
    ]


def test_a_run_is_started_on_chosen_tasks_and_once_more(
    client: TestClient, database: Database, launcher: RecordingLauncher
) -> None:
    other = SeededRun(database)
    name = other.tasks[0]
    counted = send(client, "/runs", **(FORM | {"count": "1", "name": name}))
    found = int(re.findall(r"(\d+) tasks? found", counted.text)[0])
    assert launcher.enqueued == []
    answer = send(client, "/runs", **(FORM | {"source": "chosen", "name": name}))
    assert answer.status_code == 303
    run_id = answer.headers["location"].removeprefix("/runs/")
    assert launcher.enqueued == [run_id]
    with database.read() as session:
        run = RunRepository(session).get(run_id)
        assert run.config["seconds"] == 0.5 and list(run.config["guides"]) == ["prior"]
        assert RunRepository(session).size(run_id) == found
    assert f'value="{other.id}"' in client.get(f"/runs/new?from={other.id}").text
    again = send(client, "/runs", **(FORM | {"source": "same", "from": other.id}))
    with database.read() as session:
        again_id = again.headers["location"].removeprefix("/runs/")
        assert RunRepository(session).size(again_id) == other.size
        assert RunRepository(session).size(again_id, "test") == 10


def test_pause_resume_and_cancel(client: TestClient, database: Database) -> None:
    run = SeededRun(database)
    path = f"/runs/{run.id}"
    for action, then, offered in (
        ("pause", "Paused", "/resume"),
        ("resume", "Waiting for a worker", "/pause"),
        ("cancel", "Cancelled", "/runs/new?from="),
    ):
        assert send(client, f"{path}/{action}").status_code == 303
        page = client.get(path).text
        assert then in page and offered in page
    assert "/cancel" not in page
    assert send(client, f"{path}/cancel").status_code == 409
    assert client.post(f"{path}/pause", data={"token": "0" * 64}).status_code == 403


def test_a_run_beside_another(client: TestClient, database: Database) -> None:
    run, other = SeededRun(database), SeededRun(database)
    for number in range(4):
        run.attempt(1, number, "prior")
    other.attempt(1, 0, None)
    page = client.get(f"/runs/{run.id}/compare?with={other.id}").text
    row = re.findall(r'data-figure="solved">(.*?)</tr>', page, re.S)[0]
    assert "4 of 24" in row and "0 of 24" in row and "+4" in row
    assert client.get(f"/runs/{run.id}/compare?with=nothing").status_code == 404


def test_a_task_is_counted_when_it_is_first_solved(client: TestClient, database: Database) -> None:
    run = SeededRun(database)
    for iteration, guide in ((1, None), (2, "network"), (3, "prior")):
        run.attempt(iteration, 0, guide)
    run.attempt(3, 1, None)
    page = client.get(f"/runs/{run.id}").text
    assert '<b id="solved">1</b>' in page
    assert "g-network" in page and "g-prior" not in page
    assert client.get(f"/runs/{run.id}?tasks=unsolved").text.count('class="tile unsolved') == 1
    assert client.get(f"/v1/runs/{run.id}").json()["solved"] == 1


def test_figures_are_the_same_whether_they_were_kept_or_are_counted(database: Database) -> None:
    run = SeededRun(database)
    for iteration, guides in (
        (1, (None, "prior", None)),
        (2, ("network", "prior", None)),
        (3, (None, "model")),
    ):
        for number, guide in enumerate(guides):
            run.attempt(iteration, number, guide)
        if iteration < 3:
            run.report(iteration, iteration)
    figures = []
    for kept in (True, False):
        with database.write() as session:
            if not kept:
                session.execute(update(ReportRow).values(attempts=None))
            queries = RunQueries(session, run.id)
            assert [report.attempts is not None for report in queries.reports] == [kept] * 2
            lines = {state: queries.tasks(state, 24, 0) for state in ("all", "solved", "unsolved", "waiting")}
            figures.append((iteration_lines(queries), queries.solutions_over_time(), lines))
    assert figures[0] == figures[1]
    lines, solutions, tasks = figures[0]
    assert [line.solved for line in lines] == [1, 2, 2] and [count for _, count in solutions] == [1, 2]
    assert [len(of_state) for of_state in tasks.values()] == [24, 2, 1, 21]


def test_tasks_come_a_page_at_a_time(client: TestClient, database: Database) -> None:
    seeded = seed(database, SMALL)
    path = f"/runs/{seeded.large_run}"
    assert client.get(path).text.count("data-card ") == SMALL.tasks
    assert client.get(f"{path}?tasks=all&page=99").status_code == 200
    assert client.get(f"{path}?tasks=none").status_code == 422
