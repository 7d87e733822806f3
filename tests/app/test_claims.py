"""Workers and their claims: no task is two living workers', a dead one's are free, one takes over."""

from __future__ import annotations

import threading
import time
from collections import Counter
from datetime import timedelta

from app.db import Database
from app.db.models import WorkerRow
from app.db.repositories import ClaimRepository, RunRepository, TaskRepository, WorkerRepository
from app.workflows.heartbeat import STOPPED_ONLY, Heartbeat
from app.workflows.keeper import DatabaseKeeper
from synthesis.report import Attempt
from synthesis.task import load_tasks
from tests.app.examples import TASKS

NAMES = [task["name"] for task in TASKS]
SILENT = 10.0


def started(database: Database, *workers: str) -> list[DatabaseKeeper]:
    """A run, as each of these workers sees it."""
    with database.write() as session:
        rows = [row for row, _ in TaskRepository(session).add(load_tasks(TASKS, "list"))]
        run = RunRepository(session).add("list", {}, rows)
        for worker in workers:
            WorkerRepository(session).register(worker, "here", 1)
    return [DatabaseKeeper(database, run.id, worker_id=worker) for worker in workers]


def attempt(name: str) -> Attempt:
    return Attempt(name, "list(int) -> int", (), 1.0, 1.0, 1, {}, "budget", None)


def silence(database: Database, worker: str, seconds: float) -> None:
    """As if it had been silent for so long."""
    with database.write() as session:
        row = session.get_one(WorkerRow, worker)
        row.beat_at = row.beat_at - timedelta(seconds=seconds)


def heart(database: Database, worker: str, recovered: list[str]) -> Heartbeat:
    def recover(workers: list[str]) -> int:
        recovered.extend(workers)
        return len(workers)

    return Heartbeat(database, worker, SILENT, recover, lambda: None, lambda: None)


def test_a_task_is_one_workers(database: Database) -> None:
    a, b = started(database, "a", "b")
    assert a.claim(1, NAMES, 2) == NAMES[:2]
    assert b.claim(1, NAMES, 9) == NAMES[2:]
    assert a.claim(1, NAMES[2:], 1) == []  # b has them
    assert b.claim(2, NAMES, 1) == NAMES[:1]  # in another iteration
    for name in NAMES[2:]:
        b.record_attempt(1, attempt(name))
    assert a.claim(1, NAMES[2:], 1) is None
    with database.read() as session:
        claims = ClaimRepository(session, a.run_id, 1)
        assert claims.any_free("a") and not claims.any_free("b")


def test_what_a_dead_worker_had_is_free_once_somebody_took_over(database: Database) -> None:
    a, b = started(database, "a", "b")
    recovered: list[str] = []
    assert a.claim(1, NAMES, 9) == NAMES and b.claim(1, NAMES, 9) == []
    heart(database, "b", recovered).take_over(SILENT)
    assert recovered == []
    silence(database, "a", SILENT + 5)
    assert b.claim(1, NAMES, 9) == []
    heart(database, "b", recovered).take_over(SILENT)
    assert recovered == ["a"]
    assert b.claim(1, NAMES, 9) == NAMES
    with database.write() as session:
        workers = WorkerRepository(session)
        assert not workers.beat("a") and workers.beat("b")  # a must learn that it was given up
        assert [row.id for row in workers.alive(SILENT)] == ["b"]


def test_one_survivor_takes_over(database: Database) -> None:
    started(database, "dead", "stopped", *"abcd")
    silence(database, "dead", SILENT + 5)
    heart(database, "stopped", []).stop()
    recovered: list[str] = []
    heart(database, "a", recovered).take_over(STOPPED_ONLY)
    assert recovered == ["stopped"]
    hearts = [heart(database, worker, recovered) for worker in "abcd"]
    threads = [threading.Thread(target=one.take_over, args=(SILENT,)) for one in hearts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(recovered) == ["dead", "stopped"]


def test_many_share_a_wake_and_each_task_is_done_once(database: Database) -> None:
    keepers = started(database, *"abcd")
    done: list[str] = []

    def work(keeper: DatabaseKeeper) -> None:
        left = dict.fromkeys(NAMES)
        while left and (names := keeper.claim(1, list(left), 2)) is not None:
            for name in names:
                del left[name]
                keeper.record_attempt(1, attempt(name))
                done.append(name)
            if not names:
                time.sleep(0.01)

    threads = [threading.Thread(target=work, args=(keeper,)) for keeper in keepers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(done) == Counter(NAMES)
    assert set(keepers[0].attempts(1)) == set(NAMES)


def test_a_worker_that_was_given_up_ends(database: Database) -> None:
    started(database, "a", "b")
    ended = threading.Event()
    beating = Heartbeat(database, "a", 0.05, lambda workers: 0, ended.set, lambda: None)
    with database.write() as session:
        workers = WorkerRepository(session)
        workers.recovered(session.get_one(WorkerRow, "a"))
    beating.start()
    assert ended.wait(30)
    beating.join(timeout=30)
    assert not beating.is_alive()


def test_an_earlier_launch_of_a_run_is_over(database: Database) -> None:
    (keeper,) = started(database, "a")
    first = DatabaseKeeper(database, keeper.run_id, worker_id="a", launch=1)
    assert not first.cancelled()
    with database.write() as session:
        runs = RunRepository(session)
        runs.stop(keeper.run_id, "paused")
        runs.resume(keeper.run_id)
    assert first.cancelled()
    assert not DatabaseKeeper(database, keeper.run_id, worker_id="a", launch=2).cancelled()
