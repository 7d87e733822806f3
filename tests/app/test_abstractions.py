"""Abstractions across versions, under random runs: what is written says what the records say, once, for good.

The checks know a program's abstractions by its text: they are inline in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Table, select

from app.db import Database
from app.db.base import Base
from app.db.migrate import upgrade
from app.db.models import AbstractionRow, LibraryRow, MemberRow, PartRow, RetirementRow, SleepRow, UseRow
from app.db.repositories import AbstractionRepository, LibraryRepository, RunRepository, TaskRepository
from app.errors import NotFound
from app.workflows.keeper import DatabaseKeeper
from engine import Term
from library.domain import get_domain
from library.snapshot import Abstraction, Library
from synthesis.frontier import Entry, Frontier
from synthesis.report import Sleep
from synthesis.task import load_tasks
from tests.app.examples import DOUBLE, INCREMENT, REST

TASKS = [INCREMENT, DOUBLE, REST]
REQUEST = "list(int) -> list(int)"
ADD = "#(lambda (+ $0 1))"
EACH = f"#(lambda (map {ADD} $0))"
LATER = f"#(lambda ({EACH} (cdr $0)))"
TWICE = "#(lambda (lambda ($1 ($1 $0))))"
BOTH = f"#(lambda ({TWICE} {EACH} (cdr $0)))"
BODIES = (ADD, EACH, LATER, TWICE, BOTH)
PARTS = {ADD: set[str](), EACH: {ADD}, LATER: {EACH}, TWICE: set[str](), BOTH: {TWICE, EACH}}
PROGRAMS = (
    "(lambda (cdr $0))",
    f"(lambda (map {ADD} $0))",
    f"(lambda ({EACH} $0))",
    f"(lambda ({LATER} $0))",
    f"(lambda ({TWICE} {LATER} $0))",
    f"(lambda ({BOTH} $0))",
)
TABLES = [row.__table__ for row in (LibraryRow, AbstractionRow, PartRow, MemberRow, UseRow, RetirementRow)]


def abstraction(body: str, name: str, docstring: str = "") -> Abstraction:
    return Abstraction(name, body, str(get_domain("list").language().infer(Term.parse(body))), docstring)


def library_of(bodies: Sequence[str], weights: list[float] | None = None, prefix: str = "f") -> Library:
    members = tuple(abstraction(body, f"{prefix}{BODIES.index(body)}") for body in bodies)
    learned = weights or [-float(position) for position in range(len(bodies))]
    return Library("list", members, (*Library.initial("list").weights[:-1], *learned, 0.0))


@st.composite
def sleeps(draw: st.DrawFn) -> Sleep:
    """A library over some of BODIES, whichever way they depend on each other, and frontiers of PROGRAMS."""
    bodies = draw(st.lists(st.sampled_from(BODIES), unique=True))
    weights = [draw(st.sampled_from((-1.0, -2.5))) for _ in bodies]
    library = library_of(bodies, weights, draw(st.sampled_from("fg")))
    frontiers: dict[str, Frontier] = {}
    for task in TASKS:
        programs = draw(st.lists(st.sampled_from(PROGRAMS), unique=True, max_size=3))
        entries = (Entry(text, -float(i), 0.0, "prior", 1) for i, text in enumerate(programs))
        frontiers[task["name"]] = Frontier(task["name"], REQUEST, tuple(entries))
    gains = {a.name: draw(st.floats(0, 100)) for a in library.abstractions}
    return Sleep(library, frontiers, (), 2.0, 1.0, 0.1, gains, {"f0": 1.25})


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One database for all examples: versions and abstractions meet those of other runs in it."""
    path: Path = tmp_path_factory.mktemp("abstractions") / "a.db"
    database = Database(f"sqlite:///{path}")
    upgrade(database)
    yield database
    database.close()


def started(database: Database) -> DatabaseKeeper:
    with database.write() as session:
        rows = [row for row, _ in TaskRepository(session).add(load_tasks(TASKS, "list"))]
        run = RunRepository(session).add("list", {"iterations": 5}, rows)
    return DatabaseKeeper(database, run.id)


def rows_of(database: Database) -> dict[str, set[str]]:
    """All rows of TABLES, as text."""
    tables: list[Table] = [table for table in TABLES if isinstance(table, Table)]
    with database.read() as session:
        return {table.name: {repr(row) for row in session.execute(select(table))} for table in tables}


def bodies_of(database: Database) -> dict[str, str]:
    with database.read() as session:
        return {row.id: row.body for row in session.scalars(select(AbstractionRow))}


@given(st.lists(sleeps(), min_size=1, max_size=4))
def test_what_is_written_is_true_and_stays(shared: Database, given_sleeps: list[Sleep]) -> None:
    keeper = started(shared)
    before = rows_of(shared)
    for iteration, sleep in enumerate(given_sleeps, start=1):
        keeper.record_sleep(iteration, sleep)
        after = rows_of(shared)
        assert all(before[name] <= after[name] for name in before), "a row changed"
        keeper.record_sleep(iteration, sleep)
        keeper.record_sleep(iteration, given_sleeps[0])
        assert rows_of(shared) == after, "a repeated step wrote something"
        before = after
    check_edges(shared)
    check_members(shared)
    check_sleeps(shared, keeper.run_id)


