"""`wakesleep keys`: make, list and revoke keys, in the database itself; a service that runs sees it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from app.access import Caller, Scope
from app.api.v1.key_schemas import KeyIn, KeyMade, KeyOut
from app.api.v1.keys import key_fields
from app.commands.errors import InputError
from app.db.migrate import upgrade
from app.db.repositories import AuditRepository, KeyRepository
from app.db.session import Database
from app.settings import get_settings

_HERE = Caller("command line", Scope.ADMIN)
_PAGE = 500


def create(name: str, scope: str, as_json: bool) -> None:
    """Raises InputError."""
    if scope not in list(Scope):
        raise InputError(f"--scope is read, submit or admin, not {scope}")
    try:
        asked = KeyIn(name=name, scope=Scope(scope))
    except ValidationError:
        raise InputError("NAME must be 1 to 100 characters that can be printed") from None
    with _database() as database, database.write() as session:
        row, new = KeyRepository(session).add(asked.name, asked.scope)
        detail = {"name": asked.name, "scope": asked.scope.value}
        AuditRepository(session).add(_HERE, "key.created", row.id, detail)
    if as_json:
        print(KeyMade(**key_fields(row), key=new.text).model_dump_json())
        return
    print(new.text)
    print(f"that is {name!r}'s key, with scope {scope}; it won't be shown again", file=sys.stderr)


def show(as_json: bool) -> None:
    with _database() as database, database.read() as session:
        repository, items, after = KeyRepository(session), [], None
        while rows := repository.page(_PAGE, after):
            items += [KeyOut(**key_fields(row)) for row in rows]
            after = rows[-1].id
    if as_json:
        for item in items:
            print(json.dumps(item.model_dump(mode="json")))
        return
    table = Table("key", "scope", "made", "last used", "revoked", "name")
    for item in items:
        moments = (item.created_at, item.last_used_at, item.revoked_at)
        shown = ["" if moment is None else f"{moment:%Y-%m-%d %H:%M}" for moment in moments]
        table.add_row(f"{item.prefix}_…", item.scope, *shown, item.name)
    Console().print(table)


def revoke(reference: str) -> None:
    """Raises NotFound and Conflict."""
    with _database() as database, database.write() as session:
        repository = KeyRepository(session)
        row = repository.revoke(repository.find(reference))
        AuditRepository(session).add(_HERE, "key.revoked", row.id, {"name": row.name})
    print(f"{row.name!r} is revoked", file=sys.stderr)


@contextmanager
def _database() -> Iterator[Database]:
    database = Database(get_settings().prepare().database)
    upgrade(database)
    try:
        yield database
    finally:
        database.close()
