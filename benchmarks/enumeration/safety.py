"""What a search may take at most: time of hostile programs, time to stop, memory."""

from __future__ import annotations

import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

from benchmarks.enumeration.hostile import HOSTILE, LANGUAGE
from benchmarks.enumeration.options import LIST_TO_LIST, Options, cold_grammar
from benchmarks.row import Row
from engine import Budget, Cancellation, Term, Type

UNSOLVABLE = [(([1, 2],), [987_654_321]), (([1, 2, 3],), [123_456_789])]
_BYTES_PER_UNIT = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss


def hostile(options: Options) -> Iterator[Row]:
    """The slowest of the hostile programs, parsing and type inference included."""
    slowest = {}
    for case in HOSTILE:
        request, inputs, times = Type.parse(case.request), [case.inputs], []
        for _ in range(options.repeats):
            started = time.thread_time()
            LANGUAGE.evaluate(Term.parse(case.program), request, inputs)
            times.append(time.thread_time() - started)
        slowest[case.name] = sorted(times)[len(times) // 2] * 1000
    name = max(slowest, key=slowest.__getitem__)
    yield Row(
        "hostile programs, the slowest",
        slowest[name],
        "CPU milliseconds",
        None,
        10.0,
        10.0,
        {"slowest": name, "milliseconds": slowest},
    )


def cancellation(options: Options) -> Iterator[Row]:
    """From `cancel` until the search has returned, the longest of several."""
    waits = []
    for attempt in range(max(3, options.repeats)):
        cancelled = Cancellation()
        grammar = cold_grammar()
        thread = threading.Thread(
            target=grammar.search,
            args=(Type.parse(LIST_TO_LIST), UNSOLVABLE, Budget(cpu_seconds=600), cancelled),
        )
        thread.start()
        time.sleep(0.05 + 0.35 * (attempt % 4))
        started = time.perf_counter()
        cancelled.cancel()
        thread.join()
        waits.append((time.perf_counter() - started) * 1000)
    yield Row(
        "cancellation, the slowest", max(waits), "milliseconds", None, 50.0, 50.0, {"milliseconds": waits}
    )


def memory(options: Options) -> Iterator[Row]:
    """Peak of a process that does one exact search, in the default budget of bytes."""
    code = f"from benchmarks.enumeration.safety import search_alone; search_alone({options.seconds})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    peak, stopped = done.stdout.split()
    yield Row(
        f"peak memory of a {options.seconds:g}-second exact search",
        int(peak) / 2**20,
        "MiB",
        floor=1024.0,
        detail={"stopped": stopped},
    )


def search_alone(cpu_seconds: float) -> None:
    """Prints the peak in bytes, and why the search ended."""
    result = cold_grammar().search(Type.parse(LIST_TO_LIST), UNSOLVABLE, Budget(cpu_seconds=cpu_seconds))
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _BYTES_PER_UNIT, result.stopped)
