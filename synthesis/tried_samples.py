"""A guide's samples, run on a task's examples: each program once, and each behaviour once.

A model writes one program in many ways, and many programs that do the same; counting them all would reward
what can be written in most ways.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from engine import EngineError, Failure, Term, Type
from library.snapshot import Library
from synthesis.guide import Sample


@dataclass(frozen=True)
class TriedSample:
    """A sample with what it gave for each input; None where it failed."""

    sample: Sample
    outputs: tuple[Any, ...]

    @property
    def failed(self) -> bool:
        """Whether it failed on an input."""
        return any(output is None for output in self.outputs)

    @property
    def behaviour(self) -> str:
        """The same text for the same outputs; `True` and 1 differ."""
        return repr(self.outputs)


def try_samples(
    library: Library, request: str, inputs: Sequence[Sequence[Any]], samples: Iterable[Sample]
) -> list[TriedSample]:
    """Each different program, the most probable first. One is left out if it isn't of the request's type.

    Two are the same if they are once abstractions are spelled out; the more probable writing stays.
    """
    type_ = Type.parse(request)
    tried: dict[Term, TriedSample] = {}
    for sample in sorted(samples, key=lambda sample: -sample.log_probability):
        try:
            outputs = library.language.evaluate(sample.program, type_, inputs)
        except EngineError:  # ill-typed, or of another language
            continue
        got = tuple(None if isinstance(output, Failure) else output for output in outputs)
        tried.setdefault(sample.program.beta_normal(inline=True), TriedSample(sample, got))
    return list(tried.values())


def distinct_by_outputs(tried: Iterable[TriedSample]) -> list[TriedSample]:
    """Of those with equal outputs the most probable; in the order of probability."""
    first: dict[str, TriedSample] = {}
    for one in sorted(tried, key=lambda one: -one.sample.log_probability):
        first.setdefault(one.behaviour, one)
    return list(first.values())
