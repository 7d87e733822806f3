"""What a deduction may cost, and what it has cost so far."""

from __future__ import annotations

import time

from engine import Cancellation


class Effort:
    """``tried``: what was fitted to the target, the number of laws that were looked at more closely."""

    def __init__(self, seconds: float, cancellation: Cancellation):
        """``seconds`` of this thread's CPU time from now on."""
        self.tried = 0
        self._cancellation = cancellation
        self._started = time.thread_time()
        self._seconds = seconds

    @property
    def cpu_seconds(self) -> float:
        return time.thread_time() - self._started

    @property
    def spent(self) -> bool:
        """Whether it is time to end with what there is."""
        return self.cpu_seconds >= self._seconds or self._cancellation.cancelled
