"""The first run of a new service: learning from the list tasks that are shipped with it."""

from __future__ import annotations

from app.db.repositories import RunRepository, TaskRepository
from app.db.session import Database
from app.settings import Settings
from app.workflows.config import run_config
from library.domain import get_domain
from synthesis.task import load_tasks

LABEL = "shipped-list-tasks"
_DOMAIN = "list"
#: CPU seconds, sized to end within ten minutes on two cores.
_ITERATIONS = 3
_SECONDS = 3.0
_SLEEP = {"dream_seconds": 12.0, "training_seconds": 30.0}
#: Of the held-out tasks: enough to see what the controls are, too few to judge by.
_CONTROLS = {"control_tasks": 8}


def shipped_run(settings: Settings, database: Database) -> str:
    """The id of the run on the shipped tasks, made with its tasks if there is none yet."""
    with database.write() as session:
        runs, tasks = RunRepository(session), TaskRepository(session)
        run = runs.by_label(LABEL)
        if run is None:
            train, test = (
                [row for row, _ in tasks.add(load_tasks(records, _DOMAIN))]
                for records in get_domain(_DOMAIN).shipped_tasks()
            )
            config = run_config(settings, _DOMAIN, _ITERATIONS, _SECONDS, _SLEEP | _CONTROLS)
            run = runs.add(_DOMAIN, config.to_json(), train, test, label=LABEL)
        return run.id
