"""A deducer as a guide: its programs are samples, and wake verifies them like any other's."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from engine import Cancellation, Type
from library.snapshot import Library
from synthesis.deduction.table import deducer_of
from synthesis.guide import Guidance, Guide, Sample
from synthesis.task import Task

if TYPE_CHECKING:
    from synthesis.deduction.deducer import Deducer

SECONDS = 1.0
"""For a task, where nobody says how many it has."""


class DeductionGuide:
    """The `BoundedGuide` of a domain that has a deducer. It has no grammar: what it can't explain is left to
    the other guides.
    """

    name, dear = "deduction", False

    def __init__(
        self,
        deducer: Deducer,
        library: Library,
        seconds: float = SECONDS,
        cancellation: Cancellation | None = None,
    ):
        self._deducer, self._library = deducer, library
        self._seconds, self._cancellation = seconds, cancellation or Cancellation()

    def bounded(self, seconds: float, cancellation: Cancellation) -> Guide:
        return DeductionGuide(self._deducer, self._library, seconds, cancellation)

    def guide(self, task: Task) -> Guidance:
        found = self._deducer.deduce(task, self._library, self._seconds, self._cancellation)
        request, grammar = Type.parse(task.request), self._library.grammar
        scored = [(program, grammar.log_likelihood(program, request)) for program in found.programs]
        samples = tuple(Sample(program, log) for program, log in scored if math.isfinite(log))
        return Guidance(
            samples=samples,
            requested=len(found.programs),
            valid=len(samples),
            cpu_seconds=found.cpu_seconds,
            programs=found.tried,
        )


def deduction_guides(library: Library) -> list[Guide]:
    """The guide that deduces programs of this library: one, or none where its domain has no deducer."""
    deducer = deducer_of(library.domain)
    return [] if deducer is None else [DeductionGuide(deducer, library)]
