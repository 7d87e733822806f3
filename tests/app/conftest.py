"""A migrated database of its own for each test, and the application over it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.api import create_app
from app.db import Database
from app.db.migrate import upgrade
from app.settings import Settings


@dataclass
class RecordingLauncher:
    """Stands in for the workflows where a test is about the API: it only notes what it should carry."""

    enqueued: list[str] = field(default_factory=list)

    def enqueue(self, run_id: str) -> None:
        self.enqueued.append(run_id)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, database_url="", workers=2).prepare()


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    database = Database(settings.database)
    upgrade(database)
    yield database
    database.close()


@pytest.fixture
def launcher() -> RecordingLauncher:
    return RecordingLauncher()


@pytest.fixture
def client(settings: Settings, database: Database, launcher: RecordingLauncher) -> Iterator[TestClient]:
    with TestClient(create_app(settings, database, launcher), raise_server_exceptions=False) as client:
        yield client
