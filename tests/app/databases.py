"""Databases for tests, both kinds: at the newest schema, with nothing in them, and cheap.

Migrating takes longer than most tests do. So SQLite's file is migrated once and copied, and PostgreSQL's
database is one for all tests of a process, emptied before each.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from sqlalchemy import URL, exists, literal, select, union_all
from sqlalchemy.exc import OperationalError

from app.db import Database
from app.db.base import Base
from app.db.migrate import is_current, upgrade
from tests import postgres

_PROCESS = os.environ.get("PYTEST_XDIST_WORKER", "main")


def sqlite_template(folder: Path) -> Path:
    """A migrated file, to be copied."""
    path = folder / "template.db"
    database = Database(f"sqlite:///{path}")
    upgrade(database)
    database.close()
    return path


def sqlite_copy(template: Path, path: Path) -> str:
    """The URL of a copy."""
    shutil.copyfile(template, path)
    return f"sqlite:///{path}"


def empty_postgres(server: URL) -> str:
    """The URL of this process's database, emptied; made anew where a test left another schema."""
    name = f"wakesleep_test_{_PROCESS}"
    url = server.set(database=name)
    database = Database(url)
    try:
        if not _emptied(database):
            database.close()
            postgres.migrated(server, name)
    finally:
        database.close()
    return url.render_as_string(hide_password=False)


def _emptied(database: Database) -> bool:
    try:
        with database.write() as session:
            if not is_current(session.connection()):
                return False
            tables = Base.metadata.sorted_tables
            filled = union_all(
                *(select(literal(t.name)).where(exists(select(1).select_from(t))) for t in tables)
            )
            names = set(session.execute(filled).scalars())
            for table in reversed(tables):
                if table.name in names:
                    session.execute(table.delete())
            return True
    except OperationalError:  # there is no such database yet
        return False
