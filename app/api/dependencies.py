"""What a route may ask for: the database, the settings, whoever carries runs; and checked ids."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Protocol

import anyio
from fastapi import Depends, Path, Query, Request

from app.api.known_keys import KnownKeys
from app.db.session import Database
from app.settings import Settings

_ID = r"^[A-Za-z0-9_-]{1,64}$"


class Launcher(Protocol):
    """Whoever carries runs, batches and jobs: the durable workflows, or a test's stand-in."""

    def enqueue(self, work: str, /) -> None:
        """Carry the run, batch or job with this id, once, however often it is asked."""


@dataclass(frozen=True)
class Services:
    """What the application was made with; lives in `app.state.services`."""

    settings: Settings
    database: Database
    launcher: Launcher
    #: Bounds the searches that requests run, so that they wait for a core and not for each other.
    searches: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(1))
    known_keys: KnownKeys = field(default_factory=KnownKeys)


async def get_services(request: Request) -> Services:  # async, like the next: a thread would cost more
    return request.app.state.services


async def get_database(request: Request) -> Database:
    return request.app.state.services.database


ServicesDependency = Annotated[Services, Depends(get_services)]
DatabaseDependency = Annotated[Database, Depends(get_database)]

Identifier = Annotated[str, Path(pattern=_ID, description="The id, as it was given when the thing was made.")]
Limit = Annotated[int, Query(ge=1, le=500, description="How many at most.")]
After = Annotated[
    str | None,
    Query(pattern=_ID, description="A cursor: the `next` of the page before; none for the first page."),
]
DomainName = Annotated[
    str | None, Query(pattern=r"^[\w .-]{1,100}$", description="Only what belongs to this domain.")
]
RunId = Annotated[str | None, Query(pattern=_ID, description="Only what belongs to this run.")]
