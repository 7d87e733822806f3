"""What is recorded of a run: attempts, sleeps, dreams, and the figures of an iteration made from them.

All of it is JSON (`to_json`, `from_json`), so that any keeper can store it. This module computes; it runs
nothing.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from engine import Term
from library.snapshot import Library
from synthesis.frontier import Entry, Frontier


@dataclass(frozen=True)
class GuideReport:
    """A guide's part in one attempt.

    `requested`, `valid`: samples drawn, and well typed; `unique`: different programs among them;
    `distinct_outputs`: different outputs on the examples; `fitting`: unique ones that are right on all
    examples. `programs`: enumerated under its grammar, or by the guide itself. `solved`: this guide's were
    the first programs to fit. `error`: why it was left out, if it was. `tokens`, `waited_seconds`, `prompt`:
    as in `Guidance`.
    """

    requested: int = 0
    valid: int = 0
    fitting: int = 0
    programs: int = 0
    cpu_seconds: float = 0.0
    solved: bool = False
    error: str = ""
    tokens: int = 0
    waited_seconds: float = 0.0
    unique: int = 0
    distinct_outputs: int = 0
    prompt: Mapping[str, Any] = field(default_factory=dict)

    @property
    def charged_seconds(self) -> float:
        """What the task's budget was charged with."""
        return self.cpu_seconds + self.waited_seconds


@dataclass(frozen=True)
class FailedSample:
    """A well-typed sample that doesn't fit its task: it solves the one that its own outputs define."""

    guide: str
    program: str
    log_probability: float


