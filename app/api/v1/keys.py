"""/v1/keys: who may use this service, and /v1/audit: what administrators did."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from app.access import Scope
from app.api.access import ADMIN, CallerDependency, revoke
from app.api.dependencies import After, DatabaseDependency, Identifier, Limit, ServicesDependency
from app.api.problems import documented
from app.api.strict import StrictRoute
from app.api.v1 import key_schemas as schemas
from app.db.models import AuditRow, KeyRow
from app.db.repositories import AuditRepository, KeyRepository
from app.errors import Unprocessable

router = APIRouter(prefix="/v1", tags=["keys"], route_class=StrictRoute)


@router.post(
    "/keys",
    status_code=201,
    operation_id="create_key",
    dependencies=[ADMIN],
    responses=documented(400, 413, 415, 422),
)
def create_key(
    body: schemas.KeyIn, database: DatabaseDependency, caller: CallerDependency
) -> schemas.KeyMade:
    """Make a key. It is in this answer and nowhere else. The first one must be an administrator's: from
    then on nobody gets in without a key."""
    with database.write() as session:
        keys = KeyRepository(session)
        if body.scope is not Scope.ADMIN and not keys.any():
            raise Unprocessable("the first key must have scope admin: without one nobody could make the next")
        row, new = keys.add(body.name, body.scope)
        AuditRepository(session).add(
            caller, "key.created", row.id, {"name": body.name, "scope": body.scope.value}
        )
    return schemas.KeyMade(**key_fields(row), key=new.text)


@router.get("/keys", operation_id="list_keys", dependencies=[ADMIN], responses=documented(422))
def list_keys(database: DatabaseDependency, limit: Limit = 50, after: After = None) -> schemas.KeysOut:
    """Keys in the order of their making, revoked ones too."""
    with database.read() as session:
        rows = KeyRepository(session).page(limit + 1, after)
    items = [schemas.KeyOut(**key_fields(row)) for row in rows[:limit]]
    return schemas.KeysOut(items=items, next=items[-1].id if len(rows) > limit else None)


@router.delete(
    "/keys/{key_id}", operation_id="revoke_key", dependencies=[ADMIN], responses=documented(404, 409, 422)
)
def revoke_key(key_id: Identifier, services: ServicesDependency, caller: CallerDependency) -> schemas.KeyOut:
    """Revoke a key. From now on nobody gets in with it, nor with a browser that was signed in with it. It
    stays in the list."""
    return schemas.KeyOut(**key_fields(revoke(services, caller, key_id)))


@router.get("/audit", operation_id="list_audit", dependencies=[ADMIN], responses=documented(422))
def list_audit(database: DatabaseDependency, limit: Limit = 50, after: After = None) -> schemas.AuditsOut:
    """What administrators did, in its order."""
    with database.read() as session:
        rows = AuditRepository(session).page(limit + 1, after)
    items = [_audit_out(row) for row in rows[:limit]]
    return schemas.AuditsOut(items=items, next=items[-1].id if len(rows) > limit else None)


def key_fields(row: KeyRow) -> dict[str, Any]:
    """The fields of a KeyOut."""
    return {
        "id": row.id,
        "name": row.name,
        "scope": row.scope,
        "prefix": f"ws_{row.prefix}",
        "created_at": row.created_at,
        "last_used_at": row.last_used_at,
        "revoked_at": row.revoked_at,
    }


def _audit_out(row: AuditRow) -> schemas.AuditOut:
    return schemas.AuditOut(
        id=row.id,
        at=row.created_at,
        actor=row.actor,
        key=row.key_id,
        action=row.action,
        subject=row.subject,
        detail=row.detail,
        request_id=row.request_id,
    )
