"""The form that submits a task: what was typed, what it was read as, and what is wrong with which field."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from app.dashboard.tasks.inference import Reading, Unreadable, read_values, written
from app.dashboard.tasks.sheet import SheetError, read_sheet
from library.domain import BrokenDomain, Domain, UnknownDomain, domain_names, get_domain
from synthesis.task import Task, TaskError, parse_task

FIELDS = ("domain", "name", "description", "examples", "request", "header")
_HEADERS = {"": None, "yes": True, "no": False}
#: What the engine's states of a drawing and of a plan begin as.
_DRAWN = ("turtle", "tower")


@dataclass(frozen=True)
class Submission:
    """A form as it was sent. `values` has all FIELDS; `problems` a sentence by field. `task` is there where
    nothing is wrong, `reading` where the examples could be read."""

    values: Mapping[str, str]
    problems: Mapping[str, str] = field(default_factory=dict[str, str])
    reading: Reading | None = None
    task: Task | None = None
    #: The task that stands in the way, where there is one.
    existing: str | None = None


def blank(domain: str) -> Submission:
    """A form nobody has filled in."""
    return Submission(dict.fromkeys(FIELDS, "") | {"domain": domain})


def usable_domains() -> list[Domain]:
    """Every domain that tasks can be submitted for."""
    found: list[Domain] = []
    for name in domain_names():
        try:
            found.append(get_domain(name))
        except BrokenDomain:
            continue
    return found


def submitted(fields: Mapping[str, str]) -> Submission:
    """What the form's fields say."""
    values = {name: fields.get(name, "") for name in FIELDS}
    try:
        domain = get_domain(values["domain"])
    except UnknownDomain as error:
        return Submission(values, {"domain": str(error)})
    problems: dict[str, str] = {}
    document: dict[str, object] = {}
    reading = None
    try:
        if is_drawn(domain):
            document, reading = _drawing(values, domain)
        else:
            document, reading = _table(values, domain)
    except Unreadable as error:
        problems[error.field] = str(error)
    except SheetError as error:
        problems["examples"] = str(error)
    name = values["name"].strip() or str(document.get("name", "")).strip()
    if not name:
        problems["name"] = "give it a name that isn't used in this domain yet"
    if problems:
        return Submission(values, problems, reading)
    values["name"] = name
    description = values["description"].strip() or str(document.get("description", ""))
    document = document | {"name": name, "description": description}
    try:
        task = parse_task(document, domain.name)
    except TaskError as error:
        return Submission(values, {_field(error): _sentence(error)}, reading)
    return Submission(values, {}, reading, task)


def is_drawn(domain: Domain) -> bool:
    """Whether its tasks are drawings or plans, which start from nothing and have no inputs to type."""
    return any(kind in domain.scalars for kind in _DRAWN)


def example_of(domain: Domain) -> Submission:
    """The form filled in with a task of the domain's own, to start from."""
    train, _ = domain.shipped_tasks()
    record = train[0]
    if "program" in record:
        examples = record["program"]
    elif is_drawn(domain):
        examples = _json(record["examples"][0]["output"])
    else:
        rows = [[*example["inputs"], example["output"]] for example in record["examples"][:8]]
        examples = "\n".join("\t".join(_cell(value) for value in row) for row in rows)
    values = dict.fromkeys(FIELDS, "")
    return submitted(values | {"domain": domain.name, "name": record["name"], "examples": examples})


def _table(values: dict[str, str], domain: Domain) -> tuple[dict[str, object], Reading]:
    sheet = read_sheet(values["examples"], _HEADERS.get(values["header"]))
    given = dict(sheet.given)
    wanted = values["request"].strip() or given.get("request")
    reading = read_values(sheet, domain, wanted or None)
    document = {**given, "request": reading.request, "examples": list(reading.examples)}
    return document, reading


def _drawing(values: dict[str, str], domain: Domain) -> tuple[dict[str, object], Reading | None]:
    """A drawing or a plan: the program that makes it, or its strokes or blocks in JSON."""
    request = domain.requests[0]
    text = values["examples"].strip()
    if text.startswith("("):
        return {"request": request, "program": text}, None
    sheet = read_sheet(text)
    if sheet.shape != "JSON":
        raise SheetError("give the program that makes it, such as (lambda …), or a JSON list of its parts")
    given = dict(sheet.given)
    if sheet.given or (len(sheet.rows[0]) == 2 and sheet.rows[0][0] == []):
        output = sheet.rows[0][-1]
    else:
        output = [list(row) for row in sheet.rows]
    document = {**given, "request": request, "examples": [{"inputs": [[]], "output": output}]}
    return document, None


def _field(error: TaskError) -> str:
    detail = error.detail
    for name in ("name", "description", "request"):
        if f'"{name}"' in detail:
            return name
    return "request" if error.kind == "unsupported" and error.example is None else "examples"


def _sentence(error: TaskError) -> str:
    where = "" if error.example is None or error.kind == "contradictory" else f"example {error.example}: "
    return f"{where}{written(error.detail)}"


def _cell(value: object) -> str:
    return value if isinstance(value, str) and value == value.strip() and value else _json(value)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
