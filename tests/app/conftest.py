"""A migrated database of its own for each test, of either kind, and the application over it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import URL

from app.api import create_app
from app.db import Database
from app.settings import Settings
from tests.app.databases import empty_postgres, sqlite_copy, sqlite_template


@dataclass
class RecordingLauncher:
    """Stands in for the workflows where a test is about the API: it only notes what it should carry."""

    enqueued: list[str] = field(default_factory=list)

    def enqueue(self, work: str, /) -> None:
        self.enqueued.append(work)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sqlite_template(tmp_path_factory.mktemp("template"))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, template: Path, tmp_path: Path) -> str:
    """A test that asks for this, or for anything that is made of it, runs on both databases."""
    if request.param == "sqlite":
        return sqlite_copy(template, tmp_path / "wakesleep.db")
    server: URL = request.getfixturevalue("postgres_server")
    return empty_postgres(server)


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return Settings(data_dir=tmp_path, database_url=database_url, workers=2).prepare()


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    database = Database(settings.database)
    yield database
    database.close()


@pytest.fixture
def launcher() -> RecordingLauncher:
    return RecordingLauncher()


@pytest.fixture
def client(settings: Settings, database: Database, launcher: RecordingLauncher) -> Iterator[TestClient]:
    app = create_app(settings, database, launcher)
    # Without keys the service answers to names of this machine only.
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        yield client
