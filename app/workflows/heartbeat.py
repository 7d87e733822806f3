"""A worker's sign of life, and what it does when another one gives none.

DBOS takes up again what its own process left, and nothing of another's. So each worker writes that it is
alive, and takes over from those that are not: it asks DBOS to put their workflows back into their queues. A
lock on the dead worker's row lets one survivor do it; should that one die in between, the next one repeats
what then has no effect.

A worker that was silent though it lives (the network was cut, the machine slept) finds that others took over
from it, and ends: its id is spent.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog
from sqlalchemy.exc import DBAPIError

from app.db.repositories import WorkerRepository
from app.db.session import Database

STOPPED_ONLY = 3e8
"""Seconds of silence, ten years: nobody is that silent, and those that stopped in good order are left."""

_log = structlog.get_logger(__name__)


class Heartbeat(threading.Thread):
    """Beats five times in the seconds after which a silent worker counts as dead.

    `recover` puts back into their queues the workflows that these workers left, and says how many. `lost` is
    called once, where others took over from this worker; `look` after each look at the others, for work that
    nobody has, though no worker is dead.
    """

    def __init__(
        self,
        database: Database,
        worker_id: str,
        silent_seconds: float,
        recover: Callable[[list[str]], int],
        lost: Callable[[], None],
        look: Callable[[], None],
    ) -> None:
        super().__init__(name="heartbeat", daemon=True)
        self.database = database
        self.worker_id = worker_id
        self.silent_seconds = silent_seconds
        self.recover = recover
        self.lost = lost
        self.look = look
        self._ended = threading.Event()
        self._steady_since = time.monotonic()

    def run(self) -> None:
        while not self._ended.wait(self.silent_seconds / 5):
            try:
                with self.database.write() as session:
                    alive = WorkerRepository(session).beat(self.worker_id)
                if not alive:
                    _log.error(
                        "other workers took over from this one, which was silent for too long",
                        worker=self.worker_id,
                        seconds=self.silent_seconds,
                    )
                    self.lost()
                    return
                steady = time.monotonic() - self._steady_since > self.silent_seconds
                self.take_over(self.silent_seconds if steady else STOPPED_ONLY)
                self.look()
            except DBAPIError as error:
                # While the database is away nobody can beat: the others get as long again to be heard.
                self._steady_since = time.monotonic()
                _log.warning("no sign of life: the database doesn't answer", error=str(error.orig))
            except Exception:  # a thread that ended would make this worker look dead while it works
                _log.exception("looking after other workers failed")

    def stop(self) -> None:
        """Beat no more, and say that this worker ends."""
        self._ended.set()
        if self.is_alive():
            self.join()
        try:
            with self.database.write() as session:
                WorkerRepository(session).stop(self.worker_id)
        except DBAPIError:
            _log.warning("can't say that this worker ends: the others will notice", worker=self.worker_id)

    def take_over(self, silent_seconds: float) -> None:
        """Put back into the queues what workers left that stopped, or have been silent for so long."""
        with self.database.write() as session:
            workers = WorkerRepository(session)
            for dead in workers.left_behind(self.worker_id, silent_seconds):
                how = "is silent" if dead.stopped_at is None else "has stopped"
                workflows = self.recover([dead.id])
                if workflows or dead.stopped_at is None:
                    _log.warning(f"took over from a worker that {how}", worker=dead.id, workflows=workflows)
                workers.recovered(dead)
