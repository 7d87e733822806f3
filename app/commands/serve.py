"""`wakesleep serve` and `wakesleep migrate`: the service in one process."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import threading

import structlog
import uvicorn
from rich.console import Console

from app.api import create_app
from app.commands.errors import InputError
from app.db.migrate import upgrade
from app.db.session import Database
from app.logging import configure_logging
from app.settings import get_settings
from app.workflows.progress import shown
from app.workflows.runner import DurableRuns
from app.workflows.shipped import shipped_run

_log = structlog.get_logger(__name__)


def migrate() -> None:
    settings = get_settings().prepare()
    upgrade(Database(settings.database))
    print("the database is at the newest schema", file=sys.stderr)


def run(host: str, port: int, learn_shipped: bool) -> None:
    """Serve until Ctrl-C or SIGTERM. Runs that an earlier process left unfinished go on."""
    # uvicorn stops in good order at SIGTERM, then raises it again: that should end this function, no more.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    settings = get_settings().prepare()
    configure_logging(settings.log_level)
    listener = _listen(host, port)
    database = Database(settings.database)
    upgrade(database)
    console = Console(stderr=True)
    with contextlib.ExitStack() as stack:
        stack.callback(database.close)
        runs = stack.enter_context(DurableRuns(settings, database).open())
        server = uvicorn.Server(
            uvicorn.Config(create_app(settings, database, runs), log_config=None, timeout_graceful_shutdown=3)
        )
        address = listener.getsockname()
        console.print(
            f"Wakesleep is at http://{_host(address[0])}:{address[1]}  (Ctrl-C stops it)", highlight=False
        )
        if learn_shipped:
            run_id = shipped_run(settings, database)
            runs.enqueue(run_id)
            stack.enter_context(shown(database, run_id, console))
        with contextlib.suppress(KeyboardInterrupt):
            server.run(sockets=[listener])
        console.print("stopping; what was learned is kept")
    _leave()


def _leave() -> None:
    """End the process even if a phase is deep in a long computation: the next start repeats that phase."""
    if any(thread.name.startswith("dbos-executor") and thread.is_alive() for thread in threading.enumerate()):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


def _listen(host: str, port: int) -> socket.socket:
    """Raises InputError where the address can't be had, before anything is started."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise InputError(f"can't listen on {host}:{port}: {error.strerror or error}") from None


def _host(host: str) -> str:
    return f"[{host}]" if ":" in host else host
