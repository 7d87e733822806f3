"""A library by FILE|ID: a file or a package on disk, in any of its forms, or a version in the database."""

from __future__ import annotations

from pathlib import Path

from app.commands.errors import InputError
from app.db.repositories import LibraryRepository
from app.db.session import Database
from app.settings import get_settings
from app.surface import initial_library
from library.exports.forms import read_library
from library.snapshot import Library


def open_library(reference: str | None, domain: str) -> Library:
    """The library asked for, or the domain's primitives alone.

    Raises UnknownDomain; LibraryError for a bad file and InputError for another domain's library; NotFound
    where neither a file nor a version is called so.
    """
    initial = initial_library(domain)
    return initial if reference is None else find_library(reference, domain)


def find_library(reference: str, domain: str | None = None) -> Library:
    """The same of a library of any domain; without a domain, its form must say which. Raises the same."""
    path = Path(reference)
    if path.exists():
        return read_library(path, domain)
    library = _find(reference)
    if domain is not None and library.domain != domain:
        raise InputError(f"library {reference} is for domain {library.domain!r}, not for {domain!r}")
    return library


def stored() -> Database | None:
    """The database, where there is one already: looking into a library makes none."""
    settings = get_settings()
    if not settings.database_url and not (settings.data_dir / "wakesleep.db").exists():
        return None
    return Database(settings.database)


def _find(reference: str) -> Library:
    database = stored()
    if database is None:
        raise InputError(f"library {reference}: no such file, and no database in {get_settings().data_dir}")
    try:
        with database.read() as session:
            return Library.from_json(LibraryRepository(session).find(reference).snapshot)
    finally:
        database.close()
