"""A real `wakesleep serve` with a run of its own to carry, and a real Chromium to look at it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Playwright

from app.db import Database
from app.db.migrate import upgrade
from app.db.repositories import RunRepository, TaskRepository
from app.settings import Settings
from synthesis.task import load_tasks

ROOT = Path(__file__).resolve().parents[2]
# What an everyday browser does in the background is no part of the page.
_CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass(frozen=True)
class Service:
    """Where the service is, and its database for a test to write into."""

    url: str
    database: Database


def prepare(data_dir: Path) -> Database:
    """A migrated database where the service will look for it."""
    settings = Settings(data_dir=data_dir, database_url="").prepare()
    database = Database(settings.database)
    upgrade(database)
    return database


def queue_run(
    database: Database,
    train: list[dict[str, Any]],
    test: list[dict[str, Any]],
    config: dict[str, Any],
    label: str | None = None,
) -> str:
    """A queued run; a service that starts after this carries it. Returns its id."""
    with database.write() as session:
        tasks = TaskRepository(session)
        rows = [[row for row, _ in tasks.add(load_tasks(part, "list"))] for part in (train, test) if part]
        return RunRepository(session).add("list", config, *rows, label=label).id


@contextmanager
def serving(data_dir: Path, database: Database) -> Iterator[Service]:
    """The service as its own process, until the block ends. Raises RuntimeError where it doesn't come up."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "WAKESLEEP_DATA_DIR": str(data_dir),
        "DATABASE_URL": "",
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
    }
    command = [sys.executable, "-c", "from app.cli import main; main()", "serve", "--port", str(port)]
    log = data_dir / "service.log"
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
    try:
        _wait(f"http://127.0.0.1:{port}/healthz", process, log)
        yield Service(f"http://127.0.0.1:{port}", database)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def launch(playwright: Playwright) -> Browser:
    """The machine's own Chromium, headless; Playwright's would have to be downloaded."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        raise RuntimeError(f"none of {', '.join(names)} is on the PATH")
    return playwright.chromium.launch(executable_path=found, args=_CHROMIUM)


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise RuntimeError(f"the service didn't come up: {log.read_text()[-2000:]}")
