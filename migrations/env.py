"""Alembic's entry: the database is the one handed in (app.db.migrate), else the one of the settings."""

from __future__ import annotations

from typing import Any, Literal

import sqlalchemy as sa
from alembic import context

from app.db import models  # noqa: F401  (fills the metadata)
from app.db.base import Base, UtcDateTime
from app.db.session import Database
from app.settings import get_settings

_LOCK = 0x77616B65


def render(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Migrations outlive our code: they name plain SQLAlchemy types."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def run() -> None:
    database = context.config.attributes.get("database")
    if database is None:
        database = Database(get_settings().prepare().database)
    with database.writing.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_item=render,
            # SQLite alters tables by copying them ("batch"), and its DDL does roll back.
            render_as_batch=connection.dialect.name == "sqlite",
            transactional_ddl=True,
        )
        with context.begin_transaction():
            if connection.dialect.name == "postgresql":
                # processes that start at once migrate one after the other, and the first does it all
                connection.execute(sa.text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
            context.run_migrations()


run()
