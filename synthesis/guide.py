"""Guides: whatever says where a task's program may lie. One interface; wake uses those there are, cheapest
first, and asks a dear one only about what the cheap ones left unsolved.

A guide proposes programs (`samples`), or a grammar to search under, or both. It doesn't verify: wake does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from engine import Cancellation, Grammar, Term
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
    process; `waited_seconds`, on the wall, that a server was waited for: they are charged to the task's
    budget like CPU seconds, because on one machine the server's work takes them. `tokens` that a language
    model read and wrote. `smoothed_with`: the guide of whose grammar this one's holds a share, so that
    searching under both would be searching twice. `prompt`: JSON, what its prompt was made of: "version",
    and "inclusion", by the name of an abstraction its probability of being shown. `programs` that the guide
    looked at itself.
    """

    samples: tuple[Sample, ...] = ()
    grammar: Grammar | None = None
    requested: int = 0
    valid: int = 0
    cpu_seconds: float = 0.0
    tokens: int = 0
    waited_seconds: float = 0.0
    smoothed_with: str | None = None
    prompt: Mapping[str, Any] = field(default_factory=dict)
    programs: int = 0


class Guide(Protocol):
    """Called from several threads at once."""

    @property
    def name(self) -> str:
        """ "prior", "primitives", "deduction", "network" or "model"."""
        ...

    @property
    def dear(self) -> bool:
        """Whether asking costs as much as a search does, so that it is better asked late."""
        ...

    def guide(self, task: Task) -> Guidance:
        """Raises GuideUnavailable."""
        ...


@runtime_checkable
class BoundedGuide(Guide, Protocol):
    """A guide that searches, and so is told how long it may and when to stop."""

    def bounded(self, seconds: float, cancellation: Cancellation) -> Guide:
        """This guide with so many CPU seconds for the task that it is asked about."""
        ...


@runtime_checkable
class SamplingGuide(Guide, Protocol):
    """A guide that draws samples, and can draw others for the same task."""

    def redrawn(self, draw: int) -> Guide:
        """This guide as it is at its `draw`-th drawing, from 1; what it draws itself is drawing 0."""
        ...


class MissingGuide:
    """Stands for a guide that was asked for and can't be had, so that every attempt reports why."""

    dear = False

    def __init__(self, name: str, reason: str):
        self.name = name
        self._reason = reason

    def guide(self, task: Task) -> Guidance:
        raise GuideUnavailable(self._reason)
