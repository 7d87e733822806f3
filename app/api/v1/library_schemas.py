"""The shapes of library versions and of abstractions, as they are answered."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, Field


class ExportFormat(StrEnum):
    """A plain Python package as a zip archive; the library itself; Stitch's form; DreamCoder's."""

    PYTHON = "python"
    JSON = "json"
    STITCH = "stitch"
    DREAMCODER = "dreamcoder"


class FirstSeen(BaseModel):
    """The version that had an abstraction first, and the run and iteration that made it; a version that was
    imported has neither."""

    library: str
    run: str | None
    iteration: int | None
    at: datetime


class AbstractionRef(BaseModel):
    """An abstraction by its id, and the name that it was first given."""

    id: str
    name: str


class Retirement(BaseModel):
    """An abstraction that the version before had and this one lacks."""

    abstraction: AbstractionRef = Field(description="By the name that it had in the version before.")
    library: str = Field(description="The version that lacks it.")
    run: str
    iteration: int
    saving: float | None = Field(
        description="Nats: what all would be longer with it; none where that wasn't measured."
    )
    successor: str | None = Field(
        description="The abstraction that has its name now, where only its body was rewritten."
    )


class AbstractionOut(BaseModel):
    """A learned library function, as a version has it."""

    id: str
    name: str
    body: str = Field(examples=["#(lambda (map (lambda (+ $1 $0))))"])
    python: str
    type: str
    docstring: str
    weight: float = Field(description="Its log weight in the grammar, in nats.")
    gain: float | None = Field(
        description="Nats: what all would be longer without it; none where that wasn't measured."
    )
    uses: int | None = Field(
        description="Tasks whose best program uses it, directly or through another; none where unrecorded."
    )
    tasks: list[str] = Field(description="The tasks it was learned from.")
    first_seen: FirstSeen


class LibraryOut(BaseModel):
    """A library version: an immutable snapshot."""

    id: str
    domain: str
    content_hash: str
    parent: str | None
    run: str | None
    iteration: int | None
    size: int = Field(description="How many abstractions it has.")
    created_at: datetime


class LibraryDetail(LibraryOut):
    abstractions: list[AbstractionOut]
    retired: list[Retirement] = Field(description="What the version before had and this one lacks.")


class GraphNode(BaseModel):
    """An abstraction in a version's DAG; `position`, `weight` and `gain` are none for one that only stands
    inside another's body."""

    id: str
    name: str
    type: str
    position: int | None
    weight: float | None
    gain: float | None
    uses: int | None


class GraphEdge(BaseModel):
    """The body of `abstraction` uses `part` directly. Both are ids."""

    abstraction: str
    part: str


class GraphOut(BaseModel):
    """What is built on what, in one version."""

    library: str
    nodes: list[GraphNode]
    edges: list[GraphEdge]


class DiffAbstraction(BaseModel):
    """An abstraction that only one of two versions has."""

    name: str
    body: str
    type: str
    docstring: str
    tasks: list[str]


class Renamed(BaseModel):
    """The same function under another name."""

    before: str
    after: str
    body: str


class Rewritten(BaseModel):
    """The same function with another body; `before` and `after` are the bodies."""

    name: str
    before_name: str
    before: str
    after: str


class WeightChange(BaseModel):
    """A log weight, in nats."""

    kind: str = Field(description="primitive, abstraction or variables, which have no name")
    name: str
    before: float
    after: float


class DiffOut(BaseModel):
    """What changed from one version to another; `before` and `after` are their content hashes."""

    domain: str
    before: str
    after: str
    added: list[DiffAbstraction]
    retired: list[DiffAbstraction]
    renamed: list[Renamed]
    rewritten: list[Rewritten]
    redocumented: list[str] = Field(description="Names of those with another docstring.")
    weights: list[WeightChange]


class Holding(BaseModel):
    """A version that holds an abstraction, and what it is there."""

    library: str
    run: str | None
    iteration: int | None
    name: str
    position: int
    weight: float
    gain: float | None
    uses: int = Field(description="Tasks whose best program uses it, directly or through another.")
    created_at: datetime


class TaskRef(BaseModel):
    id: str
    name: str


class AbstractionDetail(BaseModel):
    """An abstraction across versions. It is known by its body; name, docstring and Python form are those of
    the version that had it first."""

    id: str
    domain: str
    name: str
    body: str
    type: str
    docstring: str
    python: str
    first_seen: FirstSeen
    built_from: list[AbstractionRef] = Field(description="What its body uses directly.")
    built_on: list[AbstractionRef] = Field(description="What uses it directly, in any version.")
    used_by: list[TaskRef] = Field(
        description="The tasks whose best programs use it, after the newest sleep whose version holds it."
    )
    retirements: list[Retirement]
    versions: list[Holding] = Field(description="A page of the versions that hold it, oldest first.")
    next: str | None = None


class LibrariesOut(BaseModel):
    """The newest version in full, and a page of all versions, oldest first."""

    current: LibraryDetail | None
    versions: list[LibraryOut]
    next: str | None = None
