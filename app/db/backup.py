"""A backup: everything that the service knows, in one file, and back again, into either kind of database.

The file is a tar: `manifest.json`, a table's rows as JSON lines in `tables/`, and trained adapters in
`files/`. Rows are read in one transaction, so they fit together while the service goes on. Left out is what
lives only as long as processes do (workers, claims, the workflows' own records): runs that had not ended go
on from their records after a restore.

A restore makes the schema that the backup was made with, fills it, and brings it to the newest one.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from sqlalchemy import (
    JSON,
    Column,
    DateTime,
    LargeBinary,
    MetaData,
    Table,
    bindparam,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Session

from app.db.base import Base, now
from app.db.migrate import is_current, newest, revision, upgrade
from app.db.models import SETTLED, ClaimRow, RunRow, WorkerRow
from app.db.session import Database
from app.errors import Conflict, Unprocessable

_FORMAT = 1
_PASSING = frozenset({WorkerRow.__tablename__, ClaimRow.__tablename__})
_AT_ONCE = 500
_AT_ONCE_OF_BYTES = 8


@dataclass(frozen=True)
class Kept:
    """What a backup holds: rows by table, and files."""

    rows: dict[str, int]
    files: int


def make_backup(database: Database, adapters_dir: Path, path: Path) -> Kept:
    """Write everything to `path`. Raises Conflict where a file is there, or the schema isn't the newest."""
    members: dict[str, str] = {}
    try:
        target = path.open("xb")
    except FileExistsError:
        raise Conflict(f"{path} is there already: name another file") from None
    try:
        with target, tarfile.open(fileobj=target, mode="w") as archive:
            rows = _write_tables(database, archive, members)
            files = _write_files(adapters_dir, archive, members)
            manifest = {
                "format": _FORMAT,
                "revision": newest(),
                "created_at": now().isoformat(),
                "adapters_dir": str(adapters_dir),
                "rows": rows,
                "sha256": members,
            }
            with io.BytesIO(json.dumps(manifest, indent=1).encode()) as text:
                _add(archive, "manifest.json", text)
    except BaseException:
        path.unlink()
        raise
    return Kept(rows, files)


def restore_backup(database: Database, adapters_dir: Path, path: Path) -> Kept:
    """Fill an empty database, and the folder of adapters, from `path`.

    Raises Unprocessable where the file is no whole backup, Conflict where there is something already; nothing
    is written then.
    """
    with _opened(path) as archive:
        manifest = _checked(archive, path)
        with database.read() as session:
            found = revision(session.connection())
            if found is not None and (found != newest() or _filled(session)):
                raise Conflict("the database isn't empty: restore into a new one")
        if adapters_dir.exists() and any(adapters_dir.iterdir()):
            raise Conflict(f"{adapters_dir} isn't empty: restore into a new data directory")
        if found is None:
            upgrade(database, manifest["revision"])
        elif manifest["revision"] != newest():
            raise Conflict("the backup is of an older version: restore into a database without tables")
        _read_tables(database, archive, manifest, adapters_dir)
        upgrade(database)
        files = [name for name in manifest["sha256"] if name.startswith("files/")]
        for name in files:
            target = adapters_dir / name.removeprefix("files/")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(_member(archive, name).read())
        with database.write() as session:
            # a workflow of before may have left records of its own: these get new ones
            going = update(RunRow).where(RunRow.state.not_in(SETTLED))
            session.execute(going.values(launches=RunRow.launches + 1))
    return Kept(manifest["rows"], len(files))


def _write_tables(database: Database, archive: tarfile.TarFile, members: dict[str, str]) -> dict[str, int]:
    """All rows, as one moment saw them."""
    counts: dict[str, int] = {}
    engine = database.engine.execution_options(
        **({} if database.url.get_backend_name() == "sqlite" else {"isolation_level": "REPEATABLE READ"})
    )
    with engine.connect() as connection:
        if not is_current(connection):
            raise Conflict("the database has another schema than this version: run wakesleep migrate first")
        for table in Base.metadata.sorted_tables:
            if table.name in _PASSING:
                continue
            with tempfile.TemporaryFile() as lines:
                query = select(table).order_by(*table.primary_key)
                query = query.execution_options(yield_per=_at_once(table))
                for row in connection.execute(query).mappings():
                    values = {column.name: _plain(row[column.name]) for column in table.columns}
                    lines.write(json.dumps(values).encode() + b"\n")
                    counts[table.name] = counts.get(table.name, 0) + 1
                members[f"tables/{table.name}.jsonl"] = _add(archive, f"tables/{table.name}.jsonl", lines)
    return counts


def _write_files(folder: Path, archive: tarfile.TarFile, members: dict[str, str]) -> int:
    files = sorted(file for file in folder.rglob("*") if file.is_file()) if folder.exists() else []
    for file in files:
        name = f"files/{file.relative_to(folder)}"
        with file.open("rb") as content:
            members[name] = _add(archive, name, content)
    return len(files)


