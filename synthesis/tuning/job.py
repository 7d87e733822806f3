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
import traceback
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
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
        lines: SimpleQueue[bytes | None] = SimpleQueue()
        reader = threading.Thread(target=_follow, args=(process, lines), daemon=True)
        reader.start()
        try:
            while not cancelled():
                try:
                    line = lines.get(timeout=_POLL_SECONDS)
                except Empty:
                    continue
                if line is None:
                    break
                on_progress(TuningProgress(**json.loads(line)))
            else:
                raise TuningCancelled
        except BaseException:  # whatever ends the wait, the process doesn't outlive it
            process.kill()
            raise
        finally:
            process.wait()
            reader.join()
    if process.returncode < 0:
        raise TuningFailed(
            f"its process was ended by signal {-process.returncode}: was there too little memory?"
        )
    if process.returncode != 0:
        said = log.read_text("utf-8", errors="replace").strip()[-_SAID:]
        raise TuningFailed(said.splitlines()[-1] if said else f"its process ended with {process.returncode}")
    return TuningMetrics(**json.loads((folder / "metrics.json").read_text("utf-8")))


def _follow(process: subprocess.Popen[bytes], lines: SimpleQueue[bytes | None]) -> None:
    """Hands over what the process says, line by line, and None at its end: the caller's functions are called
    in the caller's thread."""
    assert process.stdout is not None
    for line in process.stdout:
        lines.put(line)
    lines.put(None)


def main(folder: Path) -> None:
    """What the child process does."""
    from synthesis.tuning.trainer import tune

    os.nice(NICENESS)
    job = TuningJob.from_json(json.loads((folder / "job.json").read_text("utf-8")))
    with (folder / "lessons.jsonl").open(encoding="utf-8") as file:
        lessons = [Lesson.from_json(json.loads(line)) for line in file]

    said, sys.stdout = sys.stdout, sys.stderr  # what libraries print is no progress

    def tell(progress: TuningProgress) -> None:
        print(json.dumps(asdict(progress)), file=said, flush=True)

    try:
        metrics = tune(job.base, lessons, folder / "adapter", job.config, job.in_use, tell)
    except Exception as error:
        traceback.print_exc()
        first = str(error).strip().partition("\n")[0]
        sys.exit(first or type(error).__name__)  # the last line, which is what the caller is told
    (folder / "metrics.json").write_text(json.dumps(metrics.to_json(), indent=1), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
