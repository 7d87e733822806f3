"""What a run is told and where it keeps what it did.

`RunConfig` is all that decides a run, `Keeper` the memory it resumes from. The service keeps runs in its
database; `MemoryKeeper` keeps one in this process.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Protocol

from synthesis.report import Adapter, Attempt, Dream, DreamRecord, Sleep

GUIDES = ("prior", "network", "model")
EXECUTORS = ("local", "ray")


@dataclass(frozen=True)
class RunConfig:
    """`seconds`: CPU time of a task's wake. `dream_seconds`, `training_seconds`: CPU time of making dreams
    and of training the network on them, once an iteration and once before the first. `control_tasks`: how
    many tasks the controls are run on after the last iteration, 0 for no controls. `max_abstractions`: what
    an abstraction sleep may add, 0 to learn no library. `executor`: where wakes search, in `workers` threads
    of this process, or on the Ray cluster at RAY_ADDRESS.

    The language model is `model_name` of the server at `model_url`, or where there is none the weights in
    the folder `model_path`, in this process. With `model_path` it is tuned on each dream sleep's dreams for
    `tuning_seconds` of CPU time, 0 for no tuning: an adapter ("lora"), or in this process also every weight
    ("full"). Versions go to `adapters_dir`, which a server has to see.

    Raises ValueError, saying what to do.
    """

    domain: str
    iterations: int
    seconds: float
    workers: int = 2
    guides: tuple[str, ...] = ("prior", "network")
    seed: int = 0
    inversion_steps: int = 1
    max_arity: int = 3
    max_abstractions: int = 6
    dream_seconds: float = 20.0
    training_seconds: float = 40.0
    model_url: str | None = None
    model_name: str | None = None
    model_samples: int = 16
    model_path: str | None = None
    tuning_seconds: float = 0.0
    tuning_kind: str = "lora"
    adapters_dir: str = "adapters"
    control_tasks: int = 24
    executor: str = "local"

    def __post_init__(self) -> None:
        for name in ("iterations", "workers", "model_samples"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it is at least 1")
        for name in ("seconds", "dream_seconds", "training_seconds"):
            if not 0 < getattr(self, name) < float("inf"):
                raise ValueError(f"{name} is {getattr(self, name)}; it is a positive number of seconds")
        for name, none in (("control_tasks", "controls"), ("max_abstractions", "new functions")):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} is {getattr(self, name)}; it is 0 for no {none}, or more")
        if not self.guides or not set(self.guides) <= set(GUIDES):
            raise ValueError(f"guides are {list(self.guides)}; choose one or more of {', '.join(GUIDES)}")
        if not 0 <= self.tuning_seconds < float("inf"):
            raise ValueError(
                f"tuning_seconds is {self.tuning_seconds}; it is a number of seconds, 0 for none"
            )
        if self.executor not in EXECUTORS:
            raise ValueError(f"executor is {self.executor!r}; it is one of {', '.join(EXECUTORS)}")
        if self.tuning_kind not in ("lora", "full"):
            raise ValueError(f"tuning_kind is {self.tuning_kind!r}; it is lora or full")
        if self.tuning_kind == "full" and self.model_url:
            raise ValueError("tuning_kind is full, and a server loads adapters only: make it lora")
        if "model" in self.guides and not ((self.model_url and self.model_name) or self.model_path):
            raise ValueError("the guide model needs model_url and model_name, or model_path")

    @property
    def tunes(self) -> bool:
        """Whether the language model is tuned on dreams."""
        return self.model_path is not None and self.tuning_seconds > 0

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"guides": list(self.guides)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> RunConfig:
        unknown = set(data) - {field.name for field in fields(cls)}
        if unknown:
            raise ValueError(f"a run has no setting named {', '.join(sorted(unknown))}")
        return cls(**{**data, **({"guides": tuple(data["guides"])} if "guides" in data else {})})


class Keeper(Protocol):
    """The records of one run. What is recorded twice under one key is kept once; iterations count from 1,
    dreams from 0. Recording is durable when it returns; an event may be lost. Called from one thread at a
    time.

    `record_dreams` takes an iteration's dreams in as many parts as they come in; their key is their position.
    A dream's `promoted` and `adapter_promoted` are as they stand now: a version may be promoted or rolled
    back after its sleep. `adapter`: the one in use among those of iterations before `before`, which is the
    one promoted last that wasn't rolled back.

    Several processes may share a wake, each with a keeper of its own over one memory. `claim` gives this one
    up to `count` of these tasks, which it doesn't have yet, in their order: none that was attempted or that
    another process has. Empty while others have all of them; None once nothing is left. `solved`: how many
    tasks were solved in some iteration.
    """

    def claim(self, iteration: int, tasks: Sequence[str], count: int) -> Sequence[str] | None: ...
    def solved(self) -> int: ...
    def attempts(self, iteration: int) -> Mapping[str, Attempt]: ...
    def record_attempt(self, iteration: int, attempt: Attempt) -> None: ...
    def sleep(self, iteration: int) -> Sleep | None: ...
    def record_sleep(self, iteration: int, sleep: Sleep) -> None: ...
    def dream(self, iteration: int) -> Dream | None: ...
    def record_dream(self, iteration: int, dream: Dream) -> None: ...
    def record_dreams(self, iteration: int, dreams: Sequence[DreamRecord]) -> None: ...
    def adapter(self, before: int) -> Adapter | None: ...
    def report(self, iteration: int) -> dict[str, Any] | None: ...
    def record_report(self, iteration: int, report: dict[str, Any]) -> None: ...
    def emit(self, event: dict[str, Any]) -> None: ...
    def cancelled(self) -> bool: ...


class MemoryKeeper:
    """Keeps one run in memory and tells `listener` its events. `cancel` may be called from any thread."""

    def __init__(self, listener: Callable[[dict[str, Any]], None] = lambda event: None):
        self._attempts: dict[int, dict[str, Attempt]] = {}
        self._sleeps: dict[int, Sleep] = {}
        self._dreams: dict[int, Dream] = {}
        self._dream_records: dict[int, dict[int, DreamRecord]] = {}
        self._reports: dict[int, dict[str, Any]] = {}
        self._listener = listener
        self._cancelled = False

    def claim(self, iteration: int, tasks: Sequence[str], count: int) -> Sequence[str] | None:
        attempts = self._attempts.get(iteration, {})
        return [task for task in tasks if task not in attempts][:count] or None

    def solved(self) -> int:
        attempts = (attempt for of in self._attempts.values() for attempt in of.values())
        return len({attempt.task for attempt in attempts if attempt.entries})

    def attempts(self, iteration: int) -> Mapping[str, Attempt]:
        return dict(self._attempts.get(iteration, {}))

    def record_attempt(self, iteration: int, attempt: Attempt) -> None:
        self._attempts.setdefault(iteration, {}).setdefault(attempt.task, attempt)

    def sleep(self, iteration: int) -> Sleep | None:
        return self._sleeps.get(iteration)

    def record_sleep(self, iteration: int, sleep: Sleep) -> None:
        self._sleeps.setdefault(iteration, sleep)

    def dream(self, iteration: int) -> Dream | None:
        return self._dreams.get(iteration)

    def record_dream(self, iteration: int, dream: Dream) -> None:
        self._dreams.setdefault(iteration, dream)

    def dream_records(self, iteration: int) -> list[DreamRecord]:
        """By position."""
        records = self._dream_records.get(iteration, {})
        return [records[position] for position in sorted(records)]

    def record_dreams(self, iteration: int, dreams: Sequence[DreamRecord]) -> None:
        records = self._dream_records.setdefault(iteration, {})
        for dream in dreams:
            records.setdefault(dream.position, dream)

    def adapter(self, before: int) -> Adapter | None:
        promoted = [i for i, dream in self._dreams.items() if i < before and dream.adapter_promoted]
        return self._dreams[max(promoted)].adapter if promoted else None

    def report(self, iteration: int) -> dict[str, Any] | None:
        return self._reports.get(iteration)

    def record_report(self, iteration: int, report: dict[str, Any]) -> None:
        self._reports.setdefault(iteration, report)

    def emit(self, event: dict[str, Any]) -> None:
        self._listener(event)

    def cancelled(self) -> bool:
        return self._cancelled

    def cancel(self) -> None:
        self._cancelled = True
