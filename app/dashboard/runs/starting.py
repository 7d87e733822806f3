"""The form that starts a run: what was typed, what is wrong with it, and the run that it asks for."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.api.dependencies import Services
from app.api.v1.schemas import RunIn
from app.db.models import RunRow, TaskRow
from app.db.repositories import RunRepository, TaskRepository
from app.db.repositories.tasks import TaskFilter
from app.errors import Conflict
from app.workflows.config import has_model, run_config
from library.domain import UnknownDomain, domain_names, get_domain
from synthesis.task import load_tasks

GUIDES = ("prior", "network", "model")
#: As many as the API takes by their ids.
MAX_CHOSEN = 10_000
SOURCES = ("shipped", "all", "chosen", "same")
FIELDS = (
    "domain",
    "source",
    "from",
    "name",
    "unsolved",
    "iterations",
    "seconds",
    *map("guide_{}".format, GUIDES),
)


@dataclass(frozen=True)
class Draft:
    """The form as it stands: the fields' texts, and by field what is wrong. `chosen`: how many tasks the
    filter finds, where that was asked.
    """

    fields: Mapping[str, str]
    errors: Mapping[str, str] = field(default_factory=dict[str, str])
    chosen: int | None = None


class Rejected(ValueError):
    """The form asks for no run; `errors` says why, by field."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("; ".join(errors.values()))
        self.errors = errors


@dataclass(frozen=True)
class Asked:
    """A run that can be had, but for its tasks, which the database knows."""

    domain: str
    source: str
    iterations: int
    seconds: float
    guides: tuple[str, ...]


def blank(services: Services) -> dict[str, str]:
    """The fields of a new form: as the API's defaults have it."""
    defaults = RunIn.model_validate({"domain": "list"})
    guides = GUIDES if has_model(services.settings) else GUIDES[:2]
    return {
        "domain": "list",
        "source": "shipped",
        "iterations": str(defaults.iterations),
        "seconds": f"{defaults.seconds:g}",
        **{f"guide_{guide}": "on" for guide in guides},
    }


def like(run: RunRow) -> dict[str, str]:
    """The fields of a form that asks for such a run once more."""
    return {
        "domain": run.domain,
        "source": "same",
        "from": run.id,
        "iterations": str(run.config.get("iterations", 3)),
        "seconds": f"{run.config.get('seconds', 4.0):g}",
        **{f"guide_{guide}": "on" for guide in run.config.get("guides", GUIDES[:2])},
    }


def read(fields: Mapping[str, str]) -> Asked:
    """What the form asks for. Raises Rejected."""
    errors: dict[str, str] = {}
    domain = fields.get("domain", "")
    try:
        get_domain(domain)
    except UnknownDomain as error:
        errors["domain"] = str(error)
    source = fields.get("source", "")
    if source not in SOURCES:
        errors["source"] = "Choose which tasks it learns from."
    iterations = _number(fields.get("iterations", ""))
    if iterations is None or iterations != int(iterations) or not 1 <= iterations <= 1000:
        errors["iterations"] = "A whole number from 1 to 1,000."
    seconds = _number(fields.get("seconds", ""))
    if seconds is None or not 0 < seconds <= 3600:
        errors["seconds"] = "More than 0 and at most 3,600 CPU seconds; 0.5 is fine."
    guides = tuple(guide for guide in GUIDES if fields.get(f"guide_{guide}"))
    if not guides:
        errors["guides"] = "At least one guide has to search: the prior costs nothing."
    if errors or iterations is None or seconds is None:
        raise Rejected(errors)
    return Asked(domain, source, int(iterations), seconds, guides)


def start(services: Services, fields: Mapping[str, str]) -> str:
    """Queue the run that the form asks for; its id. Raises Rejected."""
    asked = read(fields)
    try:
        choices = {"guides": asked.guides}
        config = run_config(services.settings, asked.domain, asked.iterations, asked.seconds, choices)
    except ValueError as error:
        raise Rejected({"guides": str(error)}) from None
    with services.database.write() as session:
        train, test = _tasks(session, asked, fields)
        run_id = RunRepository(session).add(asked.domain, config.to_json(), train, test).id
    services.launcher.enqueue(run_id)
    return run_id


def count_chosen(session: Session, fields: Mapping[str, str]) -> int:
    """How many tasks the form's filter finds; one more than MAX_CHOSEN stands for any number above."""
    return len(_chosen(session, fields))


def domain_sizes(session: Session) -> dict[str, int]:
    """How many tasks are stored of each domain that can be used."""
    query = select(TaskRow.domain, func.count()).group_by(TaskRow.domain)
    stored = dict(session.execute(query).all())
    return {name: stored.get(name, 0) for name in domain_names()}


def _tasks(session: Session, asked: Asked, fields: Mapping[str, str]) -> tuple[list[TaskRow], list[TaskRow]]:
    """Those to learn from, and those held out. Raises Rejected."""
    tasks = TaskRepository(session)
    test: list[TaskRow] = []
    if asked.source == "shipped":
        try:
            train, test = (
                [row for row, _ in tasks.add(load_tasks(records, asked.domain))] if records else []
                for records in get_domain(asked.domain).shipped_tasks()
            )
        except Conflict as error:
            raise Rejected({"source": f"The shipped tasks can't be stored: {error.detail}."}) from None
        problem = f"No tasks come with the domain {asked.domain}: submit some and choose those."
    elif asked.source == "all":
        train = tasks.of_domain(asked.domain)
        problem = (
            f"No task of the domain {asked.domain} is stored yet: submit some, or take the shipped ones."
        )
    elif asked.source == "chosen":
        train = _chosen(session, fields)
        problem = "No stored task of this domain fits the filter."
        if len(train) > MAX_CHOSEN:
            raise Rejected({"source": f"The filter finds more than {MAX_CHOSEN:,} tasks: narrow it."})
    else:
        train, test = _same(session, asked, fields)
        problem = "That run has no tasks."
    if not train:
        raise Rejected({"source": problem})
    return train, test


def _same(session: Session, asked: Asked, fields: Mapping[str, str]) -> tuple[list[TaskRow], list[TaskRow]]:
    runs = RunRepository(session)
    model = session.get(RunRow, fields.get("from", ""))
    if model is None:
        raise Rejected({"source": "The run whose tasks were to be taken is not there."})
    if model.domain != asked.domain:
        raise Rejected({"source": f"That run's tasks belong to the domain {model.domain}: choose others."})
    return runs.tasks(model.id), runs.tasks(model.id, "test")


def _chosen(session: Session, fields: Mapping[str, str]) -> list[TaskRow]:
    unsolved = False if fields.get("unsolved") else None
    name = fields.get("name", "").strip() or None
    chosen = TaskFilter(domain=fields.get("domain", ""), solved=unsolved, name=name)
    return TaskRepository(session).page(MAX_CHOSEN + 1, None, chosen)


def _number(text: str) -> float | None:
    """What was typed as a number; none where it is none."""
    try:
        value = float(text.strip())
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def form_values(services: Services, draft: Draft) -> dict[str, Any]:
    """What the form's template needs."""
    with services.database.read() as session:
        origin = draft.fields.get("from")
        return {
            "fields": dict.fromkeys(FIELDS, "") | dict(draft.fields),
            "errors": draft.errors,
            "chosen": draft.chosen,
            "domains": domain_sizes(session),
            "guides": {guide: guide != "model" or has_model(services.settings) for guide in GUIDES},
            "origin": session.get(RunRow, origin) if origin else None,
            "max_chosen": MAX_CHOSEN,
        }
