"""What a tuning is told, and what it tells."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Kind = Literal["lora", "full"]


@dataclass(frozen=True)
class TuningConfig:
    """`cpu_seconds` of the tuning process bound the whole of it, loading and measuring included (on a GPU:
    seconds on the wall). `kind`: "lora" tunes an adapter of that `rank`, "full" every weight.

    `held_out`: how many of each source's lessons that are held out are measured on. `replay_fraction`: of
    the lessons shown, where there are replays.
    """

    cpu_seconds: float
    kind: Kind = "lora"
    rank: int = 16
    learning_rate: float = 2e-3
    batch: int = 16
    replay_fraction: float = 0.5
    held_out: int = 64
    seed: int = 0
    threads: int = 1


@dataclass(frozen=True)
class TuningProgress:
    """`loss`: nats of a completion, a mean over the last steps."""

    step: int
    loss: float
    cpu_seconds: float


@dataclass(frozen=True)
class TuningMetrics:
    """`held_out…`: mean nats of a held-out completion, by source: of the base, of the version in use (the
    base where there is none), and of the new one."""

    steps: int
    lessons_seen: int
    tokens: int
    loss: float
    held_out_base: dict[str, float]
    held_out_in_use: dict[str, float]
    held_out: dict[str, float]
    parameters: int
    cpu_seconds: float
    seconds: float

    @property
    def better(self) -> bool:
        """Than the version in use, over held-out fantasies and replays together, half and half. Hindsight
        doesn't count: it is what the version in use said itself."""
        sources = [source for source in ("fantasy", "replay") if source in self.held_out]
        new, used = (sum(of[s] for s in sources) for of in (self.held_out, self.held_out_in_use))
        return bool(sources) and new < used

    def to_json(self) -> dict[str, Any]:
        return asdict(self)
