"""Tasks solved under a guide within so many CPU seconds, all in.

All in: what the guide takes (encoding, sampling, its grammar), running its samples on the examples, compiling
the grammar's tables, searching. The tables of a grammar that is the same for every task are compiled once and
stay warm for the next, as they do in a run: that favours the uniform and the fitted prior.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

import engine
from library.snapshot import Library
from synthesis.guide import Guide
from synthesis.task import Task


@dataclass(frozen=True)
class Found:
    """A solution, and the CPU seconds from being handed the task to having it. `sampled`: no search."""

    program: engine.Term
    cpu_seconds: float
    sampled: bool


@dataclass(frozen=True)
class Outcome:
    """Of all tasks under one guide. `guide_cpu_seconds`: mean of a task."""

    found: dict[str, Found]
    guide_cpu_seconds: float

    def solved(self, cpu_seconds: float) -> int:
        return sum(found.cpu_seconds <= cpu_seconds for found in self.found.values())


def solve(library: Library, tasks: Sequence[Task], guide: Guide, cpu_seconds: float) -> Outcome:
    """Each task alone: the guide's samples first, then a search under its grammar for what is left.

    What a smaller budget would have found is what is found by then, for nothing here depends on the budget.
    """
    found: dict[str, Found] = {}
    spent = 0.0
    for number, task in enumerate(tasks, start=1):
        started = time.thread_time()
        guidance = guide.guide(task)
        spent += time.thread_time() - started
        sampled = next((s.program for s in guidance.samples if fits(library, task, s.program)), None)
        if sampled is not None:
            found[task.name] = Found(sampled, time.thread_time() - started, sampled=True)
        elif guidance.grammar is not None:
            examples = [(example.inputs, example.output) for example in task.examples]
            before = time.thread_time() - started
            budget = engine.Budget(cpu_seconds=max(1e-3, cpu_seconds - before), keep=1, slack_nats=0.0)
            result = guidance.grammar.search(engine.Type.parse(task.request), examples, budget)
            if result.solutions:
                total = before + result.found_cpu_seconds
                found[task.name] = Found(result.solutions[0][0], total, sampled=False)
        print(f"{guide.name}: {number} of {len(tasks)}, {len(found)} solved", file=sys.stderr, flush=True)
    return Outcome(found, spent / max(1, len(tasks)))


def fits(library: Library, task: Task, term: engine.Term) -> bool:
    """Whether the program gives every example's output."""
    outputs = library.language.evaluate(term, engine.Type.parse(task.request), task.inputs)
    return outputs == [example.output for example in task.examples]
