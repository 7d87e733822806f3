"""The schema: it goes up, down and up again, and says what the models say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError

from app.db import Database
from app.db.migrate import check, downgrade, upgrade
from tests import postgres


@pytest.fixture(params=["sqlite", "postgresql"])
def unmigrated(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Nothing in it, not even a schema."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'a.db'}")
    else:
        database = Database(
            postgres.create(request.getfixturevalue("postgres_server"), "wakesleep_unmigrated")
        )
    yield database
    database.close()


def test_the_migrations_go_up_and_down_and_up(unmigrated: Database) -> None:
    database = unmigrated
    upgrade(database)
    tables = set(inspect(database.engine).get_table_names())
    assert {"tasks", "runs", "attempts", "frontier_entries", "library_versions", "events"} <= tables
    assert {"models", "model_versions", "dreams"} <= tables
    downgrade(database)
    assert set(inspect(database.engine).get_table_names()) == {"alembic_version"}
    upgrade(database)
    assert set(inspect(database.engine).get_table_names()) == tables
    check(database)


def test_the_models_and_the_schema_agree(database: Database) -> None:
    check(database)


def test_sqlite_is_set_up(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'a.db'}")
    with database.read() as session:
        assert session.scalar(text("PRAGMA journal_mode")) == "wal"
        assert session.scalar(text("PRAGMA foreign_keys")) == 1
        assert session.scalar(text("PRAGMA busy_timeout")) > 0
    database.close()


def test_foreign_keys_hold(database: Database) -> None:
    with pytest.raises(IntegrityError), database.write() as session:
        session.execute(
            text("INSERT INTO run_tasks (run_id, task_id, position, split) VALUES ('no', 'no', 0, 'train')")
        )
