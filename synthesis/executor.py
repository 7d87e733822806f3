"""Where work on many tasks runs. One interface, so that threads here can become a cluster elsewhere.

An executor knows nothing of tasks: it maps a function, hands out results as they finish, and can be stopped.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Protocol, TypeVar

from engine import Cancellation

if TYPE_CHECKING:
    from synthesis.keeper import RunConfig

Item = TypeVar("Item")
Result = TypeVar("Result")

POLL_SECONDS = 0.25


class _End:
    """After the last item."""


_END = _End()


class Executor(Protocol):
    def map(
        self,
        function: Callable[[Item, Cancellation], Result],
        items: Iterable[Item | None],
        cancelled: Callable[[], bool],
    ) -> Iterator[Result]:
        """Results in the order in which they finish.

        Each item is asked for when there is somebody to do it. None says that there is no item just now, and
        that there may be one later. Once `cancelled()` is true, what runs is cancelled, its results are
        dropped, and the iterator ends. An exception of `function` ends it too and is raised to the caller.
        """
        ...


def make_executor(config: RunConfig) -> Executor:
    """The executor that the run's wakes have. Raises ImportError and ConnectionError, saying what is
    missing."""
    if config.executor == "local":
        return LocalExecutor(config.workers)
    try:
        from synthesis.ray_executor import RayExecutor
    except ImportError as error:
        raise ImportError(
            f"the executor ray needs the extra `cluster` (pip install wakesleep[cluster]): {error}"
        ) from None
    return RayExecutor()


class LocalExecutor:
    """Threads of this process: the engine releases the GIL while it searches."""

    def __init__(self, workers: int):
        if workers < 1:
            raise ValueError("an executor needs at least one worker")
        self.workers = workers

    def map(
        self,
        function: Callable[[Item, Cancellation], Result],
        items: Iterable[Item | None],
        cancelled: Callable[[], bool],
    ) -> Iterator[Result]:
        cancellation = Cancellation()
        pool = ThreadPoolExecutor(self.workers, thread_name_prefix="search")
        source = iter(items)
        waiting: set[Future[Result]] = set()
        exhausted = False
        try:
            while not cancelled():
                while not exhausted and len(waiting) < self.workers:
                    item = next(source, _END)
                    if item is None:
                        break
                    if isinstance(item, _End):
                        exhausted = True
                    else:
                        waiting.add(pool.submit(function, item, cancellation))
                if waiting:
                    done, waiting = wait(waiting, timeout=POLL_SECONDS, return_when=FIRST_COMPLETED)
                    for future in done:
                        yield future.result()
                elif exhausted:
                    return
                else:
                    time.sleep(POLL_SECONDS)
        finally:  # also where the consumer stops early: nothing is left running behind its back
            cancellation.cancel()
            pool.shutdown(wait=True, cancel_futures=True)
