"""The executor over a Ray cluster: an item a task of Ray's, as many at once as the cluster has cores.

The function is sent once, and each of the cluster's processes keeps the last one that it was given. What a
node had in hand when it died, another does. Nodes may join and leave meanwhile. The cluster is started by
Ray's own command (`ray start`); RAY_ADDRESS says where it is, and every node has Wakesleep installed.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import ray

from engine import Cancellation
from synthesis.executor import POLL_SECONDS, Item, Result

_LOST_NODES = -1  # as often as nodes die
_kept: tuple[str, Any] | None = None


class RayExecutor:
    """Connects at once. Raises ConnectionError where there is no cluster."""

    def __init__(self, address: str = "auto") -> None:
        if not ray.is_initialized():
            ray.init(address=address, log_to_driver=False, logging_level=logging.WARNING)

    def map(
        self,
        function: Callable[[Item, Cancellation], Result],
        items: Iterable[Item | None],
        cancelled: Callable[[], bool],
    ) -> Iterator[Result]:
        sent, name = ray.put(function), uuid.uuid4().hex
        source, exhausted = iter(items), False
        waiting: list[Any] = []
        try:
            while not cancelled():
                while not exhausted and len(waiting) < _cores():
                    try:
                        item = next(source)
                    except StopIteration:
                        exhausted = True
                        break
                    if item is None:
                        break
                    # in a list, so that Ray hands on the reference and not a copy for each item
                    waiting.append(_apply.remote(name, [sent], item))
                if waiting:
                    done, waiting = ray.wait(waiting, timeout=POLL_SECONDS)
                    for one in done:
                        yield ray.get(one)
                elif exhausted:
                    return
                else:
                    time.sleep(POLL_SECONDS)
        finally:  # also where the consumer stops early
            for one in waiting:
                ray.cancel(one, force=True)


def _cores() -> int:
    return max(1, int(ray.cluster_resources().get("CPU", 1)))


@ray.remote(num_cpus=1, max_retries=_LOST_NODES)
def _apply(name: str, sent: list[Any], item: Any) -> Any:
    global _kept
    if _kept is None or _kept[0] != name:
        _kept = name, ray.get(sent[0])
    return _kept[1](item, Cancellation())
