"""/healthz: whether this process can do its work, which needs its database."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from fastapi import APIRouter
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.api.dependencies import DatabaseDependency
from app.api.problems import documented
from app.api.v1.schemas import Health
from app.errors import Unavailable

try:
    VERSION = version("wakesleep")
except PackageNotFoundError:  # run from a checkout that was never installed
    VERSION = "0"

router = APIRouter(tags=["health"])


@router.get("/healthz", operation_id="health", responses=documented(503))
def health(database: DatabaseDependency) -> Health:
    """Answers `ok` while the database does."""
    try:
        with database.read() as session:
            session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        raise Unavailable("the database doesn't answer") from None
    return Health(status="ok", version=VERSION)
