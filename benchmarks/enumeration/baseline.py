"""What enumeration is for: tasks solved, nothing learned, and which solutions are right."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from benchmarks.enumeration.options import Options, cold_grammar, examples
from benchmarks.row import Row
from engine import Budget, Grammar, SearchResult, Type
from synthesis.task import Task

AFTER = (0.1, 1.0, 10.0, 60.0)
HELD_OUT = 5  # of a task's examples
HELD_OUT_SECONDS = 10.0  # at most, for the searches without them


def baseline(options: Options) -> Iterator[Row]:
    """A search a task with all examples, and one without the last five, on which its answer is then tried.

    For each task that isn't solved a search of `seconds`, and one of 10 seconds.
    """
    tasks = options.all_tasks()
    grammar = cold_grammar()
    whole: dict[str, float] = {}
    part: dict[str, tuple[float, bool]] = {}
    for number, task in enumerate(tasks, start=1):
        result = _search(grammar, task, len(task.examples), options.seconds)
        if result.solutions:
            whole[task.name] = result.found_cpu_seconds
        result = _search(grammar, task, len(task.examples) - HELD_OUT, min(options.seconds, HELD_OUT_SECONDS))
        if result.solutions:
            part[task.name] = result.found_cpu_seconds, _holds(grammar, task, result)
        print(f"baseline: {number} of {len(tasks)} tasks, {len(whole)} solved", file=sys.stderr, flush=True)
    prototype = {1.0: 45.0, 10.0: 57.0, 60.0: 65.0}
    for seconds in (after for after in AFTER if after <= options.seconds):
        yield Row(
            f"solved of {len(tasks)}, {seconds:g} CPU-seconds a task",
            sum(time <= seconds for time in whole.values()),
            "tasks",
            floor=prototype.get(seconds),
        )
        if seconds > HELD_OUT_SECONDS:
            continue
        in_time = [holds for time, holds in part.values() if time <= seconds]
        yield Row(
            f"answers without the last {HELD_OUT} examples, right on them, {seconds:g} CPU-seconds a task",
            sum(in_time),
            "tasks",
            detail={"answers": len(in_time)},
        )
    wrong = sorted(name for name, (_, holds) in part.items() if not holds)
    yield Row("answers that don't hold", len(wrong), "tasks", detail={"tasks": wrong})


def _search(grammar: Grammar, task: Task, count: int, cpu_seconds: float) -> SearchResult:
    budget = Budget(cpu_seconds=cpu_seconds, keep=1)
    return grammar.search(Type.parse(task.request), examples(task, range(count)), budget)


def _holds(grammar: Grammar, task: Task, result: SearchResult) -> bool:
    """Whether the best answer gives the outputs of the examples that the search didn't see."""
    program, request = result.solutions[0][0], Type.parse(task.request)
    given, outputs = zip(*examples(task)[-HELD_OUT:], strict=True)
    return grammar.language.evaluate(program, request, list(given)) == list(outputs)
