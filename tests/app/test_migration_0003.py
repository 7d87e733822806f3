"""Migration 0003 with data: networks become versions, and come out as if the code of today had kept them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from app.db import Database
from app.db.migrate import check, downgrade, upgrade
from app.db.models import ModelRow
from app.db.repositories import ModelFilter, ModelRepository
from app.workflows.keeper import DatabaseKeeper
from synthesis.report import Dream
from tests.app.test_abstractions import ADD, started
from tests.app.test_dreams_api import FANTASY
from tests.app.test_migration_0002 import rows, sleep
from tests.app.test_models_api import DREAM, adapter

OLD = "SELECT id, run_id, iteration, library_id, network, promoted, metrics, record, created_at FROM models"
KEPT = "SELECT id, run_id, iteration, library_id, metrics, record, created_at FROM models"
VERSIONS = (
    "SELECT run_id, iteration, domain, kind, number, name, base, sha256, data_hash, content, path, metrics,"
    " promoted_at IS NOT NULL AS promoted, retired_at FROM model_versions"
)


def trained(number: int, promoted: bool = True) -> Dream:
    metrics = {"dreams": {"fantasies": number}, "training": {"steps": number, "promoted": promoted}}
    return replace(DREAM, network=bytes([number]) * 1000, promoted=promoted, metrics=metrics)


def filled(database: Database) -> tuple[DatabaseKeeper, DatabaseKeeper]:
    """Two runs; one sleep trained nothing, one network was no better."""
    one, two = started(database), started(database)
    one.record_dream(0, trained(1))
    two.record_dream(0, replace(DREAM, network=None, promoted=False))
    one.record_sleep(1, sleep([ADD], f"(lambda (map {ADD} $0))", "(lambda $0)"))
    one.record_dream(1, trained(2, promoted=False))
    two.record_dream(1, trained(3))
    one.record_dream(2, trained(4))
    return one, two


def test_old_rows_become_versions_and_go_down_again(database: Database) -> None:
    one, two = filled(database)
    kept, versions = rows(database, KEPT), rows(database, VERSIONS)
    links = parents(database)
    dreams = {(keeper.run_id, i): keeper.dream(i) for keeper in (one, two) for i in range(3)}
    downgrade(database, "0002")
    old = rows(database, OLD)
    found = {(run, iteration): (network, promoted) for _, run, iteration, _, network, promoted, *_ in old}
    assert found == {
        (one.run_id, 0): (b"\x01" * 1000, 1),
        (one.run_id, 1): (b"\x02" * 1000, 0),
        (one.run_id, 2): (b"\x04" * 1000, 1),
        (two.run_id, 0): (None, 0),
        (two.run_id, 1): (b"\x03" * 1000, 1),
    }
    upgrade(database)
    check(database)
    assert (rows(database, KEPT), rows(database, VERSIONS)) == (kept, versions)
    assert parents(database) == links
    assert {(keeper.run_id, i): keeper.dream(i) for keeper in (one, two) for i in range(3)} == dreams
    assert rows(database, "SELECT number FROM model_versions ORDER BY number") == [(1,), (2,), (3,), (4,)]
    promoted = "SELECT m.created_at, v.created_at, v.promoted_at FROM models m JOIN model_versions v USING"
    moments = rows(database, f"{promoted} (run_id, iteration) WHERE v.promoted_at IS NOT NULL")
    assert len(moments) == 3 and all(len(set(three)) == 1 for three in moments)
    with database.read() as session:
        (first, *_) = ModelRepository(session).page(1, None, ModelFilter(run_id=one.run_id))
        assert first.promoted_at == first.created_at and isinstance(first.created_at, datetime)
    downgrade(database, "0002")
    assert rows(database, OLD) == old


def test_records_of_before_are_read_and_new_ones_follow(database: Database) -> None:
    one, two = filled(database)
    downgrade(database, "0002")
    with database.write() as session:  # as they were written then: with nothing about adapters
        for id, record in session.execute(select(ModelRow.id, ModelRow.record)).all():
            old = {k: v for k, v in record.items() if "adapter" not in k and k != "data_hash"}
            session.execute(update(ModelRow).where(ModelRow.id == id).values(record=old))
    upgrade(database)
    assert one.dream(1) == trained(2, promoted=False) and two.dream(1) == trained(3)
    assert one.adapter(9) is None
    two.record_dream(2, trained(5))
    (number,) = rows(database, f"SELECT max(number) FROM model_versions WHERE run_id = '{two.run_id}'")
    assert number == (5,)
    assert parents(database)[two.run_id, 2] == (two.run_id, 1)


def test_what_the_old_schema_has_no_place_for_is_lost_on_the_way_down(database: Database) -> None:
    keeper = started(database)
    keeper.record_dream(0, replace(trained(1), adapter=adapter("a"), adapter_promoted=True))
    keeper.record_dreams(0, [FANTASY])
    with database.write() as session:
        repository = ModelRepository(session)
        (network,) = repository.page(9, None, ModelFilter(kind="network"))
        repository.roll_back(network.id, "worse")
    downgrade(database, "0002")
    ((network, promoted),) = rows(database, "SELECT network, promoted FROM models")
    assert (network, promoted) == (b"\x01" * 1000, 0)
    upgrade(database)
    assert rows(database, "SELECT kind, promoted_at FROM model_versions") == [("network", None)]
    assert rows(database, "SELECT count(*) FROM dreams") == [(0,)]
    kept = keeper.dream(0)
    assert kept is not None and not kept.promoted and not kept.adapter_promoted


def parents(database: Database) -> dict[Any, Any]:
    """Whose child is whose, by run and iteration: ids of versions are made anew."""
    found = rows(
        database,
        "SELECT v.run_id, v.iteration, p.run_id, p.iteration FROM model_versions v"
        " LEFT JOIN model_versions p ON p.id = v.parent_id",
    )
    return {(run, iteration): (of_run, of_iteration) for run, iteration, of_run, of_iteration in found}
