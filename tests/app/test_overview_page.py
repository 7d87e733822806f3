"""The first page, by what it answers: how to start, what runs, what was learned; and that solved tasks are
counted once, since when they first were.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, update

from app.dashboard.overview.model_server import ModelServer
from app.db import Database
from app.db.base import now
from app.db.migrate import downgrade, upgrade
from app.db.models import AttemptRow, RunRow, SolvedRow, TaskRow
from app.db.repositories import JobRepository, RunRepository, WorkerRepository
from app.settings import Settings
from app.workflows.keeper import DatabaseKeeper
from synthesis.frontier import Entry
from synthesis.loop import PHASES
from tests.app.examples import INCREMENT, TASKS
from tests.app.test_keeper import INCREMENT_PROGRAM, attempt, keeper, sleep

__all__ = ["keeper"]  # the fixture


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def panel(client: TestClient, name: str) -> str:
    answer = client.get(f"/overview/panels/{name}")
    assert answer.status_code == 200, answer.text
    return words(answer.text)


def solved(database: Database) -> list[SolvedRow]:
    with database.read() as session:
        return list(session.scalars(select(SolvedRow)))


def test_with_nothing_asked_for_it_says_how_to_start(client: TestClient) -> None:
    page = client.get("/").text
    assert "Nothing has been learned yet" in page and "make run" in page and 'href="/tasks/new"' in page


def test_tasks_alone_are_enough_for_an_overview(client: TestClient) -> None:
    client.post("/v1/tasks", json={"domain": "list", "tasks": TASKS})
    page = client.get("/")
    assert page.status_code == 200
    shown = words(page.text)
    assert "No run has learned from these tasks yet" in shown
    assert f"0 of {len(TASKS)}" in shown and "None yet: a dream sleep trains one" in shown


def test_health_names_what_is_missing(client: TestClient, database: Database, keeper: DatabaseKeeper) -> None:
    assert "No worker gives a sign of life" in panel(client, "now")
    with database.write() as session:
        WorkerRepository(session).register("worker-1", "a-host", 4711)
    shown = panel(client, "now")
    assert "1 worker alive" in shown and "a-host process 4711" in shown
    assert "1 run waiting for a worker" in shown and "none: guided by prior and network" in shown


def test_what_runs_shows_its_phase_and_progress(
    client: TestClient, database: Database, keeper: DatabaseKeeper
) -> None:
    with database.write() as session:
        WorkerRepository(session).register("worker-1", "a-host", 4711)
        RunRepository(session).progress(keeper.run_id, 1, "wake", PHASES)
    assert "iteration 1 of 2 0 of 2 tasks tried" in panel(client, "now")
    keeper.record_attempt(1, attempt())
    shown = panel(client, "now")
    assert "1 run at work" in shown and "1 of 2 tasks tried" in shown
    with database.write() as session:
        RunRepository(session).settle(keeper.run_id, "failed", "x")
    assert re.search(r"The last run, \w+ ?, is failed", panel(client, "now"))


def test_many_runs_are_counted(client: TestClient, database: Database) -> None:
    with database.write() as session:
        session.add_all(RunRow(domain="list", config={"iterations": 1}) for _ in range(9))
    shown = client.get("/overview/panels/now").text
    assert shown.count("state-queued") == 6 and "and 3 more runs" in words(shown)


def test_what_was_learned_in_a_day(client: TestClient, database: Database, keeper: DatabaseKeeper) -> None:
    keeper.record_attempt(1, attempt())
    keeper.record_sleep(1, sleep())
    shown = panel(client, "today")
    assert "Tasks solved +1" in shown and "1 of 2 in all" in shown and "Abstractions +1" in shown
    assert "increment" in panel(client, "latest")
    series = client.get("/overview/panels/solved").text
    assert "&#34;list&#34;" in series and ", 1]" in series
    with database.write() as session:
        session.execute(update(SolvedRow).values(solved_at=now() - timedelta(hours=25)))
    shown = panel(client, "today")
    assert "Tasks solved 0" in shown and "1 of 2 in all" in shown


def test_a_task_is_solved_once_whoever_solves_it(database: Database, keeper: DatabaseKeeper) -> None:
    keeper.record_attempt(1, attempt())
    (first,) = solved(database)
    keeper.record_attempt(2, attempt(iteration=2))
    with database.write() as session:
        jobs = JobRepository(session)
        job = jobs.add(first.task_id, 1.0, None)
        jobs.finish(job.id, {}, [Entry(INCREMENT_PROGRAM, -1.0, 0.0, "prior", 0)])
    (again,) = solved(database)
    assert (again.task_id, again.domain, again.solved_at) == (first.task_id, "list", first.solved_at)


def test_a_job_solves_a_task_and_a_vain_one_does_not(database: Database, keeper: DatabaseKeeper) -> None:
    with database.write() as session:
        task = session.scalars(select(TaskRow).where(TaskRow.name == INCREMENT["name"])).one()
        jobs = JobRepository(session)
        jobs.finish(jobs.add(task.id, 1.0, None).id, {}, [])
    assert solved(database) == []
    with database.write() as session:
        jobs = JobRepository(session)
        entry = Entry(INCREMENT_PROGRAM, -1.0, 0.0, "prior", 0)
        jobs.finish(jobs.add(task.id, 1.0, None).id, {}, [entry])
    assert [row.task_id for row in solved(database)] == [task.id]


def test_what_was_solved_before_the_table_was_there(database: Database, keeper: DatabaseKeeper) -> None:
    keeper.record_attempt(1, attempt())
    keeper.record_attempt(2, attempt(iteration=2))
    with database.read() as session:
        first = session.scalars(select(AttemptRow.created_at).order_by(AttemptRow.created_at)).first()
    downgrade(database, "0008")
    upgrade(database)
    (row,) = solved(database)
    assert (row.domain, row.solved_at) == ("list", first)


@pytest.mark.parametrize(("path", "status"), [("none", 404), ("%00", 422), ("now%2F", 404), ("x" * 65, 422)])
def test_a_bad_panel(client: TestClient, path: str, status: int) -> None:
    assert client.get(f"/overview/panels/{path}").status_code == status


def test_a_model_server_that_is_not_there(settings: Settings) -> None:
    server = ModelServer(settings.model_copy(update={"model_url": "http://127.0.0.1:9"}))
    answer = server.answer()
    assert answer.state == "down" and "refused" in answer.detail
    assert ModelServer(settings).answer().state == "none"


def test_the_model_server_s_state_is_its_own_request(client: TestClient) -> None:
    answer: Any = client.get("/overview/model-server")
    assert answer.status_code == 200 and "mark-none" in answer.text
