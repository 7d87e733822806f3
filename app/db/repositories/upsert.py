"""INSERT … ON CONFLICT, the same for SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import literal
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.db.base import Base


def insert_once(session: Session, table: type[Base], values: dict[str, Any], keys: tuple[str, ...]) -> bool:
    """Insert a row unless `keys` already has one; whether it did."""
    statement = _insert(session, table).values(**values).on_conflict_do_nothing(index_elements=list(keys))
    # RETURNING gives a row exactly where one was inserted
    return session.execute(statement.returning(literal(1))).first() is not None


def insert_many_once(
    session: Session, table: type[Base], rows: Sequence[dict[str, Any]], keys: tuple[str, ...]
) -> None:
    """Insert those rows whose `keys` have none yet."""
    if rows:
        statement = _insert(session, table.__table__).on_conflict_do_nothing(index_elements=list(keys))
        session.connection().execute(statement, rows)


def _insert(session: Session, table: Any) -> Any:
    postgres = session.get_bind().dialect.name == "postgresql"
    return postgresql.insert(table) if postgres else sqlite.insert(table)
