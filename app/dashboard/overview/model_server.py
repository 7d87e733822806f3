"""Whether the language model's server answers. It is asked at most every few seconds, whoever looks."""

from __future__ import annotations

import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass

from app.settings import Settings

_PATIENCE_SECONDS = 2.0
_FRESH_SECONDS = 10.0


@dataclass(frozen=True)
class Answer:
    """What the server said: `state` is "up", "down" or "none", where the service has no model server."""

    state: str
    detail: str = ""


class ModelServer:
    """The server that the settings name; one for a process."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._lock = threading.Lock()
        self._answer = Answer("none")
        self._asked_at = float("-inf")

    def answer(self) -> Answer:
        """May take two seconds where the server is silent."""
        if self.settings.model_url is None:
            return Answer("none")
        with self._lock:
            if time.monotonic() - self._asked_at > _FRESH_SECONDS:
                self._answer = self._ask(self.settings.model_url)
                self._asked_at = time.monotonic()
            return self._answer

    def _ask(self, url: str) -> Answer:
        started = time.perf_counter()
        try:
            request = urllib.request.Request(
                f"{url.rstrip('/')}/models", headers={"Authorization": f"Bearer {self.settings.key}"}
            )
            with urllib.request.urlopen(request, timeout=_PATIENCE_SECONDS):
                return Answer("up", f"answers in {1000 * (time.perf_counter() - started):.0f} ms")
        except urllib.error.HTTPError as error:
            return Answer("down", f"answers with status {error.code}")
        except (OSError, ValueError) as error:
            return Answer("down", f"doesn't answer: {getattr(error, 'reason', error)}")
