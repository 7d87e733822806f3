"""Frontiers: for each task, the best programs found so far.

Programs are kept as text, self-contained (`#(...)` for what was learned), so a frontier outlives any
library; its `log_prior`s are those of one library version and are made anew by `rescored` when that
changes. All logs are natural: nats.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

from engine import EngineError, Term, Type
from library.snapshot import Library

FRONTIER_SIZE = 5


@dataclass(frozen=True)
class Entry:
    """A program that solves its task. `guide` found it ("prior", "primitives", "deduction", "network" or
    "model") in `iteration`."""

    program: str
    log_prior: float
    log_likelihood: float
    guide: str
    iteration: int

    @property
    def log_posterior(self) -> float:
        """Unnormalised: prior times likelihood."""
        return self.log_prior + self.log_likelihood

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Entry:
        return cls(**data)


@dataclass(frozen=True)
class Frontier:
    """At most `k` distinct programs of one task, by falling `log_posterior`. Empty: not solved."""

    task: str
    request: str
    entries: tuple[Entry, ...] = ()
    k: int = FRONTIER_SIZE

    @property
    def solved(self) -> bool:
        return bool(self.entries)

    @property
    def best(self) -> Entry | None:
        return self.entries[0] if self.entries else None

    def with_entries(self, entries: Iterable[Entry]) -> Frontier:
        """The best `k` of both. A program that is known already keeps the guide and iteration that found it
        first.
        """
        by_program: dict[str, Entry] = {}
        for entry in (*self.entries, *entries):
            by_program.setdefault(entry.program, entry)
        ordered = sorted(by_program.values(), key=lambda entry: (-entry.log_posterior, entry.program))
        return replace(self, entries=tuple(ordered[: self.k]))

    def rescored(self, library: Library) -> Frontier:
        """The same programs under another library, reordered."""
        entries: list[Entry] = []
        for entry in self.entries:
            scored = score(Term.parse(entry.program), self.request, library)
            if scored is not None:
                entries.append(replace(entry, program=str(scored[0]), log_prior=scored[1]))
        return replace(self, entries=()).with_entries(entries)

    def to_json(self) -> dict[str, Any]:
        return {
            "task": self.task,
            "request": self.request,
            "entries": [entry.to_json() for entry in self.entries],
            "k": self.k,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Frontier:
        entries = tuple(Entry.from_json(entry) for entry in data["entries"])
        return cls(data["task"], data["request"], entries, data["k"])


def score(term: Term, request: str, library: Library) -> tuple[Term, float] | None:
    """The η-long form of a program that `library` can make, and its log prior in nats.

    A program that uses abstractions the library doesn't have is expanded to primitives. None where the
    library can't make it at all, or where it doesn't have the type `request`.
    """
    wanted = Type.parse(request)
    for form in (term, term.beta_normal(inline=True)):
        try:
            written = library.language.eta_long(form, wanted)
            log_prior = library.grammar.log_likelihood(written, wanted)
        except EngineError:
            continue
        if math.isfinite(log_prior):
            return written, log_prior
    return None
