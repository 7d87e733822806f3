"""`wakesleep serve` as a real process, to be asked, watched and killed."""

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


def environment(data_dir: Path) -> dict[str, str]:
    own = {key: value for key, value in os.environ.items() if not key.startswith("WAKESLEEP_")}
    own.pop("DATABASE_URL", None)
    return own | {"WAKESLEEP_DATA_DIR": str(data_dir), "WAKESLEEP_WORKERS": "2", "PYTHONUNBUFFERED": "1"}


class Service:
    """One process. `start` waits until it answers; `kill` is kill -9; `stop` is Ctrl-C."""

    def __init__(self, data_dir: Path, *arguments: str) -> None:
        self.data_dir = data_dir
        self.arguments = arguments
        self.log = data_dir / "serve.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.address = ""

    def start(self) -> None:
        offset = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command("serve", "--port", "0", *self.arguments),
                cwd=ROOT,
                env=environment(self.data_dir),
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            said = self.log.read_bytes()[offset:].decode()
            assert self.process.poll() is None, said
            found = re.search(r"http://127\.0\.0\.1:\d+", said)
            if found:
                self.address = found[0]
                with contextlib.suppress(httpx.TransportError):
                    if httpx.get(f"{self.address}/healthz").status_code == 200:
                        return
            time.sleep(0.05)
        raise AssertionError(f"the service did not start: {self.log.read_text()}")

    def post(self, path: str, body: Any) -> Any:
        answer = httpx.post(self.address + path, json=body, timeout=60)
        assert answer.is_success, answer.text
        return answer.json()

    def get(self, path: str) -> Any:
        answer = httpx.get(self.address + path, timeout=60)
        assert answer.is_success, answer.text
        return answer.json()

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        return self._end(signal.SIGINT)

    def _end(self, number: int) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(timeout=30)

    def settled(self, run_id: str, seconds: float = 120) -> dict[str, Any]:
        """The run, once it has ended."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            run = self.get(f"/v1/runs/{run_id}")
            if run["state"] in ("finished", "failed", "cancelled", "paused"):
                return run
            time.sleep(0.2)
        raise AssertionError(f"the run did not end: {run}, {self.log.read_text()[-3000:]}")


@contextlib.contextmanager
def serving(data_dir: Path, *arguments: str) -> Iterator[Service]:
    """A service that is gone after the block, however the block ends."""
    service = Service(data_dir, *arguments)
    service.start()
    try:
        yield service
    finally:
        if service.process is not None and service.process.poll() is None:
            service.process.kill()
            service.process.wait()


def database(data_dir: Path) -> sqlite3.Connection:
    """The service's database, seen from outside; transactions only where they are begun."""
    return sqlite3.connect(data_dir / "wakesleep.db", timeout=30, isolation_level=None)