def _add(archive: tarfile.TarFile, name: str, content: IO[bytes]) -> str:
    """Add a member; its SHA-256."""
    digest = _digest(content)
    entry = tarfile.TarInfo(name)
    entry.size = content.seek(0, io.SEEK_END)
    entry.mode = 0o600
    content.seek(0)
    archive.addfile(entry, content)
    return digest


def _digest(content: IO[bytes]) -> str:
    content.seek(0)
    digest = hashlib.sha256()
    while part := content.read(1 << 20):
        digest.update(part)
    return digest.hexdigest()


def _opened(path: Path) -> tarfile.TarFile:
    try:
        return tarfile.open(path, "r:")
    except (OSError, tarfile.TarError) as error:
        raise Unprocessable(f"{path} can't be read as a backup: {error}") from None


def _member(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    content = archive.extractfile(name)
    if content is None:
        raise KeyError(name)
    return content


def _checked(archive: tarfile.TarFile, path: Path) -> dict[str, Any]:
    """The manifest, if all that it names is there as it was written. Raises Unprocessable."""
    try:
        manifest = json.load(_member(archive, "manifest.json"))
        if manifest["format"] != _FORMAT:
            raise Unprocessable(
                f"{path} is a backup of format {manifest['format']}; this one reads {_FORMAT}"
            )
        for name, digest in manifest["sha256"].items():
            found = _digest(_member(archive, name))
            if ".." in Path(name).parts or found != digest:
                raise Unprocessable(f"{path}: {name} isn't as it was written")
    except (KeyError, ValueError, EOFError, OSError, tarfile.TarError) as error:
        raise Unprocessable(f"{path} is no whole backup: {error}") from None
    return manifest


def _filled(session: Session) -> bool:
    tables = [table for table in Base.metadata.sorted_tables if table.name not in _PASSING]
    return any(session.scalar(select(func.count()).select_from(table)) for table in tables)


def _read_tables(
    database: Database, archive: tarfile.TarFile, manifest: Mapping[str, Any], adapters_dir: Path
) -> None:
    """Insert all rows in one transaction, with the tables as this database has them now."""
    with database.write() as session:
        connection = session.connection()
        metadata = MetaData()
        metadata.reflect(connection)
        for table in metadata.sorted_tables:
            name = f"tables/{table.name}.jsonl"
            if name not in manifest["sha256"]:
                continue
            for column in table.columns:
                if isinstance(column.type, JSON):
                    column.type.none_as_null = True  # None was NULL
            upwards = [column for column in table.columns if _refers_to_itself(column)]
            links: list[dict[str, Any]] = []
            for rows in _parts(_member(archive, name), table, (manifest["adapters_dir"], str(adapters_dir))):
                for row in rows:
                    # a row may be written before the one of its table that it refers to
                    for column in upwards:
                        if row[column.name] is not None:
                            links.append({"row": row["id"], column.name: row[column.name]})
                            row[column.name] = None
                connection.execute(insert(table), rows)
            for column in upwards:
                ours = [link for link in links if column.name in link]
                if ours:
                    statement = update(table).where(table.c.id == bindparam("row"))
                    connection.execute(statement.values({column.name: bindparam(column.name)}), ours)


def _parts(lines: IO[bytes], table: Table, moved: tuple[str, str]) -> Iterator[list[dict[str, Any]]]:
    part: list[dict[str, Any]] = []
    for line in lines:
        row = json.loads(line)
        part.append({name: _typed(_moved(value, *moved), table.c[name]) for name, value in row.items()})
        if len(part) == _at_once(table):
            yield part
            part = []
    if part:
        yield part


def _at_once(table: Table) -> int:
    """Rows that are held in memory at a time: few where they may hold files."""
    large = any(isinstance(column.type, LargeBinary) for column in table.columns)
    return _AT_ONCE_OF_BYTES if large else _AT_ONCE


def _refers_to_itself(column: Column[Any]) -> bool:
    return any(key.column.table is column.table for key in column.foreign_keys)


def _plain(value: Any) -> Any:
    """A column's value as JSON has it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def _typed(value: Any, column: Column[Any]) -> Any:
    """The value that `_plain` wrote."""
    if isinstance(value, str) and isinstance(column.type, DateTime):
        return datetime.fromisoformat(value)
    return (
        base64.b64decode(value) if isinstance(value, str) and isinstance(column.type, LargeBinary) else value
    )


def _moved(value: Any, old: str, new: str) -> Any:
    """Paths in the folder of adapters, wherever they stand, with the folder's new place."""
    if isinstance(value, str):
        return new + value[len(old) :] if value == old or value.startswith(f"{old}/") else value
    if isinstance(value, list):
        return [_moved(one, old, new) for one in value]
    if isinstance(value, dict):
        return {key: _moved(one, old, new) for key, one in value.items()}
    return value
