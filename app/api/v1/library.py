"""/v1/library: what has been learned, version by version."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy.orm import Session

from app.api.dependencies import After, DatabaseDependency, Identifier, Limit
from app.api.problems import documented
from app.api.v1 import schemas
from app.db.models import LibraryRow
from app.db.repositories import LibraryRepository
from app.surface import abstraction_form
from library.domain import get_domain
from library.snapshot import Library

router = APIRouter(prefix="/v1/library", tags=["library"])


@router.get("", operation_id="get_library", responses=documented(422))
def get_library(
    database: DatabaseDependency,
    domain: Annotated[str, Query(max_length=100)] = "list",
    limit: Limit = 50,
    after: After = None,
) -> schemas.LibrariesOut:
    """The domain's current library with its abstractions, and its versions."""
    get_domain(domain)
    with database.read() as session:
        repository = LibraryRepository(session)
        current = repository.current(domain)
        rows = repository.page(limit + 1, after, domain)
        return schemas.LibrariesOut(
            current=None if current is None else _detail(session, current),
            versions=[_library_out(row) for row in rows[:limit]],
            next=rows[limit - 1].id if len(rows) > limit else None,
        )


@router.get("/{library_id}", operation_id="get_library_version", responses=documented(404, 422))
def get_library_version(library_id: Identifier, database: DatabaseDependency) -> schemas.LibraryDetail:
    """One version, by its id, its content hash, or the hash's first 8 or more digits."""
    with database.read() as session:
        return _detail(session, LibraryRepository(session).find(library_id))


def _library_out(row: LibraryRow) -> schemas.LibraryOut:
    return schemas.LibraryOut(
        id=row.id,
        domain=row.domain,
        content_hash=row.content_hash,
        parent=row.parent_id,
        run=row.run_id,
        iteration=row.iteration,
        size=len(Library.from_json(row.snapshot).abstractions),
        created_at=row.created_at,
    )


def _detail(session: Session, row: LibraryRow) -> schemas.LibraryDetail:
    learned = [] if row.run_id is None else LibraryRepository(session).abstractions(row.run_id)
    uses = {abstraction.body: abstraction.uses for abstraction in learned}
    library = Library.from_json(row.snapshot)
    return schemas.LibraryDetail(
        **_library_out(row).model_dump(),
        abstractions=[
            schemas.AbstractionOut(
                name=abstraction.name,
                body=abstraction.body,
                python=abstraction_form(abstraction, library),
                type=abstraction.type,
                docstring=abstraction.docstring,
                uses=uses.get(abstraction.body),
                tasks=list(abstraction.tasks),
            )
            for abstraction in library.abstractions
        ],
    )
