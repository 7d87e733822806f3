"""The shapes of requests and answers, with an example each.

A task's inside (its request, its examples) is read by synthesis.task, which can say which example of which
task is wrong; the schema here documents it and lets it through.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, WithJsonSchema

from app.db.models import DEFAULT_PRIORITY

TASK_EXAMPLE = {
    "name": "double each",
    "request": "list(int) -> list(int)",
    "examples": [{"inputs": [[1, 2, 3]], "output": [2, 4, 6]}, {"inputs": [[]], "output": []}],
}

_TASK_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "A request (a type) and examples of it.",
    "required": ["name", "examples"],
    "properties": {
        "name": {"type": "string", "maxLength": 200},
        "request": {
            "type": ["string", "null"],
            "description": "The type asked for, such as `list(int) -> int`; none: as the examples say.",
        },
        "description": {"type": "string"},
        "examples": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["inputs", "output"],
                "properties": {
                    "inputs": {"type": "array", "items": {}, "description": "One value per argument."},
                    "output": {"description": "A number, a boolean, a text or a list."},
                },
            },
        },
    },
    "examples": [TASK_EXAMPLE],
}

TaskDocument = Annotated[Any, WithJsonSchema(_TASK_SCHEMA)]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class TasksIn(_In):
    """Tasks to be stored: all of them or, if one is wrong, none."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"domain": "list", "tasks": [TASK_EXAMPLE]}]}
    )

    domain: str = Field(max_length=100, examples=["list"])
    tasks: list[TaskDocument] = Field(min_length=1, max_length=10_000)


class TaskIn(_In):
    """One task to be stored."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"domain": "list", **TASK_EXAMPLE}]}
    )

    domain: str = Field(max_length=100, examples=["list"])
    name: Any = Field(json_schema_extra={"type": "string"})
    request: Any = Field(None, json_schema_extra={"type": ["string", "null"]})
    description: Any = Field("", json_schema_extra={"type": "string"})
    examples: Annotated[Any, WithJsonSchema(_TASK_SCHEMA["properties"]["examples"])]

    def document(self) -> dict[str, Any]:
        """The task as a task file has it."""
        return self.model_dump(include={"name", "request", "description", "examples"}, exclude_unset=True)


class SolveIn(TaskIn):
    """One task to be solved now."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"domain": "list", "seconds": 2, **TASK_EXAMPLE}]}
    )

    seconds: float = Field(5.0, gt=0, le=30, description="CPU seconds for the search; at most 30.")
    library: str | None = Field(
        None,
        max_length=64,
        description="A library version's id or content hash; none: the newest of the domain.",
    )


class SolveOut(BaseModel):
    """What came of it. `reason` and `detail` say why a task stayed unsolved."""

    name: str
    solved: bool
    program: str | None = Field(examples=["(lambda (map (lambda (+ $0 $0)) $0))"])
    python: str | None = Field(examples=["lambda xs: map(lambda x: x + x, xs)"])
    log_posterior: float | None
    seconds: float
    cpu_seconds: float
    programs: int = Field(description="Programs that were tried.")
    reason: str | None = Field(None, examples=["budget"])
    detail: str | None = None


class ProgramOut(BaseModel):
    """A program kept for a task. Logs are natural."""

    program: str
    python: str
    formula: str | None = Field(
        description="The same as a formula of x, y, z, u, v, w, its arguments in order; "
        "null where it is none of real numbers and vectors.",
        examples=["x*y/sum(z**2)"],
    )
    log_prior: float
    log_likelihood: float
    log_posterior: float
    guide: str = Field(description="Who found it: prior, network or model.")
    iteration: int = Field(description="Of the run that found it; 0 where a solve did.")
    run: str | None = Field(None, description="The run that found it, where one did.")
    job: str | None = Field(None, description="The solve that found it, where one did.", examples=[None])


class TaskOut(BaseModel):
    id: str
    domain: str
    name: str
    request: str
    description: str
    examples: list[dict[str, JsonValue]]
    created_at: datetime


class TaskDetail(TaskOut):
    frontier: list[ProgramOut] = Field(
        description="What its newest run and its newest solve keep for it, best first; empty while unsolved."
    )


