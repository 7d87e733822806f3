"""The whole API against schemathesis: whatever the description allows or forbids is sent to a real server,
and every answer is held to the description.

WAKESLEEP_FUZZ_EXAMPLES says how many random requests each operation gets beside the systematic ones.
"""

from __future__ import annotations

import logging
import os
import re
import socket
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import structlog
import uvicorn
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig
from sqlalchemy import select

from app.access import Scope, new_key
from app.api import create_app
from app.db import Database
from app.db.migrate import upgrade
from app.db.models import AbstractionRow, DreamRow, KeyRow, LibraryRow, TaskRow, VersionRow
from app.db.repositories import RunRepository
from app.settings import Settings
from synthesis.report import DreamRecord
from tests.e2e.seeding import PROGRAMS, REQUEST, SeededRun

EXAMPLES = int(os.environ.get("WAKESLEEP_FUZZ_EXAMPLES", "50"))
#: A search is the same however long it takes.
SECONDS = 0.02


class CancellingLauncher:
    """Cancels every run at once, so that the stream of its events ends."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def enqueue(self, run_id: str) -> None:
        with self.database.write() as session:
            RunRepository(session).stop(run_id, "cancelled")


def described() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/empty.db")
        return create_app(Settings(data_dir=Path(folder)), database, CancellingLauncher(database)).openapi()


# What makes a task good is more than a schema can say (one type, no contradictions), so what agrees with the
# schema may be refused, saying why.
CHECKS = {
    "positive_data_acceptance": {
        "expected-statuses": ["2xx", "400", "401", "403", "404", "409", "413", "422"],
    },
    "negative_data_rejection": {"expected-statuses": ["4xx"]},  # 413 is one of them, not so by default
}
KEY = new_key()
CONFIG = {"checks": CHECKS, "auth": {"openapi": {"key": {"bearer": KEY.text}}}}
schema = schemathesis.openapi.from_dict(described(), config=SchemathesisConfig.from_dict(CONFIG))


@schema.hook
def map_body(_context: Any, body: Any) -> Any:
    if isinstance(body, dict) and isinstance(body.get("seconds"), int | float) and body["seconds"] > SECONDS:
        return body | {"seconds": SECONDS if body["seconds"] <= 3600 else body["seconds"]}
    return body


def learned(database: Database) -> dict[str, str]:
    """A run with two iterations, as the loop leaves it; the ids of what it holds."""
    run = SeededRun(database, size=4)
    for iteration in (1, 2):
        run.phase(iteration, "wake")
        for number in range(run.size):
            run.attempt(iteration, number, "prior")
        run.sleep(iteration)
        fantasy = DreamRecord(0, REQUEST, PROGRAMS[1], ({"inputs": [[2]], "output": [4]},), -9.0, "fantasy")
        run.keeper.record_dreams(iteration, [fantasy])
        max(run.dream(iteration, points=2))
        run.report(iteration, 4)
    run.settle("finished")
    with database.read() as session:
        first, second = session.scalars(select(LibraryRow.id).order_by(LibraryRow.id))
        one = {
            name: session.scalars(select(table.id)).first()
            for name, table in {
                "task_id": TaskRow,
                "abstraction_id": AbstractionRow,
                "dream_id": DreamRow,
                "model_id": VersionRow,
            }.items()
        }
    found = {name: str(value) for name, value in one.items()}
    return found | {"run_id": run.id, "library_id": first, "other_id": second, "name": "list"}


@dataclass(frozen=True)
class Server:
    """Where it is, and a value for each name in its paths."""

    address: str
    values: dict[str, str]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a key and a run that has learned."""
    data_dir = tmp_path_factory.mktemp("fuzz")
    database = Database(f"sqlite:///{data_dir / 'wakesleep.db'}")
    upgrade(database)
    with database.write() as session:
        session.add(KeyRow(name="fuzz", scope=Scope.ADMIN, prefix=KEY.prefix, digest=KEY.digest))
    app = create_app(
        Settings(data_dir=data_dir, database_url="", rate_limit=0, workers=1),
        database,
        CancellingLauncher(database),
    )
    # A line for each request, and there are thousands, would be all there is to see.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield Server(f"http://127.0.0.1:{listener.getsockname()[1]}", learned(database))
    server.should_exit = True
    thread.join(timeout=10)
    structlog.reset_defaults()
    database.close()


@pytest.mark.slow
@schema.parametrize()
@settings(max_examples=EXAMPLES, suppress_health_check=[*HealthCheck])
def test_no_answer_is_a_surprise(case: Any, server: Server) -> None:
    case.call_and_validate(base_url=server.address, timeout=30)


def test_what_was_learned_is_answered_as_described(server: Server) -> None:
    """The fuzz guesses no ids. Here are real ones, so that every kind of answer is held to its schema."""
    for path, methods in schema.raw_schema["paths"].items():
        names = re.findall(r"{(\w+)}", path)
        known = server.values.keys() >= set(names)
        if "get" not in methods or not known or path.endswith("/picture"):  # its tasks are no pictures
            continue
        if path == "/readyz":  # nobody works here
            continue
        case = schema[path]["GET"].Case(path_parameters={name: server.values[name] for name in names})
        answer = case.call(
            base_url=server.address, headers={"Authorization": f"Bearer {KEY.text}"}, timeout=30
        )
        assert answer.status_code == 200, (path, answer.text)
        case.validate_response(answer)
