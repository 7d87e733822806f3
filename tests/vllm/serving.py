"""A real vLLM as a process, to be asked, watched and killed."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
ENVIRONMENT = Path(os.environ.get("WAKESLEEP_VLLM_ENVIRONMENT", HERE.parents[1] / ".venv-vllm")).absolute()
MODEL = ENVIRONMENT / "models" / "smollm2"
"""Its weights; its name at the server is the folder's."""
START_SECONDS = 600


class ModelServer:
    """vLLM in a process group of its own, so that all of it can be ended, whatever happens."""

    def __init__(self, log: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.log = log
        self.base_url = f"http://127.0.0.1:{self.port}/v1"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when it is healthy. Raises AssertionError, with the end of its log, where it doesn't get
        there."""
        command = [HERE / "serve.sh", str(self.port), MODEL]
        environment = os.environ | {"WAKESLEEP_VLLM_ENVIRONMENT": str(ENVIRONMENT)}
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                command, env=environment, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            if self.healthy():
                return
            time.sleep(1)
        said = self.log.read_text(errors="replace")[-4000:]
        raise AssertionError(f"vLLM did not come up; the end of its log:\n{said}")

    def healthy(self) -> bool:
        """Whether it answers, and has an engine that works."""
        with (
            contextlib.suppress(OSError),
            urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=5) as answer,
        ):
            return answer.status == 200
        return False

    def end(self, *kinds: signal.Signals) -> None:
        """Ends the server and every process that it started: kindly first, unless `kinds` says otherwise."""
        if self.process is None:
            return
        for kind in kinds or (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, kind)
            deadline = time.monotonic() + 20
            while time.monotonic() < deadline:
                self.process.poll()  # reaps it
                try:
                    os.killpg(self.process.pid, 0)
                except ProcessLookupError:
                    return
                time.sleep(0.2)
        raise AssertionError(f"vLLM's process group {self.process.pid} did not end")
