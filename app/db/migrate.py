"""Bring a database to the newest schema (Alembic; the steps are in migrations/)."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config

from app.db.session import Database

_MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


def configuration(database: Database) -> Config:
    """Alembic's configuration for this database, without an ini file."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["database"] = database
    return config


def upgrade(database: Database) -> None:
    """Apply the migrations that this database lacks."""
    command.upgrade(configuration(database), "head")


def downgrade(database: Database, revision: str = "base") -> None:
    """Take migrations back down to `revision`."""
    command.downgrade(configuration(database), revision)


def check(database: Database) -> None:
    """Raise alembic.util.CommandError where the models say something that the schema does not."""
    command.check(configuration(database))
