"""A backup of either kind of database restores into either, row by row and file by file."""

from __future__ import annotations

import io
import json
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, select, update

from app.db import Database
from app.db.backup import make_backup, restore_backup
from app.db.base import Base
from app.db.migrate import check, upgrade
from app.db.models import LibraryRow, RunRow
from app.db.repositories import WorkerRepository
from app.errors import Conflict, Unprocessable
from app.workflows.keeper import DatabaseKeeper
from library.snapshot import Library
from synthesis.frontier import Frontier
from synthesis.report import Sleep
from tests import postgres
from tests.app.test_keeper import attempt, keeper, sleep
from tests.app.test_models_api import DREAM, adapter

__all__ = ["keeper"]  # the fixture

PASSING = {"workers", "claims"}
BYTES = bytes(range(256))


@pytest.fixture
def adapters(tmp_path: Path, keeper: DatabaseKeeper) -> Path:
    """The folder of adapters of a service that has done something of everything."""
    folder = tmp_path / "adapters"
    (folder / "recognition-v1").mkdir(parents=True)
    (folder / "recognition-v1" / "weights.safetensors").write_bytes(BYTES)
    keeper.record_attempt(1, attempt())
    keeper.record_sleep(1, sleep())
    bare = {name: Frontier(name, frontier.request) for name, frontier in sleep().frontiers.items()}
    keeper.record_sleep(2, Sleep(Library.initial("list"), bare, (), 20.0, 20.0, 0.1))
    trained = replace(adapter("v1"), path=str(folder / "recognition-v1"))
    keeper.record_dream(1, replace(DREAM, network=BYTES, adapter=trained, adapter_promoted=True))
    keeper.record_report(1, {"iteration": 1, "ratio": None, "texts": ["λ", ""]})
    keeper.emit({"type": "run", "state": "running"})
    with keeper.database.write() as session:
        WorkerRepository(session).register("worker_1", "here", 1)
        # a version may come before the one it was made from, by its id
        first, second = session.scalars(select(LibraryRow).order_by(LibraryRow.id))
        assert second.parent_id == first.id
        session.execute(update(LibraryRow).where(LibraryRow.id == first.id).values(parent_id=second.id))
    return folder


def rows(database: Database) -> dict[str, list[dict[str, Any]]]:
    """Everything, but for what a restore changes on purpose."""
    found: dict[str, list[dict[str, Any]]] = {}
    with database.read() as session:
        for table in Base.metadata.sorted_tables:
            if table.name not in PASSING:
                query = select(table).order_by(*table.primary_key)
                found[table.name] = [dict(row) for row in session.execute(query).mappings()]
    for run in found["runs"]:
        del run["launches"]
    return found


@pytest.fixture(params=["sqlite", "postgresql"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """A database that has nothing in it, not even tables."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'restored.db'}")
    else:
        server: URL = request.getfixturevalue("postgres_server")
        database = Database(postgres.create(server, "wakesleep_restored"))
    yield database
    database.close()


def test_everything_comes_back(
    keeper: DatabaseKeeper, adapters: Path, target: Database, tmp_path: Path
) -> None:
    database, path, restored = keeper.database, tmp_path / "backup.tar", tmp_path / "elsewhere" / "adapters"
    before = rows(database)
    kept = make_backup(database, adapters, path)
    assert rows(database) == before and kept.files == 1
    assert restore_backup(target, restored, path) == kept
    text = json.dumps(before, default=str).replace(str(adapters), str(restored))
    assert json.loads(json.dumps(rows(target), default=str)) == json.loads(text)
    assert str(restored) in text
    assert (restored / "recognition-v1" / "weights.safetensors").read_bytes() == BYTES
    check(target)
    again = DatabaseKeeper(target, keeper.run_id)
    assert again.attempts(1) == keeper.attempts(1) and again.sleep(1) == keeper.sleep(1)
    old, new = keeper.adapter(2), again.adapter(2)
    assert old is not None and new is not None and new.path == str(restored / "recognition-v1")
    with target.read() as session:
        assert session.get_one(RunRow, keeper.run_id).launches == 2
        assert WorkerRepository(session).alive(1e6) == []


def test_nothing_is_overwritten(keeper: DatabaseKeeper, adapters: Path, tmp_path: Path) -> None:
    path = tmp_path / "backup.tar"
    make_backup(keeper.database, adapters, path)
    content = path.read_bytes()
    with pytest.raises(Conflict, match="already"):
        make_backup(keeper.database, adapters, path)
    assert path.read_bytes() == content
    before = rows(keeper.database)
    with pytest.raises(Conflict, match="isn't empty"):
        restore_backup(keeper.database, tmp_path / "new", path)
    empty = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    upgrade(empty)
    with pytest.raises(Conflict, match="adapters isn't empty"):
        restore_backup(empty, adapters, path)
    assert rows(keeper.database) == before and not any(rows(empty).values())
    restore_backup(empty, tmp_path / "new", path)
    empty.close()


def damaged(content: bytes, how: str) -> bytes:
    if how == "cut short":
        return content[: len(content) // 2]
    if how == "no backup":
        return b"nothing of the kind"
    changed = io.BytesIO(content)
    with tarfile.open(fileobj=changed) as archive:
        entry = archive.getmember("tables/tasks.jsonl")
    at = entry.offset_data + 20
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


@pytest.mark.parametrize("how", ["cut short", "no backup", "changed"])
def test_a_damaged_file_restores_nothing(
    keeper: DatabaseKeeper, adapters: Path, tmp_path: Path, how: str
) -> None:
    path, empty = tmp_path / "backup.tar", Database(f"sqlite:///{tmp_path / 'empty.db'}")
    make_backup(keeper.database, adapters, path)
    path.write_bytes(damaged(path.read_bytes(), how))
    with pytest.raises(Unprocessable, match=r"backup\.tar"):
        restore_backup(empty, tmp_path / "new", path)
    assert not (tmp_path / "new").exists()
    empty.close()
