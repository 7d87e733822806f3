"""Drawings, explained by covering them (engine/src/drawing_search.hpp)."""

from __future__ import annotations

import time
from functools import lru_cache
from typing import Any

from engine import Budget, Cancellation, Drawings, EngineError
from library.domains.logo_tasks import REQUEST
from library.snapshot import Library
from synthesis.deduction.deducer import Deduction
from synthesis.frontier import FRONTIER_SIZE
from synthesis.task import Task

BYTES = 1 << 28
"""For one picture's search."""

_NOTHING = Deduction((), 0, 0.0)


class DrawingDeducer:
    """Programs of type `turtle -> turtle` for the strokes of a drawing."""

    def deduce(self, task: Task, library: Library, seconds: float, cancellation: Cancellation) -> Deduction:
        if task.request != REQUEST or len(task.examples) != 1 or task.examples[0].inputs != ([],):
            return _NOTHING
        started = time.thread_time()
        picture: Any = task.examples[0].output
        try:
            known = read_library(library)
            left = seconds - (time.thread_time() - started)
            if left <= 0:
                return Deduction((), known.tries, time.thread_time() - started)
            budget = Budget(cpu_seconds=left, bytes=BYTES, keep=FRONTIER_SIZE)
            found = known.search(picture, budget, cancellation)
        except EngineError:  # no drawing, or a library whose statements can't be run
            return _NOTHING
        programs = tuple(program for program, _ in found.solutions)
        return Deduction(programs, found.programs, time.thread_time() - started)


@lru_cache(maxsize=4)
def read_library(library: Library) -> Drawings:
    """What a library's cheapest statements draw, made once for each version."""
    return Drawings(library.grammar)
