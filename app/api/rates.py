"""Token buckets: how many requests each key may make, in this process."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from app.errors import TooManyRequests

#: Whoever waits as long as they were told has a token, whatever floating point makes of it.
_ROUNDING = 1e-6
#: Buckets that are remembered; one that is forgotten is full again.
_BUCKETS = 10_000


class RateLimiter:
    """A bucket of `burst` tokens for each name, filled by `rate` tokens a second; 0: no limit."""

    def __init__(self, rate: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate, self.burst, self.clock = rate, burst, clock
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # name: tokens, when

    def take(self, name: str) -> None:
        """One token. Raises TooManyRequests with the seconds until there is one."""
        if self.rate <= 0:
            return
        moment = self.clock()
        with self._lock:
            tokens, before = self._buckets.pop(name, (float(self.burst), moment))
            tokens = min(self.burst, tokens + (moment - before) * self.rate)
            taken = tokens >= 1 - _ROUNDING
            self._buckets[name] = (tokens - taken, moment)
            if len(self._buckets) > _BUCKETS:
                self._buckets.popitem(last=False)
        if not taken:
            seconds = math.ceil((1 - tokens) / self.rate)
            raise TooManyRequests(
                f"more than {self.rate:g} requests a second: wait {seconds} s", retry_after=seconds
            )
