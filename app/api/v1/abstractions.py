"""/v1/abstractions: one learned function across library versions."""

from __future__ import annotations

from fastapi import APIRouter

from app.api.access import READ
from app.api.dependencies import After, DatabaseDependency, Identifier, Limit
from app.api.problems import documented
from app.api.v1 import library_schemas as schemas
from app.api.v1.library import first_seen, retirement_out
from app.db.models import AbstractionRow
from app.db.repositories import AbstractionRepository, LibraryRepository

router = APIRouter(prefix="/v1/abstractions", tags=["library"])


@router.get(
    "/{abstraction_id}", operation_id="get_abstraction", dependencies=[READ], responses=documented(404, 422)
)
def get_abstraction(
    abstraction_id: Identifier, database: DatabaseDependency, limit: Limit = 50, after: After = None
) -> schemas.AbstractionDetail:
    """One abstraction: what it is built from, what is built on it, the tasks that use it, and its history."""
    with database.read() as session:
        repository = AbstractionRepository(session)
        row = repository.get(abstraction_id)
        history = repository.history(row.id, limit + 1, after)
        versions = [
            schemas.Holding(
                library=version.id,
                run=version.run_id,
                iteration=version.iteration,
                name=member.name,
                position=member.position,
                weight=member.weight,
                gain=member.gain,
                uses=uses,
                created_at=version.created_at,
            )
            for member, version, uses in history[:limit]
        ]
        return schemas.AbstractionDetail(
            id=row.id,
            domain=row.domain,
            name=row.name,
            body=row.body,
            type=row.type,
            docstring=row.docstring,
            python=row.python,
            first_seen=first_seen(LibraryRepository(session).find(row.first_library_id)),
            built_from=[_reference(part) for part in repository.built_from(row.id)],
            built_on=[_reference(user) for user in repository.built_on(row.id)],
            used_by=[schemas.TaskRef(id=task.id, name=task.name) for task in repository.users(row.id)],
            retirements=[retirement_out(*found) for found in repository.retirements(row.id)],
            versions=versions,
            next=versions[-1].library if len(history) > limit else None,
        )


def _reference(row: AbstractionRow) -> schemas.AbstractionRef:
    return schemas.AbstractionRef(id=row.id, name=row.name)
