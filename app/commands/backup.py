"""`wakesleep backup` and `wakesleep restore`."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

from app.db.backup import Kept, make_backup, restore_backup
from app.db.session import Database
from app.settings import get_settings
from app.workflows.alone import exclusive


def backup(path: Path) -> None:
    """Write everything into a new file, while the service goes on or not. Raises Conflict."""
    settings = get_settings().prepare()
    with _database(settings.database) as database:
        _tell(f"{path} has", make_backup(database, settings.adapters_dir, path))


def restore(path: Path) -> None:
    """Fill a new database and data directory. Raises Unprocessable and Conflict; nothing is written then."""
    settings = get_settings().prepare()
    with exclusive(settings), _database(settings.database) as database:
        _tell("restored", restore_backup(database, settings.adapters_dir, path))


@contextlib.contextmanager
def _database(url: str) -> Iterator[Database]:
    database = Database(url)
    try:
        yield database
    finally:
        database.close()


def _tell(what: str, kept: Kept) -> None:
    rows = kept.rows
    print(
        f"{what} {rows.get('tasks', 0)} tasks, {rows.get('runs', 0)} runs, {sum(rows.values())} rows in all,"
        f" and {kept.files} files",
        file=sys.stderr,
    )
