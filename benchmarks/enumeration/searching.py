"""Programs evaluated, for one task: by request, under contextual weights, in several threads."""

from __future__ import annotations

import time
from collections.abc import Iterator
from statistics import median

import numpy as np

from benchmarks.enumeration.options import LIST_TO_LIST, Options, cold_grammar, examples
from benchmarks.row import Row
from engine import Budget, Grammar, SearchConfig, SearchResult, Type
from synthesis.task import Task

EXACT = SearchConfig(equivalence="none", equations=False)
"""Every program is built and run."""


def exhaust(grammar: Grammar, task: Task, nats: float, config: SearchConfig = EXACT) -> SearchResult:
    """Every program below so many nats, solved or not."""
    budget = Budget(cpu_seconds=0, nats=nats, slack_nats=400)
    return grammar.search(Type.parse(task.request), examples(task), budget, config=config)


def one_task(options: Options) -> Iterator[Row]:
    """One task of each request with one argument; a program is run, or known to do as another does."""
    for request, task in _by_request(options).items():
        figures = (1_780.0, 5e6, 20e6) if request == LIST_TO_LIST else (None, None, None)
        everything = cold_grammar().count_windows(Type.parse(request), options.nats)
        programs = sum(count for _, count in everything)
        for name, config in (("exact", EXACT), ("as searched", SearchConfig())):
            result = exhaust(cold_grammar(), task, options.nats, config)
            yield Row(
                f"one task evaluated at {options.nats:g} nats, {request}, {name}",
                programs / result.cpu_seconds,
                "programs per CPU-second",
                *figures,
                _detail(result) | {"task": task.name, "programs": programs, "run": result.programs},
            )


def contextual(options: Options) -> Iterator[Row]:
    """Weights that differ by context: uniform, plus normal noise of deviation 1 for each place.

    The median of six such grammars, each next to a search with uniform weights of as many seconds.
    """
    task = _by_request(options)[LIST_TO_LIST]
    language = cold_grammar().language
    shape = len(Grammar.contexts(language)), len(language.productions) + 1
    budget = Budget(cpu_seconds=min(5.0, options.seconds), slack_nats=400)

    def speed(grammar: Grammar) -> float:
        result = grammar.search(Type.parse(task.request), examples(task), budget, config=EXACT)
        return result.programs / result.cpu_seconds

    pairs = []
    for seed in range(6):
        noisy = Grammar(language, np.random.default_rng(seed).normal(0.0, 1.0, shape))
        pairs.append((speed(cold_grammar()), speed(noisy)))
    yield Row(
        "contextual grammars, median of six",
        median(uniform / contextual for uniform, contextual in pairs),
        "times slower than uniform",
        None,
        1.5,
        1.5,
        {"uniform_and_contextual_programs_per_cpu_second": pairs},
    )


def orders(options: Options) -> Iterator[Row]:
    """Strict best-first order against windows, to the same bound in nats."""
    task = _by_request(options)[LIST_TO_LIST]
    seconds = {
        order: exhaust(cold_grammar(), task, options.nats, SearchConfig(order=order)).cpu_seconds
        for order in ("windows", "best_first")
    }
    yield Row(
        f"best-first order, {options.nats:g} nats",
        seconds["best_first"] / seconds["windows"],
        "times the CPU seconds of windows",
        detail={"cpu_seconds": seconds},
    )


def threads(options: Options) -> Iterator[Row]:
    """One search to a bound in nats, by one and by two threads; the answers are compared."""
    task, nats = _by_request(options)[LIST_TO_LIST], options.nats + 5.5  # for more than a moment's work
    seconds, results = {}, {}
    for number in (1, 2):
        started = time.perf_counter()
        results[number] = exhaust(
            cold_grammar(), task, nats, SearchConfig(equivalence="none", equations=False, threads=number)
        )
        seconds[number] = time.perf_counter() - started
    yield Row(
        f"two threads, {nats:g} nats",
        seconds[1] / seconds[2],
        "times as fast as one",
        floor=1.8,
        detail={
            "wall_seconds": seconds,
            "cpu_seconds": {number: result.cpu_seconds for number, result in results.items()},
            "same_answers": results[1].solutions == results[2].solutions,
            "same_programs": results[1].programs == results[2].programs,
        },
    )


def _by_request(options: Options) -> dict[str, Task]:
    """The last task of each request with one argument."""
    return {task.request: task for task in options.all_tasks() if len(task.examples[0].inputs) == 1}


def _detail(result: SearchResult) -> dict[str, float]:
    return {
        "cpu_seconds": result.cpu_seconds,
        "bank_completions": result.bank_completions,
        "bank_bytes": result.bank_bytes,
    }
