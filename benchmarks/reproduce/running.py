"""Carries the runs as the service does, one after another, and reads what they left."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from app.db.migrate import upgrade
from app.db.models import SETTLED
from app.db.repositories import RecordRepository, RunRepository, TaskRepository
from app.db.session import Database
from app.logging import configure_logging
from app.settings import Settings, get_settings
from app.workflows.config import run_config
from app.workflows.runner import DurableRuns
from benchmarks.reproduce.plan import Experiment
from library.snapshot import Library

_POLL_SECONDS = 1.0


@dataclass(frozen=True)
class Finished:
    """What a run left. `reports`: one an iteration. `solve_seconds`: by iteration, the CPU seconds of the
    attempts that solved a task, on average, None where none did. `unsolved`: names of tasks."""

    domain: str
    variant: str
    source: str
    tasks: int
    seconds: float
    reports: tuple[dict[str, Any], ...]
    solve_seconds: tuple[float | None, ...]
    unsolved: tuple[str, ...]
    library: Library

    @property
    def cpu_seconds(self) -> float:
        return sum(sum(report["cpu_seconds"].values()) for report in self.reports)

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"library": self.library.to_json(), "cpu_seconds": self.cpu_seconds}


def run_all(experiments: Sequence[Experiment], folder: Path) -> list[Finished]:
    """Runs what isn't finished of these, in a service's data in `folder`.

    Raises RuntimeError for a run that failed or can't go on, saying why, and Conflict where another process
    carries the runs of this folder."""
    settings = get_settings().model_copy(update={"data_dir": folder, "database_url": ""}).prepare()
    configure_logging(settings.log_level)  # standard output is for figures
    database = Database(settings.database)
    try:
        upgrade(database)
        ids = [_run(experiment, settings, database) for experiment in experiments]
        with DurableRuns(settings, database).open():
            for number, (experiment, run_id) in enumerate(zip(experiments, ids, strict=True), start=1):
                print(f"{number} of {len(ids)}: {experiment.label}", file=sys.stderr, flush=True)
                _wait(database, run_id)
        return [_finished(e, run_id, database) for e, run_id in zip(experiments, ids, strict=True)]
    finally:
        database.close()


def _run(experiment: Experiment, settings: Settings, database: Database) -> str:
    """The id of the experiment's run, made where there is none yet. Raises RuntimeError where there is one
    under other settings: its figures would be taken for these."""
    config = run_config(
        settings, experiment.domain, experiment.iterations, experiment.seconds, experiment.choices
    )
    with database.write() as session:
        runs = RunRepository(session)
        run = runs.by_label(experiment.label)
        if run is None:
            rows = [row for row, _ in TaskRepository(session).add(experiment.tasks)]
            run = runs.add(experiment.domain, config.to_json(), rows, label=experiment.label)
        elif run.config != config.to_json():
            raise RuntimeError(
                f"{settings.data_dir} has {experiment.label!r} under other settings; remove that folder"
            )
        return run.id


def _wait(database: Database, run_id: str) -> None:
    while True:
        with database.read() as session:
            run = RunRepository(session).get(run_id)
            if run.state in SETTLED:
                break
        time.sleep(_POLL_SECONDS)
    if run.state != "finished":
        raise RuntimeError(f"run {run_id} is {run.state}: {run.error or 'it was stopped'}")


def _finished(experiment: Experiment, run_id: str, database: Database) -> Finished:
    with database.read() as session:
        records = RecordRepository(session, run_id)
        reports = tuple(RunRepository(session).reports(run_id))
        solving: list[float | None] = []
        for iteration in range(1, len(reports) + 1):
            attempts = records.attempts(iteration).values()
            spent = [attempt.cpu_seconds for attempt in attempts if attempt.entries]
            solving.append(sum(spent) / len(spent) if spent else None)
        last = records.sleep(len(reports))
    assert last is not None  # the run is finished
    solved = {name for name, frontier in last.frontiers.items() if frontier.solved}
    return Finished(
        domain=experiment.domain,
        variant=experiment.variant,
        source=experiment.source,
        tasks=len(experiment.tasks),
        seconds=experiment.seconds,
        reports=reports,
        solve_seconds=tuple(solving),
        unsolved=tuple(task.name for task in experiment.tasks if task.name not in solved),
        library=last.library,
    )