def check_edges(database: Database) -> None:
    """They are the bodies' own, so they rise strictly in size: there is no cycle."""
    bodies = bodies_of(database)
    with database.read() as session:
        edges = [(row.abstraction_id, row.part_id) for row in session.scalars(select(PartRow))]
    found: dict[str, set[str]] = {body: set() for body in bodies.values()}
    for user, part in edges:
        found[bodies[user]].add(bodies[part])
        assert len(bodies[part]) < len(bodies[user])
    assert found == {body: PARTS[body] for body in found}
    assert all(part in found for parts in found.values() for part in parts)


def check_members(database: Database) -> None:
    """A version's members are its snapshot's abstractions, in their order, with their weights."""
    bodies = bodies_of(database)
    with database.read() as session:
        for version in session.scalars(select(LibraryRow)):
            library = Library.from_json(version.snapshot)
            assert library.content_hash == version.content_hash
            query = select(MemberRow).where(MemberRow.library_id == version.id).order_by(MemberRow.position)
            members = list(session.scalars(query))
            assert [(bodies[m.abstraction_id], m.name) for m in members] == [
                (a.body, a.name) for a in library.abstractions
            ]
            primitives = len(get_domain("list").primitives)
            assert [member.weight for member in members] == list(library.weights[primitives:-1])
            assert all(member.gain is not None for member in members)


def check_sleeps(database: Database, run_id: str) -> None:
    """Uses are those of the stored programs, retirements the difference of the stored libraries."""
    bodies = bodies_of(database)
    held: list[dict[str, str]] = []
    with database.read() as session:
        tasks = {row.id: row.name for row in RunRepository(session).tasks(run_id)}
        for row in session.scalars(
            select(SleepRow).where(SleepRow.run_id == run_id).order_by(SleepRow.iteration)
        ):
            sleep = Sleep.from_json(row.record)
            held.append({a.body: a.name for a in sleep.library.abstractions})
            key = {"run_id": run_id, "iteration": row.iteration}
            uses = {
                (bodies[use.abstraction_id], tasks[use.task_id])
                for use in session.scalars(select(UseRow).filter_by(**key))
            }
            best = [(f.task, f.best.program) for f in sleep.frontiers.values() if f.best is not None]
            assert uses == {(body, task) for body in held[-1] for task, text in best if body in text}
            gone = {
                (bodies[r.abstraction_id], r.name, r.saving, r.successor_id and bodies[r.successor_id])
                for r in session.scalars(select(RetirementRow).filter_by(**key))
            }
            now = {name: body for body, name in held[-1].items()}
            earlier = held[-2] if len(held) > 1 else {}
            assert gone == {
                (body, name, 1.25 if name == "f0" else None, now.get(name))
                for body, name in earlier.items()
                if body not in held[-1]
            }
        learned = {a.body: a for a in AbstractionRepository(session).learned(run_id, 100)}
    assert set(learned) == {body for bodies in held for body in bodies}
    for body, found in learned.items():
        standing = [iteration for iteration, bodies in enumerate(held, start=1) if body in bodies]
        assert found.iteration == standing[0]
        assert found.retired_in == (None if standing[-1] == len(held) else standing[-1] + 1)


def test_first_seen_stays_with_the_first_version(database: Database) -> None:
    with database.write() as session:
        repository = LibraryRepository(session)
        first = repository.store(library_of([ADD], prefix="f"))
        second = repository.store(library_of([ADD, EACH], prefix="g"), first.id)
        (member, row, seen), (_, each, seen_each) = AbstractionRepository(session).members(second.id)
    assert (row.name, member.name, seen.id) == ("f0", "g0", first.id)
    assert (each.name, seen_each.id, member.gain) == ("g1", second.id, None)


def test_a_part_that_no_version_lists_is_in_the_graph(database: Database) -> None:
    with database.write() as session:
        version = LibraryRepository(session).store(library_of([LATER]))
        repository = AbstractionRepository(session)
        nodes, edges = repository.nodes(version.id), repository.edges(version.id)
        assert repository.sizes([version.id]) == {version.id: 1}
        ids = {row.body: row.id for row, _ in nodes}
        assert [row.body for row, member in nodes if member is not None] == [LATER]
    assert set(ids) == {LATER, EACH, ADD}
    assert {(edge.abstraction_id, edge.part_id) for edge in edges} == {
        (ids[LATER], ids[EACH]),
        (ids[EACH], ids[ADD]),
    }
    (unlisted,) = (row for row, _ in nodes if row.body == ADD)
    assert (unlisted.type, unlisted.name[:9]) == ("int -> int", "unlisted_")


def test_the_pages_of_a_history(database: Database) -> None:
    with database.write() as session:
        store = LibraryRepository(session).store
        versions = [store(library_of([ADD], [weight])).id for weight in (-1.0, -2.0, -3.0)]
        repository = AbstractionRepository(session)
        ((_, row, _),) = repository.members(versions[0])
        pages: list[list[Any]] = [
            [(version.id, member.weight, uses) for member, version, uses in found]
            for found in (repository.history(row.id, 2, None), repository.history(row.id, 2, versions[1]))
        ]
        with pytest.raises(NotFound):
            repository.get("abstraction_none")
    assert pages == [[(versions[0], -1.0, 0), (versions[1], -2.0, 0)], [(versions[2], -3.0, 0)]]


def test_the_tables_are_all_checked() -> None:
    """Whoever adds a table that refers to abstractions should see it in these invariants."""
    referring = {
        table.name
        for table in Base.metadata.tables.values()
        if any(key.column.table.name == "abstractions" for key in table.foreign_keys)
    }
    assert referring <= {table.name for table in TABLES if isinstance(table, Table)}