@dataclass(frozen=True)
class Attempt:
    """One task's wake in one iteration. Solved if there are `entries`; then `solved_by` is the first guide
    to fit.

    `programs`: enumerated and sampled; `seconds` on the wall; `cpu_seconds` in this process, to which
    guides' `waited_seconds` come; `stopped`: "found", "seconds", "programs", "nats", "memory", "exhausted",
    "cancelled", "contradictory" or "no guide". `failed`: samples for hindsight, the most probable first, no
    two with the same outputs.
    """

    task: str
    request: str
    entries: tuple[Entry, ...]
    seconds: float
    cpu_seconds: float
    programs: int
    guides: Mapping[str, GuideReport]
    stopped: str
    solved_by: str | None
    failed: tuple[FailedSample, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return asdict(replace(self, guides={})) | {
            "entries": [entry.to_json() for entry in self.entries],
            "guides": {name: asdict(report) for name, report in self.guides.items()},
            "failed": [asdict(sample) for sample in self.failed],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Attempt:
        """Records of before failed samples were kept have none."""
        fields = dict(data)
        fields["failed"] = tuple(FailedSample(**sample) for sample in data.get("failed", ()))
        fields["entries"] = tuple(Entry.from_json(entry) for entry in data["entries"])
        fields["guides"] = {name: GuideReport(**report) for name, report in data["guides"].items()}
        return cls(**fields)


@dataclass(frozen=True)
class Sleep:
    """What abstraction sleep left: the new library, and every task's frontier rewritten in it.

    `added`: names of the new abstractions, in order. Description lengths in nats. `gains`: by the name of an
    abstraction, the nats that all would be longer without it; `savings`: by the name that a retired one had,
    the nats that all would be longer with it.
    """

    library: Library
    frontiers: Mapping[str, Frontier]
    added: tuple[str, ...]
    description_length_before: float
    description_length_after: float
    cpu_seconds: float
    gains: Mapping[str, float] = field(default_factory=dict)
    savings: Mapping[str, float] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {
            "library": self.library.to_json(),
            "frontiers": [frontier.to_json() for frontier in self.frontiers.values()],
            "added": list(self.added),
            "description_length_before": self.description_length_before,
            "description_length_after": self.description_length_after,
            "cpu_seconds": self.cpu_seconds,
            "gains": dict(self.gains),
            "savings": dict(self.savings),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Sleep:
        """Records of before gains were measured have none."""
        frontiers = [Frontier.from_json(frontier) for frontier in data["frontiers"]]
        return cls(
            Library.from_json(data["library"]),
            {frontier.task: frontier for frontier in frontiers},
            tuple(data["added"]),
            data["description_length_before"],
            data["description_length_after"],
            data["cpu_seconds"],
            data.get("gains", {}),
            data.get("savings", {}),
        )


@dataclass(frozen=True)
class DreamRecord:
    """One dream as it is kept for whoever looks at what a model learned from.

    `position`: its place among those that this sleep keeps, from 0. `examples`: {"inputs": [...], "output":
    ...}, JSON each. `log_prior`: nats, under the grammar that was dreamed from. `source`: "fantasy",
    "replay" or "hindsight". `held_out`: a language model is measured on it, not tuned.
    """

    position: int
    request: str
    program: str
    examples: tuple[Mapping[str, Any], ...]
    log_prior: float
    source: str
    held_out: bool = False


@dataclass(frozen=True)
class Adapter:
    """A version of the language model, fine-tuned on one sleep's dreams.

    `name`: "recognition-" and 12 digits of its hash, so that a name never means other weights. `path`: the
    folder with its files: a LoRA adapter's, or a full checkpoint (`kind` "lora" or "full"). `base`: the model
    it was tuned from. `sha256`: over the files; `data_hash`: over the dreams it learned from. `parent`: name
    of the adapter in use before it.
    """

    name: str
    path: str
    kind: str
    base: str
    sha256: str
    data_hash: str
    parent: str | None = None
    metrics: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return asdict(replace(self, metrics={})) | {"metrics": dict(self.metrics)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Adapter:
        return cls(**data)


@dataclass(frozen=True)
class Dream:
    """What a dream phase left for the next wake.

    `prior_weights`: the fitted prior, [C][P+1] logs. `network`: the trained network's bytes, None where
    none was trained; used only if `promoted`. `library_hash`: of the library both are for. `adapter`: the
    language model's new version, used from then on only if `adapter_promoted`. `data_hash`: over the dreams
    that the network learned from, None where none was taken.
    """

    prior_weights: tuple[tuple[float, ...], ...]
    network: bytes | None
    promoted: bool
    library_hash: str
    metrics: Mapping[str, Any] = field(default_factory=dict)
    cpu_seconds: float = 0.0
    adapter: Adapter | None = None
    adapter_promoted: bool = False
    data_hash: str | None = None

    def to_json(self) -> dict[str, Any]:
        """All but `network`, which is stored as bytes."""
        return {
            "prior_weights": [list(row) for row in self.prior_weights],
            "promoted": self.promoted,
            "library_hash": self.library_hash,
            "metrics": dict(self.metrics),
            "cpu_seconds": self.cpu_seconds,
            "adapter": self.adapter and self.adapter.to_json(),
            "adapter_promoted": self.adapter_promoted,
            "data_hash": self.data_hash,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any], network: bytes | None) -> Dream:
        """Records of before there were adapters have none."""
        adapter = data.get("adapter")
        return cls(
            tuple(tuple(row) for row in data["prior_weights"]),
            network,
            data["promoted"],
            data["library_hash"],
            data["metrics"],
            data["cpu_seconds"],
            None if adapter is None else Adapter.from_json(adapter),
            data.get("adapter_promoted", False),
            data.get("data_hash"),
        )


def finite(value: Any) -> Any:
    """What JSON can hold: it has no infinity and no NaN, and browsers insist on that, so both become None."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return value


def first_solvers(attempts: list[Mapping[str, Attempt]]) -> dict[str, str]:
    """For each task that was ever solved, the guide that solved it first; `attempts` by iteration, in
    order.
    """
    solvers: dict[str, str] = {}
    for of_iteration in attempts:
        for attempt in of_iteration.values():
            if attempt.solved_by is not None:
                solvers.setdefault(attempt.task, attempt.solved_by)
    return solvers


def abstraction_uses(library: Library, frontiers: Mapping[str, Frontier]) -> dict[str, list[str]]:
    """For each abstraction's name, the tasks whose best program uses it, directly or inside another."""
    names = {abstraction.term: abstraction.name for abstraction in library.abstractions}
    uses: dict[str, list[str]] = {name: [] for name in names.values()}
    for frontier in frontiers.values():
        if frontier.best is not None:
            for term in Term.parse(frontier.best.program).abstractions:
                if term in names:
                    uses[names[term]].append(frontier.task)
    return uses


def reuse(library: Library, frontiers: Mapping[str, Frontier]) -> float:
    """The fraction of solved tasks whose best program uses an abstraction that wasn't learned from that
    task.
    """
    learned_from = {abstraction.name: set(abstraction.tasks) for abstraction in library.abstractions}
    reusing = {
        task
        for name, tasks in abstraction_uses(library, frontiers).items()
        for task in tasks
        if task not in learned_from[name]
    }
    solved = sum(frontier.solved for frontier in frontiers.values())
    return len(reusing) / solved if solved else 0.0


_SAMPLE_FIGURES = ("requested", "valid", "unique", "distinct_outputs", "fitting", "tokens")


def iteration_report(
    iteration: int,
    attempts: list[Mapping[str, Attempt]],
    sleep: Sleep,
    dream: Dream,
    solved_tests: int | None = None,
) -> dict[str, Any]:
    """The figures of one iteration. `attempts`: of iterations 1 to this one; every task has one in each."""
    library, frontiers, now = sleep.library, sleep.frontiers, attempts[-1]
    solvers = Counter(first_solvers(attempts).values())
    total = sum(solvers.values())
    samples: dict[str, Counter[str]] = {}
    for attempt in now.values():
        for name, guide in attempt.guides.items():
            counted = samples.setdefault(name, Counter())
            counted.update({figure: getattr(guide, figure) for figure in _SAMPLE_FIGURES})
    uses = abstraction_uses(library, frontiers)
    report: dict[str, Any] = {
        "iteration": iteration,
        "solved": sum(frontier.solved for frontier in frontiers.values()),
        "tasks": len(now),
        "abstractions": [
            {"name": a.name, "body": a.body, "type": a.type, "uses": len(uses[a.name])}
            for a in library.abstractions
            if a.name in sleep.added
        ],
        "library_size": len(library.abstractions),
        "description_length_before": sleep.description_length_before,
        "description_length_after": sleep.description_length_after,
        "solved_by_guide": dict(solvers),
        "share_by_guide": {name: count / total for name, count in solvers.items()},
        "cpu_seconds": {
            "wake": sum(attempt.cpu_seconds for attempt in now.values()),
            "abstraction": sleep.cpu_seconds,
            "dream": dream.cpu_seconds,
        },
        "waited_seconds": sum(guide.waited_seconds for a in now.values() for guide in a.guides.values()),
        "samples": {name: dict(counted) for name, counted in samples.items()},
        "reuse": reuse(library, frontiers),
    }
    if solved_tests is not None:
        report["solved_tests"] = solved_tests
    return report
