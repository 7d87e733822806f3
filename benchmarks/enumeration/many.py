"""Tasks that share a request and an enumeration: exact, and with observational equivalence."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.enumeration.options import LIST_TO_LIST, Options, cold_grammar, examples
from benchmarks.row import Row
from engine import Budget, SearchConfig, SearchResult, Type


def tasks_at_once(options: Options) -> Iterator[Row]:
    """One enumeration of 20 CPU-seconds for all tasks, each of which gets the exact answer.

    With every program run, these count; as it is searched, all programs of the windows that were finished.
    """
    for name, config in (
        ("every program run", SearchConfig(equivalence="none", equations=False)),
        ("as searched", SearchConfig()),
    ):
        results = _search(options, min(20.0, options.seconds), config)
        cpu_seconds, explored = results[0].cpu_seconds, max(result.explored_nats for result in results)
        programs = results[0].programs
        if name == "as searched":
            windows = cold_grammar().count_windows(Type.parse(LIST_TO_LIST), max(explored, 1.5))
            programs = sum(count for _, count in windows)
        yield Row(
            f"{len(results)} tasks at once, exact, {name}",
            programs / cpu_seconds,
            "programs per CPU-second",
            538.0,
            300_000.0,
            2_000_000.0,
            {
                "cpu_seconds": cpu_seconds,
                "programs": programs,
                "run": results[0].programs,
                "explored_nats": explored,
                "solved": sum(bool(result.solutions) for result in results),
            },
        )


def equivalence(options: Options) -> Iterator[Row]:
    """Solved in 5 and 60 CPU-seconds where parts that agree on 32 samples are one; bytes kept."""
    results = _search(options, options.seconds, SearchConfig(equivalence="sampled", samples=32))
    times = [result.found_cpu_seconds for result in results if result.solutions]
    for seconds, floor, aim in ((5.0, 34.0, None), (60.0, 50.0, 55.0)):
        if seconds > options.seconds:
            continue
        yield Row(
            f"observational equivalence, {len(results)} tasks, {seconds:g} CPU-seconds",
            sum(time <= seconds for time in times),
            "solved",
            None,
            floor,
            aim,
            {
                "cpu_seconds": results[0].cpu_seconds,
                "stopped": sorted({result.stopped for result in results}),
            },
        )
    bank = results[0]
    yield Row(
        "observational equivalence, bank",
        bank.bank_bytes / max(1, bank.bank_completions),
        "bytes an entry",
        aim=150.0,
        detail={"entries": bank.bank_completions, "bytes": bank.bank_bytes, "full": bank.bank_full},
    )


def _search(options: Options, cpu_seconds: float, config: SearchConfig) -> list[SearchResult]:
    tasks = [examples(task) for task in options.shared_tasks()]
    budget = Budget(cpu_seconds=cpu_seconds, bytes=900 << 20, keep=1)
    return cold_grammar().search_many(Type.parse(LIST_TO_LIST), tasks, budget, config=config)
