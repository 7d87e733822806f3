"""/healthz: this process answers. /readyz: it can do its work, and what is missing where it can't."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from fastapi import APIRouter
from sqlalchemy.exc import SQLAlchemyError

from app.api.access import PUBLIC, is_open
from app.api.dependencies import DatabaseDependency, ServicesDependency
from app.api.problems import documented
from app.api.v1.schemas import Health, Readiness
from app.db.migrate import is_current
from app.db.repositories import WorkerRepository
from app.errors import Unavailable

try:
    VERSION = version("wakesleep")
except PackageNotFoundError:  # run from a checkout that was never installed
    VERSION = "0"

router = APIRouter(tags=["health"])


@router.get("/healthz", operation_id="health", dependencies=[PUBLIC])
def health(database: DatabaseDependency) -> Health:
    """Answers `ok` as long as this process does, whatever else is down: restarting it would help nobody."""
    try:
        access = "open" if is_open(database) else "keys"
    except SQLAlchemyError:
        access = "unknown"
    return Health(status="ok", version=VERSION, access=access)


@router.get("/readyz", operation_id="readiness", dependencies=[PUBLIC], responses=documented(503))
def readiness(services: ServicesDependency) -> Readiness:
    """Whether work that is sent here is done: the database answers and has the newest schema, and at least
    one worker gives signs of life, be it this process itself."""
    try:
        with services.database.read() as session:
            current = is_current(session.connection())
            workers = WorkerRepository(session).alive(services.settings.silent_seconds) if current else []
    except SQLAlchemyError:
        raise Unavailable("the database doesn't answer") from None
    if not current:
        raise Unavailable("the database has another schema than this version: run wakesleep migrate")
    if not workers:
        raise Unavailable("no worker gives a sign of life: start one with wakesleep worker")
    return Readiness(status="ready", workers=len(workers))
