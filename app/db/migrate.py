"""Bring a database to the newest schema (Alembic; the steps are in migrations/)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from app.db.session import Database

_MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


def configuration(database: Database) -> Config:
    """Alembic's configuration for this database, without an ini file."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["database"] = database
    return config


def upgrade(database: Database, to: str = "head") -> None:
    """Apply the migrations that this database lacks, up to the revision `to`."""
    command.upgrade(configuration(database), to)


def downgrade(database: Database, revision: str = "base") -> None:
    """Take migrations back down to `revision`."""
    command.downgrade(configuration(database), revision)


@cache
def newest() -> str:
    """The revision that this version of the code needs."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    return ScriptDirectory.from_config(config).get_current_head() or ""


def revision(connection: Connection) -> str | None:
    """The revision that the database has; none where it has no schema."""
    return MigrationContext.configure(connection).get_current_revision()


def is_current(connection: Connection) -> bool:
    """Whether the database has the schema that this version of the code needs."""
    return revision(connection) == newest()


def check(database: Database) -> None:
    """Raise alembic.util.CommandError where the models say something that the schema does not."""
    command.check(configuration(database))
