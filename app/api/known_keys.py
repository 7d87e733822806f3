"""Whose a key is, for a second: requests come in rows, and mostly need no look into the database for it."""

from __future__ import annotations

import time
from collections.abc import Callable

from app.access import Caller, digest_of

#: How long another process's revocation may go unnoticed.
SECONDS = 1.0
_KEYS = 10_000


class KnownKeys:
    """Keys that were found in the database, by their hashes. Safe to use from several threads: each step is
    one of a dictionary's own.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._callers: dict[str, tuple[Caller, float]] = {}

    def get(self, key: str) -> Caller | None:
        caller, until = self._callers.get(digest_of(key), (None, 0.0))
        return caller if self.clock() < until else None

    def put(self, key: str, caller: Caller) -> None:
        if len(self._callers) >= _KEYS:
            self._callers.clear()
        self._callers[digest_of(key)] = (caller, self.clock() + SECONDS)

    def forget(self) -> None:
        """A key was revoked: this process notices at once."""
        self._callers.clear()
