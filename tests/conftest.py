"""What all tests share. A room's own fixtures live in its folder."""

from __future__ import annotations

import os

# Before numpy and torch are loaded: the suite runs in several processes, and tests count CPU seconds.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from pathlib import Path

import pytest
import structlog
from hypothesis import settings
from sqlalchemy import URL

from tests import postgres

# A busy machine is no failure, and a failure should come again.
settings.register_profile("wakesleep", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("wakesleep")

# As the service has it on a terminal: the default's tracebacks take seconds each.
structlog.configure(
    processors=[
        *structlog.get_config()["processors"][:-1],
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
    ]
)


def _shared(config: pytest.Config) -> Path:
    """A folder that every process of this test session sees."""
    base: Path = config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined]
    return base.parent if hasattr(config, "workerinput") else base


@pytest.fixture(scope="session")
def postgres_server(pytestconfig: pytest.Config) -> URL:
    """The session's PostgreSQL; tests make databases of their own on it (tests/postgres.py)."""
    return postgres.session_server(_shared(pytestconfig))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests come first: what begins last should be short, or processes idle at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if not hasattr(session.config, "workerinput"):
        postgres.stop_session_server(_shared(session.config))
