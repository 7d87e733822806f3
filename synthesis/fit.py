"""How well what a program gave fits a task's examples."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from engine import EngineError, Failure, Term, Type
from library.domain import get_domain
from library.snapshot import Library
from synthesis.task import Task


def fit_of_outputs(task: Task, domain: str, outputs: Sequence[Any]) -> float:
    """ln P[examples | outputs] under the domain's likelihood, in nats against a perfect fit.

    -inf where an output can't be, or is None or a Failure.
    """
    likelihood = get_domain(domain).likelihood
    returns = Type.parse(task.request).returns
    total = 0.0
    for output, example in zip(outputs, task.examples, strict=True):
        if output is None or isinstance(output, Failure):
            return -math.inf
        try:
            total += likelihood.score(output, example.output, returns)
        except EngineError:  # an integer that the engine can't hold
            return -math.inf
        if total == -math.inf:
            return total
    return total


def fit_of_program(task: Task, library: Library, program: Term) -> float:
    """The same of a program that is run on the examples. A failure of any kind fits nothing."""
    try:
        outputs = library.language.evaluate(program, Type.parse(task.request), task.inputs)
    except EngineError:  # ill-typed, or of another language
        return -math.inf
    return fit_of_outputs(task, library.domain, outputs)
