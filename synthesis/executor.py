"""Where work on many tasks runs. One interface, so that threads here can become a cluster elsewhere.

An executor knows nothing of tasks: it maps a function, hands out results as they finish, and can be stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Protocol, TypeVar

from engine import Cancellation

Item = TypeVar("Item")
Result = TypeVar("Result")

POLL_SECONDS = 0.25


class Executor(Protocol):
    def map(
        self,
        function: Callable[[Item, Cancellation], Result],
        items: Iterable[Item],
        cancelled: Callable[[], bool],
    ) -> Iterator[Result]:
        """Results in the order in which they finish.

        Once `cancelled()` is true, what runs is cancelled, its results are dropped, and the iterator ends. An
        exception of `function` ends it too and is raised to the caller.
        """
        ...


class LocalExecutor:
    """Threads of this process: the engine releases the GIL while it searches."""

    def __init__(self, workers: int):
        if workers < 1:
            raise ValueError("an executor needs at least one worker")
        self.workers = workers

    def map(
        self,
        function: Callable[[Item, Cancellation], Result],
        items: Iterable[Item],
        cancelled: Callable[[], bool],
    ) -> Iterator[Result]:
        cancellation = Cancellation()
        pool = ThreadPoolExecutor(self.workers, thread_name_prefix="search")
        try:
            waiting: set[Future[Result]] = {pool.submit(function, item, cancellation) for item in items}
            while waiting and not cancelled():
                done, waiting = wait(waiting, timeout=POLL_SECONDS, return_when=FIRST_COMPLETED)
                for future in done:
                    yield future.result()
        finally:  # also where the consumer stops early: nothing is left running behind its back
            cancellation.cancel()
            pool.shutdown(wait=True, cancel_futures=True)
