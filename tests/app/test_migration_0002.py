"""Migration 0002 with data: old rows are kept, and come out as if they were written by the code of today."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from app.db import Database
from app.db.migrate import check, downgrade, upgrade
from app.workflows.keeper import DatabaseKeeper
from synthesis.frontier import Entry, Frontier
from synthesis.report import Sleep
from tests.app.examples import DOUBLE, INCREMENT
from tests.app.test_abstractions import ADD, EACH, LATER, REQUEST, library_of, started

OLD = "SELECT run_id, iteration, name, body, type, python, docstring, uses, retired_in FROM abstractions"
NEW = (
    "SELECT domain, body, body_hash, name, type, docstring, first_library_id FROM abstractions",
    "SELECT u.body, p.body FROM abstraction_parts e JOIN abstractions u ON u.id = e.abstraction_id"
    " JOIN abstractions p ON p.id = e.part_id",
    "SELECT m.library_id, a.body, m.position, m.name, m.docstring, m.weight FROM library_members m"
    " JOIN abstractions a ON a.id = m.abstraction_id",
    "SELECT u.run_id, u.iteration, a.body, u.task_id FROM abstraction_uses u"
    " JOIN abstractions a ON a.id = u.abstraction_id",
    "SELECT r.run_id, r.iteration, a.body, r.name, s.body FROM retirements r"
    " JOIN abstractions a ON a.id = r.abstraction_id LEFT JOIN abstractions s ON s.id = r.successor_id",
)
REST = ("runs", "tasks", "run_tasks", "library_versions", "sleeps", "frontier_entries")


def rows(database: Database, query: str) -> list[tuple[Any, ...]]:
    with database.read() as session:
        return sorted((tuple(row) for row in session.execute(text(query))), key=repr)


def sleep(bodies: list[str], first: str, second: str, prefix: str = "f") -> Sleep:
    """The best program of INCREMENT is `first`, that of DOUBLE `second`."""
    frontiers = {
        task["name"]: Frontier(task["name"], REQUEST, (Entry(program, -1.0, 0.0, "prior", 1),))
        for task, program in ((INCREMENT, first), (DOUBLE, second))
    }
    return Sleep(library_of(bodies, prefix=prefix), frontiers, (), 2.0, 1.0, 0.1)


def filled(database: Database) -> tuple[str, str]:
    """Two runs whose libraries meet: in the first, one abstraction comes, is built on, and goes."""
    one, two = started(database), started(database)
    keepers: tuple[tuple[DatabaseKeeper, list[Sleep]], ...] = (
        (
            one,
            [
                sleep([ADD], f"(lambda (map {ADD} $0))", "(lambda $0)"),
                sleep([ADD, EACH, LATER], f"(lambda ({EACH} $0))", f"(lambda ({LATER} $0))"),
                sleep([ADD, LATER], f"(lambda (map {ADD} $0))", f"(lambda ({LATER} $0))"),
            ],
        ),
        (two, [sleep([ADD], "(lambda (cdr $0))", f"(lambda (map {ADD} $0))", "g")]),
    )
    for keeper, given in keepers:
        for iteration, one_sleep in enumerate(given, start=1):
            keeper.record_sleep(iteration, one_sleep)
    return one.run_id, two.run_id


def test_old_rows_are_kept_on_the_way_down_and_up(database: Database) -> None:
    one, two = filled(database)
    new = [rows(database, query) for query in NEW]
    rest = [rows(database, f"SELECT * FROM {table}") for table in REST]
    downgrade(database, "0001")
    old = rows(database, OLD)
    found = [
        (run, iteration, name, body, uses, gone) for run, iteration, name, body, _, _, _, uses, gone in old
    ]
    assert found == sorted(
        [
            (one, 1, "f0", ADD, 2, None),
            (one, 2, "f1", EACH, 2, 3),
            (one, 2, "f2", LATER, 1, None),
            (two, 1, "g0", ADD, 1, None),
        ]
    )
    assert all(type and python for _, _, _, _, type, python, _, _, _ in old)
    ids = rows(database, "SELECT id, run_id, body FROM abstractions")
    upgrade(database)
    check(database)
    assert [rows(database, query) for query in NEW] == new
    # one Python form a run was kept: versions that read otherwise show that one
    assert rows(database, "SELECT count(*) FROM library_members WHERE python = ''") == [(0,)]
    downgrade(database, "0001")
    assert rows(database, OLD) == old
    assert rows(database, "SELECT id, run_id, body FROM abstractions") == ids
    upgrade(database)
    assert [rows(database, f"SELECT * FROM {table}") for table in REST] == rest


def test_what_was_never_measured_stays_empty(database: Database) -> None:
    filled(database)
    downgrade(database, "0001")
    upgrade(database)
    assert rows(database, "SELECT DISTINCT gain FROM library_members") == [(None,)]
    assert rows(database, "SELECT DISTINCT saving FROM retirements") == [(None,)]
