"""`wakesleep serve` and `wakesleep migrate`: the service in one process."""

from __future__ import annotations

import contextlib
import gc
import signal
import socket
import sys

import structlog
import uvicorn
from rich.console import Console

from app.api import create_app
from app.api.access import is_loopback, is_open
from app.commands.errors import InputError
from app.commands.leaving import leave
from app.db.migrate import upgrade
from app.db.session import Database
from app.logging import configure_logging
from app.settings import get_settings
from app.telemetry import configure_telemetry, stop_telemetry
from app.workflows.progress import shown
from app.workflows.runner import DurableRuns
from app.workflows.shipped import shipped_run

_log = structlog.get_logger(__name__)
_SWITCH_SECONDS = 0.0005


def migrate() -> None:
    settings = get_settings().prepare()
    upgrade(Database(settings.database))
    print("the database is at the newest schema", file=sys.stderr)


def run(host: str, port: int, learn_shipped: bool, works: bool) -> None:
    """Serve until Ctrl-C or SIGTERM. Runs that an earlier process left unfinished go on, here where this
    process `works`, else in the workers. Raises InputError where there can be no workers.
    """
    # uvicorn stops in good order at SIGTERM, then raises it again: that should end this function, no more.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    settings = get_settings().prepare()
    if settings.single_process and not works:
        raise InputError("workers of their own need a PostgreSQL: set DATABASE_URL, or leave out --no-worker")
    configure_logging(settings.log_level)
    configure_telemetry()
    listener = _listen(host, port)
    database = Database(settings.database)
    upgrade(database)
    console = Console(stderr=True)
    _check_access(host, listener, database, console)
    with contextlib.ExitStack() as stack:
        stack.callback(stop_telemetry)
        stack.callback(database.close)
        runs = stack.enter_context(DurableRuns(settings, database, works).open())
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
        _answer_promptly()
        with contextlib.suppress(KeyboardInterrupt):
            server.run(sockets=[listener])
        console.print("stopping; what was learned is kept")
    leave()


def _answer_promptly() -> None:
    """Settings of the interpreter that requests wait less with."""
    # A request changes threads several times, and each change waits so long for whoever computes.
    sys.setswitchinterval(_SWITCH_SECONDS)
    # What was imported stays; looking through it for garbage stops all requests for a fifth of a second.
    gc.collect()
    gc.freeze()


def _listen(host: str, port: int) -> socket.socket:
    """Raises InputError where the address can't be had, before anything is started."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise InputError(f"can't listen on {host}:{port}: {error.strerror or error}") from None


def _check_access(host: str, listener: socket.socket, database: Database, console: Console) -> None:
    """Say it where anyone may do anything. Raises InputError where that would be anyone on a network."""
    if not is_open(database):
        return
    if not is_loopback(listener.getsockname()[0]):
        listener.close()
        database.close()
        raise InputError(
            f"there is no key, and on {host} anyone on the network could do anything: make one first, with "
            "`wakesleep keys create NAME --scope admin`, or serve on 127.0.0.1"
        )
    console.print(
        "no key is needed yet: anyone on this machine may do anything "
        "(`wakesleep keys create NAME --scope admin` ends that)",
        highlight=False,
    )
    _log.warning("open: no key was ever made, so anyone on this machine may do anything")


def _host(host: str) -> str:
    return f"[{host}]" if ":" in host else host
