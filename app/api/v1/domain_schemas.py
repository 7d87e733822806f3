"""The shapes of /v1/domains."""

from __future__ import annotations

from pydantic import BaseModel, Field, JsonValue


class DomainOut(BaseModel):
    """A domain. `problem` says why one that a package brings can't be used; then the rest is empty."""

    name: str = Field(examples=["list"])
    description: str = Field(examples=["functions on lists of integers"])
    requests: list[str] = Field(
        description="Types that its tasks usually ask for.", examples=[["list(int) -> int"]]
    )
    primitives: int = Field(description="How many it has.", examples=[22])
    problem: str | None = None


class DomainsOut(BaseModel):
    """A page: `next` is the cursor of the following one, none on the last."""

    items: list[DomainOut]
    next: str | None = None


class PrimitiveExampleOut(BaseModel):
    """A program that uses the primitive, and what it gives for these inputs."""

    program: str = Field(examples=["(lambda (map (lambda (+ $0 1)) $0))"])
    python: str = Field(examples=["lambda xs: map(lambda x: x + 1, xs)"])
    request: str = Field(examples=["list(int) -> list(int)"])
    inputs: list[JsonValue]
    output: JsonValue


class PrimitiveOut(BaseModel):
    name: str = Field(examples=["map"])
    type: str = Field(examples=["(t0 -> t1) -> list(t0) -> list(t1)"])
    doc: str
    example: PrimitiveExampleOut | None


class DomainDetail(BaseModel):
    """A domain and the functions that its programs are made of."""

    name: str
    description: str
    requests: list[str]
    primitives: list[PrimitiveOut]
