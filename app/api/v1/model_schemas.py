"""The shapes of dreams and of model versions, as they are asked for and answered."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, JsonValue


class DreamSource(StrEnum):
    """A program drawn from the library, a training task that was solved, or a failed sample with the task
    that it does solve."""

    FANTASY = "fantasy"
    REPLAY = "replay"
    HINDSIGHT = "hindsight"


class DreamOut(BaseModel):
    """A task that was dreamed up, and its program."""

    id: str
    run: str
    iteration: int = Field(description="The sleep that dreamed it; 0 is the one before the first wake.")
    position: int = Field(description="Its place among the dreams that this sleep kept, from 0.")
    source: DreamSource
    request: str = Field(examples=["list(int) -> list(int)"])
    examples: list[dict[str, JsonValue]]
    program: str = Field(examples=["(lambda (map (lambda (+ $0 $0)) $0))"])
    python: str | None = Field(
        description="The program in Python, with the sleep's library; none where it can't be written so.",
        examples=["lambda xs: map(lambda x: x + x, xs)"],
    )
    log_prior: float | None = Field(description="In nats, under the grammar that was dreamed from.")
    held_out: bool = Field(description="Kept to measure on, not learned from.")
    created_at: datetime


class DreamsOut(BaseModel):
    """A page: `next` is the cursor of the following one, none on the last."""

    items: list[DreamOut]
    next: str | None = None


class ModelKind(StrEnum):
    """The recognition network, or an adapter of the language model: a fine-tuned version of it."""

    NETWORK = "network"
    ADAPTER = "adapter"


class ModelRef(BaseModel):
    """A version by its id, and its name."""

    id: str
    name: str


class ModelOut(BaseModel):
    """A version of a model that a dream sleep trained."""

    id: str
    name: str = Field(description="Made of its hash: it never means other weights.")
    kind: ModelKind
    domain: str
    number: int = Field(description="1, 2, … within its domain and kind.")
    run: str
    iteration: int = Field(description="The sleep that trained it; 0 is the one before the first wake.")
    library: str | None = Field(
        description="The library version that it was trained for; none: the domain's primitives alone."
    )
    parent: ModelRef | None = Field(description="The version that the run used before it.")
    base: str | None = Field(
        description="The model that it was tuned from; none where it began from nothing."
    )
    sha256: str = Field(description="Over its weights.")
    data_hash: str | None = Field(description="Over the dreams it learned from; none where it wasn't taken.")
    promoted: bool = Field(description="It may be used: training found it better, or someone decided so.")
    in_use: bool = Field(
        description="It is used: of its run's adapters the one promoted last; a promoted network, in the "
        "wake after its sleep and wherever its library is searched with."
    )
    promoted_at: datetime | None
    retired_at: datetime | None = Field(description="When it was rolled back.")
    reason: str | None = Field(description="Why it was rolled back, where someone said so.")
    metrics: dict[str, JsonValue] = Field(description="What its training measured.")
    created_at: datetime


class ModelDetail(ModelOut):
    dreams_kept: int = Field(description="Dreams of its sleep that can be looked at, at GET /v1/dreams.")
    dreams_made: dict[str, JsonValue] = Field(description="What dreaming brought in its sleep, and its cost.")


class ModelsOut(BaseModel):
    items: list[ModelOut]
    next: str | None = None


class RollbackIn(BaseModel):
    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"reason": "solves less than the one before"}]}
    )

    reason: str | None = Field(None, max_length=1000)


class RollbackOut(ModelOut):
    instead: ModelRef | None = Field(
        description="The version that is used now. None: the run goes on without, and a network's run always "
        "does, for each network knows the library of its own sleep only."
    )