class SolveTaskIn(_In):
    """How long a stored task is searched for, with which library, and who waits."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"seconds": 2}, {"seconds": 600}]}
    )

    seconds: float = Field(
        5.0, gt=0, le=86_400, description="CPU seconds for the search; up to 30 of them can be waited for."
    )
    library: str | None = Field(
        None,
        max_length=64,
        description="A library version's id or content hash; none: the newest of the domain.",
    )
    background: bool | None = Field(
        None, description="A job to be asked about later; none: only for more than 30 seconds."
    )


class JobOut(BaseModel):
    """A search for a stored task. What it finds is kept for the task."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "job_0661f0c2b7d3a41c9f2be7",
                    "task": "task_0661f0c2b7d3a41c9f2be4",
                    "state": "running",
                    "seconds": 600,
                    "library": None,
                    "result": None,
                    "error": None,
                    "created_at": "2026-05-04T09:30:00Z",
                    "started_at": "2026-05-04T09:30:00Z",
                    "finished_at": None,
                }
            ]
        }
    )

    id: str
    task: str = Field(description="The task's id.")
    state: str = Field(description="queued, running, finished, failed or cancelled")
    seconds: float = Field(description="CPU seconds that it may take.")
    library: str | None = None
    result: SolveOut | None = Field(None, description="What came of it, once it is finished.")
    error: str | None = Field(None, description="Why it failed.")
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None


class PredictIn(_In):
    """Inputs to run a task's best program on: a list of cases, each the list of the program's arguments."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"inputs": [[[1, 2, 3]], [[]]]}]}
    )

    inputs: list[list[JsonValue]] = Field(min_length=1, max_length=1000)


class Prediction(BaseModel):
    """What the program gives for one case; or, where it gives nothing, `error`: why."""

    output: JsonValue = None
    error: str | None = Field(None, examples=["fuel"])


class PredictOut(BaseModel):
    """The program that was run, and a prediction for each case."""

    program: str
    python: str
    predictions: list[Prediction]


class TasksOut(BaseModel):
    """A page: `next` is the cursor of the following one, none on the last."""

    items: list[TaskOut]
    next: str | None = None


class TaskDeleted(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"id": "task_0661f0c2b7d3a41c9f2be4", "deleted": True}]}
    )

    id: str
    deleted: Literal[True] = True


class RunIn(_In):
    """A learning run to be started: over the tasks named, or over all of the domain."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"domain": "list", "iterations": 3, "seconds": 4}]}
    )

    domain: str = Field(max_length=100, examples=["list"])
    tasks: list[Annotated[str, Field(max_length=64)]] | None = Field(
        None,
        min_length=1,
        max_length=10_000,
        description="Ids of tasks; none: every stored task of the domain that isn't held out.",
    )
    test_tasks: list[Annotated[str, Field(max_length=64)]] = Field(
        [],
        max_length=10_000,
        description="Ids of tasks that are held out: attempted after each iteration, never learned from.",
    )
    iterations: int = Field(3, ge=1, le=1000)
    seconds: float = Field(
        4.0, gt=0, le=3600, description="CPU seconds for each task's search in each iteration."
    )
    guides: list[Annotated[str, Field(pattern="^(prior|network|model)$")]] | None = Field(
        None,
        min_length=1,
        max_length=3,
        description="Who guides the search; none: all that this service has.",
    )
    seed: int = Field(0, ge=0, lt=1 << 31)
    dream_seconds: float | None = Field(
        None, gt=0, le=86_400, description="CPU seconds to make dreams, per sleep."
    )
    training_seconds: float | None = Field(
        None, gt=0, le=86_400, description="CPU seconds to train the network, per sleep."
    )
    control_tasks: int | None = Field(
        None,
        ge=0,
        le=10_000,
        description="Tasks to run the controls on after the last iteration; none: 24, 0: no controls.",
    )
    priority: int = Field(
        DEFAULT_PRIORITY,
        ge=1,
        le=1000,
        description="Of the runs that wait for a worker, the one with the lowest number is carried first.",
    )


class RunOut(BaseModel):
    id: str
    label: str | None
    domain: str
    state: str = Field(description="queued, running, paused, cancelled, finished or failed")
    iteration: int = Field(description="The iteration it is in, from 1; 0 before the first.")
    phase: str | None = Field(description="wake, abstraction or dream")
    priority: int = Field(description="The lowest number goes first.", examples=[10])
    tasks: int
    solved: int = Field(description="Tasks solved so far, in any iteration.")
    config: dict[str, JsonValue]
    error: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class RunDetail(RunOut):
    reports: list[dict[str, JsonValue]] = Field(description="One per finished iteration.")


class RunsOut(BaseModel):
    items: list[RunOut]
    next: str | None = None


class Health(BaseModel):
    status: str = Field(examples=["ok"])
    version: str = Field(examples=["0.1.0"])
    access: str = Field(
        description='"keys"; "open" where there is none yet: anyone on this machine may do anything; '
        '"unknown" while the database is away.',
        examples=["keys"],
    )


class Readiness(BaseModel):
    status: str = Field(examples=["ready"])
    workers: int = Field(description="Workers that give signs of life.", examples=[2])
