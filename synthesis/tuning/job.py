"""Tuning in a process of its own: a folder goes in, an adapter and its metrics come out.

    python -m synthesis.tuning.job FOLDER

The folder holds `job.json` and `lessons.jsonl`; `adapter/` and `metrics.json` are written there, and progress
as JSON lines on standard output. So a tuning can be killed without harm, gives its memory back, yields to
searches and servers on its machine, and can as well be done on another one that sees the folder.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from synthesis.tuning.config import TuningConfig, TuningMetrics, TuningProgress
from synthesis.tuning.lessons import Lesson

NICENESS = 10
_POLL_SECONDS = 0.5
_SAID = 2000  # characters of the end of what a failed process wrote


class TuningFailed(RuntimeError):
    """The process ended without an adapter; says what it wrote last."""


class TuningCancelled(Exception):
    """It was stopped because the caller no longer wants it."""


@dataclass(frozen=True)
class TuningJob:
    """`base`: folder of the model; `in_use`: folder of the adapter or checkpoint that the new one has to
    beat, None for the base itself."""

    base: Path
    config: TuningConfig
    in_use: Path | None = None

    def to_json(self) -> dict[str, Any]:
        in_use = None if self.in_use is None else str(self.in_use)
        return {"base": str(self.base), "config": asdict(self.config), "in_use": in_use}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> TuningJob:
        in_use = None if data["in_use"] is None else Path(data["in_use"])
        return cls(Path(data["base"]), TuningConfig(**data["config"]), in_use)


def run_job(
    folder: Path,
    job: TuningJob,
    lessons: Sequence[Lesson],
    on_progress: Callable[[TuningProgress], None] = lambda progress: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> TuningMetrics:
    """Tunes in a child process and waits for it; the adapter is in `folder`/adapter afterwards.

    Raises TuningFailed and TuningCancelled.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "job.json").write_text(json.dumps(job.to_json(), indent=1), "utf-8")
    with (folder / "lessons.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(lesson.to_json()) + "\n" for lesson in lessons)
    command = [sys.executable, "-m", "synthesis.tuning.job", str(folder)]
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_VERBOSITY": "error"}
    log = folder / "log.txt"
    with log.open("wb") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, env=environment)
        reader = threading.Thread(target=_follow, args=(process, on_progress), daemon=True)
        reader.start()
        try:
            while process.poll() is None:
                if cancelled():
                    raise TuningCancelled
                reader.join(_POLL_SECONDS)
        finally:  # whatever ends the wait, the process doesn't outlive it
            if process.poll() is None:
                process.kill()
            process.wait()
            reader.join()
    if process.returncode != 0:
        said = log.read_text("utf-8", errors="replace").strip()[-_SAID:]
        raise TuningFailed(said.splitlines()[-1] if said else f"the process ended with {process.returncode}")
    return TuningMetrics(**json.loads((folder / "metrics.json").read_text("utf-8")))


def _follow(process: subprocess.Popen[bytes], on_progress: Callable[[TuningProgress], None]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        on_progress(TuningProgress(**json.loads(line)))


def main(folder: Path) -> None:
    """What the child process does."""
    from synthesis.tuning.trainer import tune

    os.nice(NICENESS)
    job = TuningJob.from_json(json.loads((folder / "job.json").read_text("utf-8")))
    with (folder / "lessons.jsonl").open(encoding="utf-8") as file:
        lessons = [Lesson.from_json(json.loads(line)) for line in file]

    def tell(progress: TuningProgress) -> None:
        print(json.dumps(asdict(progress)), flush=True)

    metrics = tune(job.base, lessons, folder / "adapter", job.config, job.in_use, tell)
    (folder / "metrics.json").write_text(json.dumps(metrics.to_json(), indent=1), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
