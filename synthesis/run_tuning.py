"""What a dream sleep needs to tune the run's language model: lessons from dreams, a job, and the version that
comes of it. Whatever goes wrong leaves the run with the version that it had, and a reason why.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from library.snapshot import Library
from synthesis.adapter_files import files_hash
from synthesis.dreaming import Dreams
from synthesis.keeper import RunConfig
from synthesis.report import Adapter
from synthesis.tuning.config import Kind, TuningConfig, TuningMetrics, TuningProgress
from synthesis.tuning.job import TuningFailed, TuningJob, run_job
from synthesis.tuning.lessons import Lesson, lessons

TEMPERING = 0.8
"""Dreams are shown as often as their prior to this power, so mostly short ones. At 0.2 a model writes its 64
samples in 60 ways and solves 12 of 109 tasks, at this in 28 and solves more (docs/LOG.md)."""
ADAPTER_LEARNING_RATE, FULL_LEARNING_RATE = 2e-3, 5e-4


@dataclass(frozen=True)
class Tuned:
    """`adapter`: the new version, used only if `promoted`. `metrics`: what is kept with the dream; the reason
    where there is no adapter."""

    adapter: Adapter | None
    promoted: bool
    metrics: dict[str, Any] = field(default_factory=dict[str, Any])


def tuned_model(
    dreams: Dreams,
    library: Library,
    config: RunConfig,
    iteration: int,
    in_use: Adapter | None,
    on_progress: Callable[[TuningProgress], None],
    cancelled: Callable[[], bool],
) -> Tuned:
    """Tunes the base model on an iteration's dreams. Raises TuningCancelled."""
    seed = config.seed + iteration
    taught = lessons(dreams.dreams, library, TEMPERING, seed)
    if not config.model_path or not taught:
        return Tuned(
            None, False, {"unavailable": "no weights to tune" if taught else "no dreams to learn from"}
        )
    base, store = Path(config.model_path), Path(config.adapters_dir)
    kind: Kind = "full" if config.tuning_kind == "full" else "lora"
    rate = FULL_LEARNING_RATE if kind == "full" else ADAPTER_LEARNING_RATE
    tuning = TuningConfig(config.tuning_seconds, kind, learning_rate=rate, seed=seed)
    job = TuningJob(base, tuning, None if in_use is None else Path(in_use.path))
    try:
        with _job_folder(store) as folder:
            metrics = run_job(folder, job, taught, on_progress, cancelled)
            adapter = _kept(folder / "adapter", store, base, tuning.kind, taught, in_use, metrics)
    except (TuningFailed, OSError) as error:
        return Tuned(None, False, {"unavailable": f"the language model wasn't tuned: {error}"})
    return Tuned(adapter, metrics.better, metrics.to_json())


@contextmanager
def _job_folder(store: Path) -> Iterator[Path]:
    """A folder beside the adapters, so that one can be moved out of it; gone at the end."""
    store.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="job-", dir=store) as folder:
        yield Path(folder)


def _kept(
    files: Path,
    store: Path,
    base: Path,
    kind: str,
    taught: Sequence[Lesson],
    in_use: Adapter | None,
    metrics: TuningMetrics,
) -> Adapter:
    """The adapter under a name of its own, which is its content's."""
    sha256 = files_hash(files)
    name = f"recognition-{sha256[:12]}"
    target = store / name
    if target.exists():
        shutil.rmtree(target)
    files.rename(target)
    texts = [json.dumps(lesson.to_json(), sort_keys=True) for lesson in taught]
    return Adapter(
        name=name,
        path=str(target.absolute()),
        kind=kind,
        base=base.name,
        sha256=sha256,
        data_hash=hashlib.sha256("\n".join(texts).encode()).hexdigest(),
        parent=None if in_use is None else in_use.name,
        metrics=metrics.to_json(),
    )
