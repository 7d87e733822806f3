"""Programs built and not run: speed from cold tables, and DreamCoder's own counts."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from statistics import median

from benchmarks.enumeration.options import LIST_TO_LIST, Options, cold_grammar
from benchmarks.row import Row
from engine import Grammar, Language, Type


def build(options: Options) -> Iterator[Row]:
    """Every program below so many nats, in windows of 1.5, from cold tables."""
    for request in (LIST_TO_LIST, "list(int) -> int"):
        programs, times = 0, []
        for _ in range(options.repeats):
            grammar = cold_grammar()
            started = time.thread_time()
            windows = grammar.count_windows(Type.parse(request), options.build_nats)
            times.append(time.thread_time() - started)
            programs = sum(count for _, count in windows)
        figures = (2_919.0, 10e6, 25e6) if request == LIST_TO_LIST else (None, None, None)
        yield Row(
            f"build only, cold, {options.build_nats:g} nats, {request}",
            programs / median(times),
            "programs per CPU-second",
            *figures,
            {"programs": programs, "cpu_seconds": median(times)},
        )


def golden(options: Options) -> Iterator[Row]:
    """Each grammar of the golden file: whether all windows are met, and how much sooner."""
    rows = json.loads(options.golden_file.read_bytes())
    for name, row in rows.items():
        request = Type.parse(row["request"])
        continuation = None if row["continuation"] is None else Type.parse(row["continuation"])
        windows, times = [], []
        for _ in range(options.repeats):
            started = time.thread_time()
            language = Language([(primitive, type_) for primitive, type_ in row["primitives"]])
            windows = Grammar.uniform(language).count_windows(request, row["windows"][-1][0], continuation)
            times.append(time.thread_time() - started)
        found = [[round(upper, 6), count] for upper, count in windows]
        seconds = median(times)
        detail = {
            "exact": found == row["windows"],
            "programs": sum(count for _, count in windows),
            "cpu_seconds": seconds,
            "recorded_cpu_seconds": row["cpu_s"],
        }
        yield Row(f"golden, {name}, exact", detail["exact"], "", floor=True, aim=True)
        yield Row(
            f"golden, {name}, cold", row["cpu_s"] / seconds, "times DreamCoder", 1.0, 100.0, 1000.0, detail
        )
