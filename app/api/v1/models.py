"""/v1/models: versions of the recognition network and of the language model; promote one, roll one back."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from sqlalchemy.orm import Session

from app.api.access import ADMIN, READ, CallerDependency
from app.api.dependencies import After, DatabaseDependency, DomainName, Identifier, Limit, RunId
from app.api.problems import documented
from app.api.strict import StrictRoute
from app.api.v1 import model_schemas as schemas
from app.db.models import VersionRow
from app.db.repositories import (
    AuditRepository,
    DreamRepository,
    EventRepository,
    ModelFilter,
    ModelRepository,
    RunRepository,
)
from app.db.repositories.models import usable

router = APIRouter(prefix="/v1/models", tags=["models"], route_class=StrictRoute)


@router.get("", operation_id="list_models", dependencies=[READ], responses=documented(404, 422))
def list_models(
    database: DatabaseDependency,
    domain: DomainName = None,
    run: RunId = None,
    kind: Annotated[schemas.ModelKind | None, Query(description="Of this kind only.")] = None,
    limit: Limit = 50,
    after: After = None,
) -> schemas.ModelsOut:
    """Model versions in the order of their making."""
    with database.read() as session:
        if run is not None:
            RunRepository(session).get(run)
        rows = ModelRepository(session).page(limit + 1, after, ModelFilter(domain, run, kind))
        items = [schemas.ModelOut(**_fields(session, row)) for row in rows[:limit]]
    return schemas.ModelsOut(items=items, next=items[-1].id if len(rows) > limit else None)


@router.get("/{model_id}", operation_id="get_model", dependencies=[READ], responses=documented(404, 422))
def get_model(model_id: Identifier, database: DatabaseDependency) -> schemas.ModelDetail:
    """One version: where it comes from, what its training measured, and whether it is in use."""
    with database.read() as session:
        repository = ModelRepository(session)
        row = repository.get(model_id)
        return schemas.ModelDetail(
            **_fields(session, row),
            dreams_kept=DreamRepository(session).count(row.run_id, row.iteration),
            dreams_made=repository.sleep(row).metrics.get("dreams", {}),
        )


@router.post(
    "/{model_id}/promote", operation_id="promote_model", dependencies=[ADMIN], responses=documented(404, 422)
)
def promote_model(
    model_id: Identifier, database: DatabaseDependency, caller: CallerDependency
) -> schemas.ModelOut:
    """Use this version from the run's next wake on, one that was rolled back too, until a sleep or someone
    promotes another. Safe to repeat."""
    with database.write() as session:
        row, changed = ModelRepository(session).promote(model_id)
        if changed:
            _tell(session, row, {"action": "promoted"})
            AuditRepository(session).add(caller, "model.promoted", row.id, {"name": row.name})
        return schemas.ModelOut(**_fields(session, row))


@router.post(
    "/{model_id}/rollback",
    operation_id="roll_back_model",
    dependencies=[ADMIN],
    responses=documented(400, 404, 409, 413, 415, 422),
)
def roll_back_model(
    model_id: Identifier,
    database: DatabaseDependency,
    caller: CallerDependency,
    body: schemas.RollbackIn | None = None,
) -> schemas.RollbackOut:
    """Use this version no longer, from the run's next wake on, and the one that was promoted before it
    instead."""
    reason = None if body is None else body.reason
    with database.write() as session:
        row, instead = ModelRepository(session).roll_back(model_id, reason)
        used = None if instead is None else instead.name
        _tell(session, row, {"action": "rolled back", "reason": reason, "instead": used})
        AuditRepository(session).add(
            caller, "model.rolled_back", row.id, {"name": row.name, "reason": reason}
        )
        return schemas.RollbackOut(**_fields(session, row), instead=_reference(instead))


def _tell(session: Session, row: VersionRow, what: dict[str, Any]) -> None:
    """An event of the version's run."""
    model = {"id": row.id, "kind": row.kind, "name": row.name, "iteration": row.iteration}
    EventRepository(session).append(row.run_id, "model", what | model)


def _fields(session: Session, row: VersionRow) -> dict[str, Any]:
    """The fields of a ModelOut."""
    repository = ModelRepository(session)
    parent = None if row.parent_id is None else repository.get(row.parent_id)
    return {
        "id": row.id,
        "name": row.name,
        "kind": row.kind,
        "domain": row.domain,
        "number": row.number,
        "run": row.run_id,
        "iteration": row.iteration,
        "library": repository.sleep(row).library_id,
        "parent": _reference(parent),
        "base": row.base,
        "sha256": row.sha256,
        "data_hash": row.data_hash,
        "promoted": usable(row),
        "in_use": repository.in_use(row),
        "promoted_at": row.promoted_at,
        "retired_at": row.retired_at,
        "reason": row.reason,
        "metrics": row.metrics,
        "created_at": row.created_at,
    }


def _reference(row: VersionRow | None) -> schemas.ModelRef | None:
    return None if row is None else schemas.ModelRef(id=row.id, name=row.name)
