"""A sampler that stops asking another one that keeps failing.

A server that is away costs each task the time of a request and its retries. After a few failures in a row
the breaker opens: it refuses at once, so that wake goes on with what else there is. When the pause is over,
one call goes through as a trial, the others are still refused; its outcome closes the breaker or opens it
anew.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from synthesis.guide import GuideUnavailable
from synthesis.samplers import Draw, Prompt, Reply, RequestRefused, Sampler

T = TypeVar("T")


def _now() -> datetime:
    return datetime.now(UTC)


class CircuitBreaker:
    """See Sampler. A request that was refused is no failure: the model is there."""

    def __init__(
        self,
        sampler: Sampler,
        failures: int = 3,
        pause_seconds: float = 30.0,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        """Opens after so many `failures` in a row, for `pause_seconds`."""
        self._sampler = sampler
        self._allowed = failures
        self._pause = timedelta(seconds=pause_seconds)
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0  # in a row
        self._opened: datetime | None = None  # None: closed
        self._trial = False  # one is under way
        self._reason = ""  # the last failure's

    @property
    def in_process(self) -> bool:
        return self._sampler.in_process

    def sample(self, prompt: Prompt, draw: Draw) -> list[Reply]:
        return self._call(lambda: self._sampler.sample(prompt, draw))

    def score(self, prompt: str, texts: Sequence[str]) -> list[float]:
        return self._call(lambda: self._sampler.score(prompt, texts))

    def _call(self, ask: Callable[[], T]) -> T:
        trial = self._enter()
        try:
            answer = ask()
        except RequestRefused:
            self._answered()
            raise
        except GuideUnavailable as error:
            self._failed(str(error), trial)
            raise
        except BaseException:
            with self._lock:
                self._trial = self._trial and not trial
            raise
        self._answered()
        return answer

    def _enter(self) -> bool:
        """Whether this call is the trial. Raises GuideUnavailable where it may not be made."""
        with self._lock:
            if self._opened is None:
                return False
            until = self._opened + self._pause
            # A clock that was set back must not prolong the pause.
            if self._trial or self._opened <= self._clock() < until:
                raise GuideUnavailable(
                    f"not asked: after {self._failures} failures in a row the model is left alone since "
                    f"{self._opened:%H:%M:%S} until {until:%H:%M:%S} UTC; the last failure: {self._reason}"
                )
            self._trial = True
            return True

    def _answered(self) -> None:
        with self._lock:
            self._failures, self._opened, self._trial = 0, None, False

    def _failed(self, reason: str, trial: bool) -> None:
        with self._lock:
            self._failures += 1
            self._reason = reason
            if trial:
                self._trial = False
            # Calls that were under way when it opened come too late to prolong the pause.
            if trial or (self._opened is None and self._failures >= self._allowed):
                self._opened = self._clock()
