"""/v1/library: what has been learned, version by version."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from sqlalchemy.orm import Session

from app.api.access import READ
from app.api.dependencies import After, DatabaseDependency, Identifier, Limit
from app.api.problems import documented
from app.api.v1 import library_schemas as schemas
from app.db.models import LibraryRow, RetirementRow, SleepRow
from app.db.repositories import AbstractionRepository, LibraryRepository
from app.errors import Unprocessable
from library.diff import diff
from library.domain import get_domain
from library.exports.forms import library_files
from library.snapshot import Library, LibraryError

router = APIRouter(prefix="/v1/library", tags=["library"])

_EXPORTED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file",
        "content": {
            "application/json": {
                "schema": {"type": "object"},
                "example": {"abstractions": [{"name": "double", "arity": 1, "body": "(+ #0 #0)"}]},
            },
            "application/zip": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}


@router.get("", operation_id="get_library", dependencies=[READ], responses=documented(422))
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
        sizes = AbstractionRepository(session).sizes([row.id for row in rows])
        return schemas.LibrariesOut(
            current=None if current is None else _detail(session, current),
            versions=[_library_out(row, sizes.get(row.id, 0)) for row in rows[:limit]],
            next=rows[limit - 1].id if len(rows) > limit else None,
        )


@router.get(
    "/{library_id}", operation_id="get_library_version", dependencies=[READ], responses=documented(404, 422)
)
def get_library_version(library_id: Identifier, database: DatabaseDependency) -> schemas.LibraryDetail:
    """One version, by its id, its content hash, or the hash's first 8 or more digits."""
    with database.read() as session:
        return _detail(session, LibraryRepository(session).find(library_id))


@router.get(
    "/{library_id}/graph",
    operation_id="get_library_graph",
    dependencies=[READ],
    responses=documented(404, 422),
)
def get_library_graph(library_id: Identifier, database: DatabaseDependency) -> schemas.GraphOut:
    """What is built on what: a version's abstractions as nodes, and an edge from each to those that its body
    uses directly. The graph has no cycles."""
    with database.read() as session:
        version = LibraryRepository(session).find(library_id)
        repository = AbstractionRepository(session)
        uses = repository.uses(version.id)
        nodes = [
            schemas.GraphNode(
                id=row.id,
                name=row.name if member is None else member.name,
                type=row.type,
                position=member and member.position,
                weight=member and member.weight,
                gain=member and member.gain,
                uses=None if uses is None or member is None else uses.get(row.id, 0),
            )
            for row, member in repository.nodes(version.id)
        ]
        edges = [
            schemas.GraphEdge(abstraction=edge.abstraction_id, part=edge.part_id)
            for edge in repository.edges(version.id)
        ]
        return schemas.GraphOut(library=version.id, nodes=nodes, edges=edges)


@router.get(
    "/{library_id}/diff/{other_id}",
    operation_id="get_library_diff",
    dependencies=[READ],
    responses=documented(404, 422),
)
def get_library_diff(
    library_id: Identifier, other_id: Identifier, database: DatabaseDependency
) -> schemas.DiffOut:
    """What changed from one version to another, each by its id or content hash; both of one domain."""
    with database.read() as session:
        repository = LibraryRepository(session)
        before, after = repository.find(library_id), repository.find(other_id)
        try:
            found = diff(Library.from_json(before.snapshot), Library.from_json(after.snapshot))
        except LibraryError as error:
            raise Unprocessable(str(error)) from None
        return schemas.DiffOut.model_validate(found.to_json())


@router.get(
    "/{library_id}/export",
    operation_id="export_library",
    dependencies=[READ],
    response_class=Response,
    responses={**_EXPORTED, **documented(404, 422)},
)
def export_library(
    library_id: Identifier,
    database: DatabaseDependency,
    format: Annotated[schemas.ExportFormat, Query(description="In which form.")] = schemas.ExportFormat.JSON,
) -> Response:
    """One version as a file, as `wakesleep export` writes it."""
    with database.read() as session:
        version = LibraryRepository(session).find(library_id)
    # it goes into a header and onto a disk
    name = re.sub(r"[^A-Za-z0-9_.-]", "_", f"{version.domain}_library_{version.content_hash[:8]}")
    try:
        files = library_files(Library.from_json(version.snapshot), format, name)
    except LibraryError as error:
        raise Unprocessable(str(error)) from None
    if format is schemas.ExportFormat.PYTHON:
        return _file(_zipped(files), "application/zip", f"{name}.zip")
    return _file(files[name].encode(), "application/json", f"{name}_{format}.json")


def _zipped(files: dict[str, str]) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for path, text in files.items():
            packed.writestr(path, text)
    return archive.getvalue()


def _file(content: bytes, media_type: str, name: str) -> Response:
    """To be kept, not shown."""
    return Response(content, 200, {"Content-Disposition": f'attachment; filename="{name}"'}, media_type)


def first_seen(version: LibraryRow) -> schemas.FirstSeen:
    return schemas.FirstSeen(
        library=version.id, run=version.run_id, iteration=version.iteration, at=version.created_at
    )


def retirement_out(row: RetirementRow, sleep: SleepRow) -> schemas.Retirement:
    return schemas.Retirement(
        abstraction=schemas.AbstractionRef(id=row.abstraction_id, name=row.name),
        library=sleep.library_id,
        run=row.run_id,
        iteration=row.iteration,
        saving=row.saving,
        successor=row.successor_id,
    )


def _library_out(row: LibraryRow, size: int) -> schemas.LibraryOut:
    return schemas.LibraryOut(
        id=row.id,
        domain=row.domain,
        content_hash=row.content_hash,
        parent=row.parent_id,
        run=row.run_id,
        iteration=row.iteration,
        size=size,
        created_at=row.created_at,
    )


def _detail(session: Session, row: LibraryRow) -> schemas.LibraryDetail:
    repository = AbstractionRepository(session)
    members, uses = repository.members(row.id), repository.uses(row.id)
    learned_from = [abstraction["tasks"] for abstraction in row.snapshot["abstractions"]]
    return schemas.LibraryDetail(
        **_library_out(row, len(members)).model_dump(),
        abstractions=[
            schemas.AbstractionOut(
                id=abstraction.id,
                name=member.name,
                body=abstraction.body,
                python=member.python,
                type=abstraction.type,
                docstring=member.docstring,
                weight=member.weight,
                gain=member.gain,
                uses=None if uses is None else uses.get(abstraction.id, 0),
                tasks=learned_from[member.position],
                first_seen=first_seen(first),
            )
            for member, abstraction, first in members
        ],
        retired=[retirement_out(*found) for found in repository.retirements(library_id=row.id)],
    )
