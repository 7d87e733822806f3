"""What the workflows of this process work with, and how they learn that it is going down."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy.exc import SQLAlchemyError

from app.db.session import Database
from app.settings import Settings
from app.workflows.turn import Turn
from engine import Cancellation

_LOOK_SECONDS = 0.5


class Stopping(BaseException):
    """This process is going down: leave the workflow as it is, for the next one. No Exception, because DBOS
    would record an Exception as the step's outcome."""


@dataclass
class Carrier:
    """One per process that carries workflows."""

    database: Database
    settings: Settings
    #: The worker that this process is, none where it only accepts work.
    worker_id: str | None = None
    turn: Turn = field(default_factory=Turn)
    stopping: threading.Event = field(default_factory=threading.Event)
    _at_work: int = 0
    _changed: threading.Condition = field(default_factory=threading.Condition)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Around what a stop should wait for."""
        with self._changed:
            self._at_work += 1
        try:
            yield
        finally:
            with self._changed:
                self._at_work -= 1
                self._changed.notify_all()

    def wait(self, seconds: float) -> None:
        """Until nobody is at work, at most so long."""
        with self._changed:
            self._changed.wait_for(lambda: self._at_work == 0, seconds)

    @contextmanager
    def watched(self, over: Callable[[], bool]) -> Iterator[Cancellation]:
        """A cancellation for the searches of the block, given soon after `over` says so or this process is
        told to stop. `over` is called from a thread of its own."""
        cancellation, ended = Cancellation(), threading.Event()

        def watch() -> None:
            while not ended.wait(_LOOK_SECONDS):
                try:
                    if self.stopping.is_set() or over():
                        cancellation.cancel()
                        return
                except SQLAlchemyError:
                    continue  # the database is away: the next look may say more

        watcher = threading.Thread(target=watch, name="watcher", daemon=True)
        watcher.start()
        try:
            yield cancellation
        finally:
            ended.set()
            watcher.join()


_carrier: Carrier | None = None


def set_carrier(carrier: Carrier) -> None:
    global _carrier
    _carrier = carrier


def require_carrier() -> Carrier:
    if _carrier is None:
        raise RuntimeError("a workflow ran before DurableRuns was opened")
    return _carrier
