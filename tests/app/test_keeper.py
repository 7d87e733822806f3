"""The keeper: what is recorded comes back as it was, and recording it again changes nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select

from app.db import Database
from app.db.base import Base
from app.db.models import (
    AbstractionRow,
    AttemptRow,
    FrontierRow,
    LibraryRow,
    ModelRow,
    SleepRow,
    TaskRow,
    VersionRow,
)
from app.db.repositories import (
    AbstractionRepository,
    DreamFilter,
    DreamRepository,
    EventRepository,
    LibraryRepository,
    RunRepository,
    TaskRepository,
)
from app.workflows.keeper import DatabaseKeeper
from library.snapshot import Abstraction, Library
from synthesis.frontier import Entry, Frontier
from synthesis.report import Adapter, Attempt, Dream, DreamRecord, GuideReport, Sleep
from synthesis.task import load_tasks
from tests.app.examples import HEAD, INCREMENT

INCREMENT_PROGRAM = "(lambda (map (lambda (+ $0 1)) $0))"
BODY = "#(lambda (+ $0 1))"
REQUEST = INCREMENT["request"]


@pytest.fixture
def keeper(database: Database) -> DatabaseKeeper:
    with database.write() as session:
        rows = [row for row, _ in TaskRepository(session).add(load_tasks([INCREMENT, HEAD], "list"))]
        run = RunRepository(session).add("list", {"iterations": 2}, rows)
    return DatabaseKeeper(database, run.id)


def attempt(program: str = INCREMENT_PROGRAM, log_prior: float = -10.0, iteration: int = 1) -> Attempt:
    entries = (Entry(program, log_prior, 0.0, "prior", iteration),)
    guides = {"prior": GuideReport(programs=7, cpu_seconds=0.5, solved=True)}
    return Attempt(INCREMENT["name"], REQUEST, entries, 1.0, 0.5, 7, guides, "found", "prior")


def sleep() -> Sleep:
    initial = Library.initial("list")
    abstraction = Abstraction("increment", BODY, "int -> int", "Adds one.", (INCREMENT["name"],))
    library = Library("list", (abstraction,), (*initial.weights, 0.0))
    entry = Entry(f"(lambda (map {BODY} $0))", -4.0, 0.0, "prior", 1)
    frontiers = {
        INCREMENT["name"]: Frontier(INCREMENT["name"], REQUEST, (entry,)),
        HEAD["name"]: Frontier(HEAD["name"], HEAD["request"]),
    }
    return Sleep(library, frontiers, ("increment",), 30.0, 20.0, 0.1)


def count(database: Database, table: type[Base]) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_an_attempt_comes_back_and_is_kept_once(keeper: DatabaseKeeper, database: Database) -> None:
    keeper.record_attempt(1, attempt())
    keeper.record_attempt(1, attempt("(lambda $0)", -1.0))
    assert keeper.attempts(1) == {INCREMENT["name"]: attempt()}
    assert keeper.attempts(2) == {}
    assert (count(database, AttemptRow), count(database, FrontierRow)) == (1, 1)


def test_frontiers_are_merged_best_first_and_bounded(keeper: DatabaseKeeper, database: Database) -> None:
    for iteration in range(1, 8):
        program = f"(lambda (map (lambda (+ $0 {' (+ 0' * iteration} 1{')' * iteration})) $0))"
        keeper.record_attempt(iteration, attempt(program, -10.0 - iteration, iteration))
        keeper.record_attempt(iteration, attempt(program, -10.0 - iteration, iteration))
    with database.read() as session:
        task_id = session.scalars(select(TaskRow.id).where(TaskRow.name == INCREMENT["name"])).one()
        kept = TaskRepository(session).programs(task_id)
        ranks = list(session.scalars(select(FrontierRow.rank).order_by(FrontierRow.rank)))
    assert [program.entry.iteration for program in kept] == [1, 2, 3, 4, 5]
    assert ranks == [0, 1, 2, 3, 4]


def test_a_sleep_comes_back_with_its_library(keeper: DatabaseKeeper, database: Database) -> None:
    keeper.record_attempt(1, attempt())
    for _ in range(2):
        keeper.record_sleep(1, sleep())
    again = keeper.sleep(1)
    assert again == sleep()
    assert [count(database, table) for table in (SleepRow, LibraryRow, AbstractionRow, FrontierRow)] == [
        1,
        1,
        1,
        1,
    ]
    with database.read() as session:
        current = LibraryRepository(session).current("list")
        assert current is not None and current.content_hash == sleep().library.content_hash
        (learned,) = AbstractionRepository(session).learned(keeper.run_id, 100)
        assert (learned.name, learned.uses, learned.retired_in) == ("increment", 1, None)
        assert learned.python == "lambda n: n + 1" or learned.python.startswith("lambda")


def test_an_abstraction_that_is_gone_is_kept_as_retired(keeper: DatabaseKeeper, database: Database) -> None:
    keeper.record_sleep(1, sleep())
    bare = {name: Frontier(name, frontier.request) for name, frontier in sleep().frontiers.items()}
    keeper.record_sleep(2, Sleep(Library.initial("list"), bare, (), 20.0, 20.0, 0.1))
    with database.read() as session:
        (learned,) = AbstractionRepository(session).learned(keeper.run_id, 100)
        assert learned.retired_in == 2
        version = LibraryRepository(session).current("list")
        assert version is not None and version.parent_id is not None


def test_a_dream_comes_back_with_its_network(keeper: DatabaseKeeper, database: Database) -> None:
    dream = Dream(((0.0, -1.5), (2.0, -3.25)), b"\x00\xff", True, "ab", {"loss": 1.5}, 2.0)
    for _ in range(2):
        keeper.record_dream(0, dream)
    assert keeper.dream(0) == dream
    assert keeper.dream(1) is None
    assert count(database, ModelRow) == 1


def test_a_dream_is_kept_once_with_what_it_trained(keeper: DatabaseKeeper, database: Database) -> None:
    adapter = Adapter("recognition-ab", "/models/ab", "full", "tiny", "ab", "cd", None, {"valid": 0.5})
    dream = Dream(((0.0,),), b"\x00", False, "ab", {}, 2.0, adapter, True, "ef")
    keeper.record_dream(1, dream)
    keeper.record_dream(1, replace(dream, network=b"\x01", promoted=True, adapter=None))
    assert keeper.dream(1) == dream and keeper.adapter(2) == adapter and keeper.adapter(1) is None
    assert (count(database, ModelRow), count(database, VersionRow)) == (1, 2)


def test_dreams_are_kept_once_by_position_in_as_many_parts_as_they_come(
    keeper: DatabaseKeeper, database: Database
) -> None:
    dreams = [
        DreamRecord(i, REQUEST, INCREMENT_PROGRAM, ({"inputs": [[i]], "output": [i + 1]},), -1.0, "fantasy")
        for i in range(2000)
    ]
    for end in (0, 10, 5, 1000, 2000, 2000):
        keeper.record_dreams(1, [replace(dream, log_prior=-float(end)) for dream in dreams[:end]])
    keeper.record_dreams(2, dreams[:3])
    with database.read() as session:
        repository = DreamRepository(session)
        found = repository.page(9999, None, DreamFilter(keeper.run_id, 1))
        assert (repository.count(keeper.run_id, 1), repository.count(keeper.run_id, 2)) == (2000, 3)
    assert [dream.row.position for dream in found] == list(range(2000))
    first = {position: end for end in (2000, 1000, 10) for position in range(end)}
    assert [dream.row.log_prior for dream in found] == [-float(first[i]) for i in range(2000)]
    assert all(dream.row.examples == list(dreams[i].examples) for i, dream in enumerate(found))


def test_a_report_is_kept_once_and_without_nan(keeper: DatabaseKeeper) -> None:
    keeper.record_report(1, {"iteration": 1, "ratio": float("nan")})
    keeper.record_report(1, {"iteration": 1, "ratio": 2.0})
    assert keeper.report(1) == {"iteration": 1, "ratio": None}


def test_events_are_stored_with_an_abstractions_own_type(keeper: DatabaseKeeper, database: Database) -> None:
    event: dict[str, Any] = {"type": "abstraction", "iteration": 1, "name": "f", "signature": "int -> int"}
    keeper.emit(event)
    with database.read() as session:
        (row,) = EventRepository(session).after(keeper.run_id, 0)
    assert (row.type, row.data) == ("abstraction", {"iteration": 1, "name": "f", "type": "int -> int"})


def test_cancelled_once_the_run_is_stopped(keeper: DatabaseKeeper, database: Database) -> None:
    assert not keeper.cancelled()
    with database.write() as session:
        RunRepository(session).stop(keeper.run_id, "paused")
    assert keeper.cancelled()
    with database.write() as session:
        RunRepository(session).resume(keeper.run_id)
    assert not keeper.cancelled()
    keeper.stopping.set()
    assert keeper.cancelled()
