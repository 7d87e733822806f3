"""What a domain's deducer is: one function from a task to programs that should solve it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from engine import Cancellation, Term
from library.snapshot import Library
from synthesis.task import Task


@dataclass(frozen=True)
class Deduction:
    """`programs`: of the task's request, distinct, the most probable under the library first; a handful, for
    the frontier. None where nothing was found. `tried`: programs and pieces of programs looked at, comparable
    with what an enumeration counts. `cpu_seconds`: of this process, the engine's threads included.
    """

    programs: tuple[Term, ...]
    tried: int
    cpu_seconds: float


class Deducer(Protocol):
    """Called from several threads at once. It keeps nothing of a task for the next."""

    def deduce(self, task: Task, library: Library, seconds: float, cancellation: Cancellation) -> Deduction:
        """Programs of the library, abstractions included, that give the task's outputs, as probable as can be
        found.

        Takes at most about `seconds` of CPU time and ends soon after it is cancelled, with what it has. A
        task of a request that it can't explain gets an empty deduction at once.
        """
        ...
