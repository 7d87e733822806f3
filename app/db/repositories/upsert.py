"""INSERT … ON CONFLICT, the same for SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy import literal
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.db.base import Base

Result = TypeVar("Result")


def insert_once(session: Session, table: type[Base], values: dict[str, Any], keys: tuple[str, ...]) -> bool:
    """Insert a row unless `keys` already has one; whether it did."""
    statement = _insert(session, table).values(**values).on_conflict_do_nothing(index_elements=list(keys))
    # RETURNING gives a row exactly where one was inserted
    return session.execute(statement.returning(literal(1))).first() is not None


def insert_new(
    session: Session,
    table: type[Base],
    rows: Sequence[dict[str, Any]],
    keys: tuple[str, ...],
    result: InstrumentedAttribute[Result],
) -> set[Result]:
    """Insert those rows whose `keys` have none yet; their values of the column `result`."""
    statement = _insert(session, table).on_conflict_do_nothing(index_elements=list(keys))
    return set(session.scalars(statement.returning(result), rows)) if rows else set()


def insert_many_once(
    session: Session, table: type[Base], rows: Sequence[dict[str, Any]], keys: tuple[str, ...]
) -> None:
    """Insert those rows whose `keys` have none yet."""
    if rows:
        statement = _insert(session, table.__table__).on_conflict_do_nothing(index_elements=list(keys))
        session.connection().execute(statement, rows)


def put_many(
    session: Session, table: type[Base], rows: Sequence[dict[str, Any]], keys: tuple[str, ...]
) -> None:
    """Insert rows, in place of those that their `keys` have now."""
    if rows:
        statement = _insert(session, table.__table__)
        values = {name: statement.excluded[name] for name in rows[0] if name not in keys}
        statement = statement.on_conflict_do_update(index_elements=list(keys), set_=values)
        session.connection().execute(statement, rows)


def _insert(session: Session, table: Any) -> Any:
    postgres = session.get_bind().dialect.name == "postgresql"
    return postgresql.insert(table) if postgres else sqlite.insert(table)
