"""`wakesleep worker`: a process that carries runs and listens to nobody, one of many over a PostgreSQL; and
`wakesleep workers`, which lists them."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import threading

from rich.console import Console

from app.commands.errors import InputError
from app.commands.leaving import leave
from app.db.migrate import upgrade
from app.db.repositories import WorkerRepository
from app.db.session import Database
from app.logging import configure_logging
from app.settings import get_settings
from app.telemetry import configure_telemetry, stop_telemetry
from app.workflows.runner import DurableRuns


def run() -> None:
    """Work until Ctrl-C or SIGTERM. Raises InputError where the database can't be shared."""
    settings = get_settings().prepare()
    if settings.single_process:
        raise InputError(
            "a worker shares a PostgreSQL with others: set DATABASE_URL (over SQLite, wakesleep serve does"
            " all the work itself)"
        )
    configure_logging(settings.log_level)
    configure_telemetry()
    asked_to_stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked_to_stop.set())
    database = Database(settings.database)
    upgrade(database)
    console = Console(stderr=True)
    with contextlib.closing(database), DurableRuns(settings, database).open():
        console.print(
            f"working with {settings.workers} searches side by side  (Ctrl-C stops it)", highlight=False
        )
        asked_to_stop.wait()
        console.print("stopping; what was learned is kept")
    stop_telemetry()
    leave()


def list_alive(here: bool, as_json: bool) -> int:
    """Print a line a worker that is alive, only those of this host where it's about `here`; the exit code: 0
    where there is one."""
    settings = get_settings()
    with contextlib.closing(Database(settings.database)) as database, database.read() as session:
        alive = WorkerRepository(session).alive(settings.silent_seconds)
    found = [worker for worker in alive if not here or worker.host == socket.gethostname()[:255]]
    for worker in found:
        line = {"id": worker.id, "host": worker.host, "pid": worker.pid}
        line |= {"started_at": worker.started_at.isoformat(), "beat_at": worker.beat_at.isoformat()}
        print(json.dumps(line) if as_json else "  ".join(str(value) for value in line.values()))
    return 0 if found else 1
