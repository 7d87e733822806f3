"""What a run is about, read from the database where it is to be carried."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.db.repositories import RunRepository
from app.db.repositories.tasks import to_task
from app.workflows.carrier import Carrier
from synthesis.keeper import RunConfig
from synthesis.task import Task


@dataclass(frozen=True)
class Plan:
    tasks: list[Task]
    test_tasks: list[Task]
    config: RunConfig
    #: How often the run was launched up to now.
    launches: int


def read_plan(carrier: Carrier, run_id: str) -> Plan:
    """The plan, with searches where this process has them, and as many, whoever made the run."""
    with carrier.database.read() as session:
        runs = RunRepository(session)
        run = runs.get(run_id)
        train, test = ([to_task(row) for row in runs.tasks(run_id, split)] for split in ("train", "test"))
    settings = carrier.settings
    config = replace(RunConfig.from_json(run.config), workers=settings.workers, executor=settings.executor)
    return Plan(train, test, config, run.launches)
