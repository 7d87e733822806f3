"""One wake as the command line and the service answer it: a line of JSON for a task."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from library.snapshot import Library
from synthesis.guide import Guide
from synthesis.report import Attempt
from synthesis.task import Task, TaskError, contradiction
from synthesis.wake import WakeBudget, wake


def solve(task: Task, library: Library, guides: Sequence[Guide], budget: WakeBudget) -> dict[str, Any]:
    """What a wake found; `reason` and `detail` only where it isn't solved."""
    return answer(task, library, wake(task, library, guides, budget), budget)


def answer(task: Task, library: Library, attempt: Attempt, budget: WakeBudget) -> dict[str, Any]:
    """The line of an attempt that was made with this library and budget."""
    best = attempt.entries[0] if attempt.entries else None
    line: dict[str, Any] = {
        "name": task.name,
        "solved": best is not None,
        "program": best and best.program,
        "python": best and library.python(best.program, task.request),
        "log_posterior": best and best.log_posterior,
        "seconds": attempt.seconds,
        "cpu_seconds": attempt.cpu_seconds,
        "programs": attempt.programs,
    }
    return line if best is not None else line | _reason(task, attempt, budget)


def refused(error: TaskError) -> dict[str, Any]:
    """The line of a task that can't be attempted: contradictory, ill-typed or unsupported."""
    return {
        "name": error.task,
        "solved": False,
        "program": None,
        "python": None,
        "log_posterior": None,
        "seconds": 0.0,
        "cpu_seconds": 0.0,
        "programs": 0,
        "reason": error.kind,
        "detail": str(error),
    }


def _reason(task: Task, attempt: Attempt, budget: WakeBudget) -> dict[str, str]:
    errors = "; ".join(f"{name}: {report.error}" for name, report in attempt.guides.items() if report.error)
    note = f" (without {errors})" if errors else ""
    if attempt.stopped == "contradictory":
        return {"reason": "contradictory", "detail": contradiction(task) or ""}
    if attempt.stopped == "exhausted" and attempt.programs == 0:
        return {"reason": "unsupported", "detail": f"the library has no program of type {task.request}{note}"}
    searched = f"no solution among {attempt.programs:,} programs in {attempt.cpu_seconds:.1f} CPU seconds"
    if attempt.stopped == "seconds":
        return {"reason": "budget", "detail": f"{searched}; give it more than {budget.seconds:g}{note}"}
    return {"reason": "budget", "detail": f"{searched}; stopped by: {attempt.stopped}{note}"}
