"""`wakesleep serve` and `wakesleep worker` as real processes, to be asked, watched and killed."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx

ROOT = Path(__file__).resolve().parents[2]


def command(*arguments: str) -> list[str]:
    """`wakesleep` of this checkout, installed or not."""
    return [sys.executable, "-m", "app.cli", *arguments]


def environment(data_dir: Path, **more: str) -> dict[str, str]:
    """Of a process that works in this folder, and knows nothing else but `more`."""
    own = {key: value for key, value in os.environ.items() if not key.startswith("WAKESLEEP_")}
    own.pop("DATABASE_URL", None)
    given = {"WAKESLEEP_DATA_DIR": str(data_dir), "WAKESLEEP_WORKERS": "2", "PYTHONUNBUFFERED": "1"}
    return own | given | more


class Process:
    """`wakesleep` with these arguments, once `start`ed. `kill` is kill -9, `stop` is Ctrl-C; what it says is
    in `log`.
    """

    #: What it says once it is at work.
    ready = "Ctrl-C stops it"

    def __init__(self, data_dir: Path, *arguments: str, name: str = "serve", **environment: str) -> None:
        self.data_dir = data_dir
        self.arguments = arguments
        self.environment = environment
        self.log = data_dir / f"{name}.log"
        self.process: subprocess.Popen[bytes] | None = None

    def launch(self) -> int:
        """Start it without waiting; where its log begins."""
        offset = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command(*self.arguments),
                cwd=ROOT,
                env=environment(self.data_dir, **self.environment),
                stdout=log,
                stderr=log,
            )
        return offset

    def start(self) -> None:
        """Start it, and wait until it is at work."""
        offset = self.launch()
        deadline = time.monotonic() + 240
        while time.monotonic() < deadline:
            said = self.log.read_bytes()[offset:].decode()
            assert self.process is not None and self.process.poll() is None, said
            if self.is_ready(said):
                return
            time.sleep(0.05)
        raise AssertionError(f"it did not start: {self.log.read_text()}")

    def is_ready(self, said: str) -> bool:
        return self.ready in said

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        return self._end(signal.SIGINT)

    def _end(self, number: int) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(timeout=30)


class Service(Process):
    """`wakesleep serve`, with its API."""

    def __init__(self, data_dir: Path, *arguments: str, **environment: str) -> None:
        super().__init__(data_dir, "serve", "--port", "0", *arguments, **environment)
        self.address = ""

    def is_ready(self, said: str) -> bool:
        found = re.search(r"http://127\.0\.0\.1:\d+", said)
        if found:
            self.address = found[0]
            with contextlib.suppress(httpx.TransportError):
                return httpx.get(f"{self.address}/healthz").status_code == 200
        return False

    def post(self, path: str, body: Any) -> Any:
        answer = httpx.post(self.address + path, json=body, timeout=60)
        assert answer.is_success, answer.text
        return answer.json()

    def get(self, path: str) -> Any:
        answer = httpx.get(self.address + path, timeout=60)
        assert answer.is_success, answer.text
        return answer.json()

    def settled(self, run_id: str, seconds: float = 300) -> dict[str, Any]:
        """The run, once it has ended."""
        deadline = time.monotonic() + seconds
        while True:
            run = self.get(f"/v1/runs/{run_id}")
            if run["state"] in ("finished", "failed", "cancelled", "paused"):
                return run
            assert time.monotonic() < deadline, f"the run did not end: {run}, {self.log.read_text()[-3000:]}"
            time.sleep(0.2)


@contextlib.contextmanager
def ending(*processes: Process) -> Iterator[None]:
    """None of these is left after the block, however it ends."""
    try:
        yield
    finally:
        for one in processes:
            if one.running:
                one.kill()


@contextlib.contextmanager
def serving(data_dir: Path, *arguments: str, **environment: str) -> Iterator[Service]:
    """A service that is gone after the block, however the block ends."""
    service = Service(data_dir, *arguments, **environment)
    service.start()
    with ending(service):
        yield service


def database(data_dir: Path) -> sqlite3.Connection:
    """The service's database, seen from outside; transactions only where they are begun."""
    return sqlite3.connect(data_dir / "wakesleep.db", timeout=30, isolation_level=None)
