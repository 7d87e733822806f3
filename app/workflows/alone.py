"""Having a data directory to oneself, where the database can't be shared."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from app.errors import Conflict
from app.settings import Settings


@contextmanager
def exclusive(settings: Settings) -> Iterator[None]:
    """On SQLite, hold the data directory: two processes that recovered the same runs would do them twice.

    Raises Conflict where another process has it.
    """
    settings.prepare()
    if not settings.single_process:
        yield
        return
    with (settings.data_dir / "serve.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Conflict(
                f"another wakesleep process works in {settings.data_dir}: stop it, set WAKESLEEP_DATA_DIR, or"
                " share a PostgreSQL (DATABASE_URL)"
            ) from None
        yield
