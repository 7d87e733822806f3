"""/v1/dreams: what the models could learn from, to be looked at."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from sqlalchemy.orm import Session

from app.api.access import READ
from app.api.dependencies import After, DatabaseDependency, Identifier, Limit, RunId
from app.api.problems import documented
from app.api.v1 import model_schemas as schemas
from app.api.v1.tasks import SvgResponse, picture
from app.db.repositories import DreamFilter, DreamRepository, LibraryRepository, RunRepository
from app.db.repositories.dreams import Found
from app.errors import Unprocessable
from app.surface import library_of
from engine import EngineError, Type
from library.snapshot import Library

router = APIRouter(prefix="/v1/dreams", tags=["models"])


@router.get("", operation_id="list_dreams", dependencies=[READ], responses=documented(404, 422))
def list_dreams(
    database: DatabaseDependency,
    run: RunId = None,
    iteration: Annotated[int | None, Query(ge=0, lt=1 << 31, description="Of this sleep only.")] = None,
    source: Annotated[schemas.DreamSource | None, Query(description="Of this source only.")] = None,
    request: Annotated[str | None, Query(max_length=500, description="Of this type only.")] = None,
    limit: Limit = 50,
    after: After = None,
) -> schemas.DreamsOut:
    """Dreams in the order of their keeping, each with its task and its program in both forms. A sleep keeps a
    part of what it dreams; how much it dreamed is in its models' metrics."""
    wanted = DreamFilter(run, iteration, source, None if request is None else _canonical(request))
    with database.read() as session:
        if run is not None:
            RunRepository(session).get(run)
        found = DreamRepository(session).page(limit + 1, after, wanted)
        items = _dreams_out(session, found[:limit])
    return schemas.DreamsOut(items=items, next=items[-1].id if len(found) > limit else None)


@router.get("/{dream_id}", operation_id="get_dream", dependencies=[READ], responses=documented(404, 422))
def get_dream(dream_id: Identifier, database: DatabaseDependency) -> schemas.DreamOut:
    """One dream: its task, and its program in both forms."""
    with database.read() as session:
        return _dreams_out(session, [DreamRepository(session).get(dream_id)])[0]


@router.get(
    "/{dream_id}/picture",
    operation_id="get_dream_picture",
    response_class=SvgResponse,
    dependencies=[READ],
    responses=documented(404, 422),
)
def get_picture(dream_id: Identifier, database: DatabaseDependency) -> Response:
    """What the dream's program makes, as SVG, where that is a tower or a drawing."""
    with database.read() as session:
        row = DreamRepository(session).get(dream_id).row
    return picture(row.request, row.examples)


def _canonical(request: str) -> str:
    """The type as dreams have it. Raises Unprocessable."""
    try:
        return str(Type.parse(request))
    except EngineError as error:
        raise Unprocessable(f"request is no type: {error}") from None


def _dreams_out(session: Session, found: list[Found]) -> list[schemas.DreamOut]:
    libraries: dict[tuple[str, str | None], Library] = {}
    items: list[schemas.DreamOut] = []
    for dream in found:
        row, key = dream.row, (dream.domain, dream.library_id)
        if key not in libraries:
            libraries[key] = _library(session, *key)
        item = schemas.DreamOut(
            id=row.id,
            run=row.run_id,
            iteration=row.iteration,
            position=row.position,
            source=schemas.DreamSource(row.source),
            request=row.request,
            examples=row.examples,
            program=row.program,
            python=_python(libraries[key], row.program, row.request),
            log_prior=row.log_prior,
            held_out=row.held_out,
            created_at=row.created_at,
        )
        items.append(item)
    return items


def _library(session: Session, domain: str, library_id: str | None) -> Library:
    return library_of(domain, None if library_id is None else LibraryRepository(session).find(library_id))


def _python(library: Library, program: str, request: str) -> str | None:
    try:
        return library.python(program, request)
    except EngineError:  # too deep for Python, or with a primitive that has no form there
        return None
