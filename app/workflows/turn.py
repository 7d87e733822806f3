"""Who searches in this process: one wake at a time, and a run of its own goes before help for another's."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Turn:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting = 0
        self._changed = threading.Lock()

    @property
    def wanted(self) -> bool:
        """Whether a run of this process waits for its turn, or has it: who helps should leave off."""
        return self._waiting > 0

    @contextmanager
    def own(self) -> Iterator[None]:
        """For a phase of this process's own run; waits until it can begin."""
        with self._changed:
            self._waiting += 1
        try:
            with self._lock:
                yield
        finally:
            with self._changed:
                self._waiting -= 1

    @contextmanager
    def helping(self) -> Iterator[bool]:
        """For help; gives whether it may begin at all."""
        free = not self.wanted and self._lock.acquire(blocking=False)
        try:
            yield free
        finally:
            if free:
                self._lock.release()
