"""A library by FILE|ID: a JSON snapshot on disk, or a version in the database."""

from __future__ import annotations

import json
from pathlib import Path

from app.commands.errors import InputError
from app.db.repositories import LibraryRepository
from app.db.session import Database
from app.settings import get_settings
from app.surface import initial_library
from library.snapshot import Library


def open_library(reference: str | None, domain: str) -> Library:
    """The library asked for, or the domain's primitives alone.

    Raises UnknownDomain; InputError for a bad file; NotFound where neither a file nor a version is called so.
    """
    initial = initial_library(domain)
    if reference is None:
        return initial
    path = Path(reference)
    library = _read(path) if path.is_file() else _find(reference)
    if library.domain != domain:
        raise InputError(f"library {reference} is for domain {library.domain!r}, not for {domain!r}")
    return library


def stored() -> Database | None:
    """The database, where there is one already: looking into a library makes none."""
    settings = get_settings()
    if not settings.database_url and not (settings.data_dir / "wakesleep.db").exists():
        return None
    return Database(settings.database)


def _read(path: Path) -> Library:
    try:
        return Library.from_json(json.loads(path.read_bytes()))
    except (OSError, ValueError, RecursionError) as error:  # a LibraryError is a ValueError, as are JSON's
        raise InputError(f"library {path}: {error}") from None


def _find(reference: str) -> Library:
    database = stored()
    if database is None:
        raise InputError(f"library {reference}: no such file, and no database in {get_settings().data_dir}")
    try:
        with database.read() as session:
            return Library.from_json(LibraryRepository(session).find(reference).snapshot)
    finally:
        database.close()
