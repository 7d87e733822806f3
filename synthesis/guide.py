"""Guides: whatever says where a task's program may lie. One interface; wake uses those there are, cheapest
first.

A guide proposes programs (`samples`), or a grammar to search under, or both. It doesn't verify: wake does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from engine import Grammar, Term
from synthesis.task import Task


class GuideUnavailable(RuntimeError):
    """The guide can't answer now (no server, no network trained yet); wake goes on without it."""


@dataclass(frozen=True)
class Sample:
    """A well-typed program and the guide's log probability of it, in nats."""

    program: Term
    log_probability: float


@dataclass(frozen=True)
class Guidance:
    """What a guide has to say about one task.

    `requested` draws were asked for, `valid` of them were well-typed programs; `samples` are the distinct
    ones. `grammar`: to search under, None where the guide only samples. `cpu_seconds` it took, in this
    process.
    """

    samples: tuple[Sample, ...] = ()
    grammar: Grammar | None = None
    requested: int = 0
    valid: int = 0
    cpu_seconds: float = 0.0


class Guide(Protocol):
    """Called from several threads at once."""

    @property
    def name(self) -> str:
        """ "prior", "network" or "model"."""
        ...

    def guide(self, task: Task) -> Guidance:
        """Raises GuideUnavailable."""
        ...


@runtime_checkable
class SamplingGuide(Guide, Protocol):
    """A guide that draws samples, and can draw others for the same task."""

    def redrawn(self, draw: int) -> Guide:
        """This guide as it is at its `draw`-th drawing, from 1; what it draws itself is drawing 0."""
        ...


class MissingGuide:
    """Stands for a guide that was asked for and can't be had, so that every attempt reports why."""

    def __init__(self, name: str, reason: str):
        self.name = name
        self._reason = reason

    def guide(self, task: Task) -> Guidance:
        raise GuideUnavailable(self._reason)
