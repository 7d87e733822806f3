"""/v1/files: upload, list, look at, download and delete files, as OpenAI's clients do it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import anyio
from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse

from app.api.access import READ, SUBMIT
from app.api.dependencies import After, DatabaseDependency, Identifier, ServicesDependency
from app.api.problems import documented
from app.api.uploads import Upload, read_form, uploaded
from app.api.v1 import batch_schemas as schemas
from app.db.base import now
from app.db.models import FileRow
from app.db.repositories import FileRepository, FileWriter
from app.db.repositories.files import parts_of
from app.db.session import Database
from app.errors import Unprocessable

router = APIRouter(prefix="/v1/files", tags=["files"])

_FORM: dict[str, Any] = {
    "type": "object",
    "required": ["file", "purpose"],
    "properties": {
        "file": {"type": "string", "format": "binary", "description": "JSON lines, one request each."},
        "purpose": {"type": "string", "enum": ["batch"]},
        "expires_after[anchor]": {"type": "string", "enum": ["created_at"]},
        "expires_after[seconds]": {
            "type": "integer",
            "minimum": 3600,
            "maximum": 2_592_000,
            "examples": [86_400],
        },
    },
}
_SECONDS = range(3600, 2_592_001)


@router.post(
    "",
    dependencies=[SUBMIT],
    operation_id="create_file",
    summary="Upload a file",
    responses=documented(400, 413, 415, 422),
    openapi_extra={
        "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": _FORM}}},
    },
)
async def create_file(request: Request, services: ServicesDependency) -> schemas.FileObject:
    """Store a file of JSON lines for a batch. Its lines are checked when a batch is made of it."""
    form = await read_form(request, services.settings.max_file_bytes)
    try:
        return await anyio.to_thread.run_sync(_store, services.database, uploaded(form, "file"))
    finally:
        await form.close()


def _store(database: Database, upload: Upload) -> schemas.FileObject:
    if upload.fields.get("purpose") != "batch":
        raise Unprocessable("the field 'purpose' has to be \"batch\": files are kept for batches only")
    seconds = _expiry(upload.fields)
    with database.write() as session:
        FileRepository(session).sweep(now())
    draft = FileWriter(database, upload.filename)
    draft.copy(upload.content)
    draft.finish()
    with database.write() as session:
        return file_out(draft.publish(session, "batch", seconds))


def _expiry(fields: dict[str, str]) -> int | None:
    anchor, seconds = (fields.get(f"expires_after[{name}]") for name in ("anchor", "seconds"))
    if anchor is None and seconds is None:
        return None
    if anchor != "created_at" or seconds is None or not (seconds.isascii() and seconds.isdigit()):
        raise Unprocessable('expires_after takes an anchor, "created_at", and seconds, an integer')
    if len(seconds) > 9 or int(seconds) not in _SECONDS:
        raise Unprocessable(f"expires_after takes {_SECONDS[0]} to {_SECONDS[-1]} seconds")
    return int(seconds)


@router.get(
    "", dependencies=[READ], operation_id="list_files", summary="List files", responses=documented(422)
)
def list_files(
    database: DatabaseDependency,
    limit: Annotated[int, Query(ge=1, le=10_000, description="How many at most.")] = 10_000,
    after: After = None,
    order: Annotated[Literal["asc", "desc"], Query(description="By the time of their making.")] = "desc",
    purpose: Annotated[str | None, Query(pattern="^[a-z_-]{1,40}$", description="Only such files.")] = None,
) -> schemas.FilesOut:
    """The files, newest first."""
    with database.read() as session:
        rows = FileRepository(session).page(limit + 1, after, order == "asc", purpose)
    data = [file_out(row) for row in rows[:limit]]
    return schemas.FilesOut(
        data=data,
        first_id=data[0].id if data else None,
        last_id=data[-1].id if data else None,
        has_more=len(rows) > limit,
    )


@router.get(
    "/{file_id}",
    dependencies=[READ],
    operation_id="get_file",
    summary="Look at a file",
    responses=documented(404, 422),
)
def get_file(file_id: Identifier, database: DatabaseDependency) -> schemas.FileObject:
    """What is known of one file."""
    with database.read() as session:
        return file_out(FileRepository(session).get(file_id))


@router.get(
    "/{file_id}/content",
    dependencies=[READ],
    operation_id="get_file_content",
    summary="Download a file",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "The file's bytes",
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        },
        **documented(404, 422),
    },
)
def get_file_content(file_id: Identifier, database: DatabaseDependency) -> StreamingResponse:
    """The file as it was uploaded, or as a batch wrote it."""
    with database.read() as session:
        row = FileRepository(session).get(file_id)
    return StreamingResponse(
        parts_of(database, file_id),
        media_type="application/octet-stream",
        headers={"Content-Length": str(row.size)},
    )


@router.delete(
    "/{file_id}",
    dependencies=[SUBMIT],
    operation_id="delete_file",
    summary="Delete a file",
    responses=documented(404, 409, 422),
)
def delete_file(file_id: Identifier, database: DatabaseDependency) -> schemas.FileDeleted:
    """Forget a file. 409 while a batch reads it."""
    with database.write() as session:
        FileRepository(session).delete(file_id)
    return schemas.FileDeleted(id=file_id)


def file_out(row: FileRow) -> schemas.FileObject:
    return schemas.FileObject(
        id=row.id,
        bytes=row.size,
        created_at=seconds_of(row.created_at),
        expires_at=None if row.expires_at is None else seconds_of(row.expires_at),
        filename=row.filename,
        purpose=row.purpose,
    )


def seconds_of(moment: datetime) -> int:
    return int(moment.timestamp())
