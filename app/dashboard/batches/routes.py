"""The page of batches, and what can be done there: upload a file and start a batch of it, cancel one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import anyio
from fastapi import APIRouter, Request
from pydantic import ValidationError
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from app.api.access import READ, SUBMIT
from app.api.dependencies import Identifier, Services, ServicesDependency
from app.api.strict import TooLarge
from app.api.uploads import Upload, read_form, uploaded
from app.api.v1.batch_schemas import BatchIn
from app.dashboard.filters import ID, chosen
from app.dashboard.forms import Form, check_token
from app.dashboard.pages import render
from app.dashboard.routes import PageRoute
from app.db.base import now
from app.db.models import BATCH_ENDED, BatchRow
from app.db.repositories import BatchRepository, FileRepository, FileWriter
from app.errors import Conflict, NotFound, Unprocessable

router = APIRouter(include_in_schema=False, route_class=PageRoute)

_SHOWN = 20
_ENDPOINT = "/v1/tasks/solve"
_HOURS = "24"


@dataclass(frozen=True)
class ShownBatch:
    """`input`, `output`, `errors`: of its files, those that are still there."""

    row: BatchRow
    completed: int
    failed: int
    input: str | None
    output: str | None
    errors: str | None

    @property
    def active(self) -> bool:
        return self.row.state not in BATCH_ENDED

    @property
    def done(self) -> float:
        """Percent of its requests that are answered."""
        return 100 * (self.completed + self.failed) / self.row.total if self.row.total else 0.0

    @property
    def well(self) -> float:
        """Percent answered with a result."""
        return 100 * self.completed / self.row.total if self.row.total else 0.0


@router.get("/batches", dependencies=[READ])
def batches_page(request: Request, services: ServicesDependency) -> Response:
    """The batches, newest first; for htmx their table."""
    after, made = chosen(request, "after", ID), chosen(request, "made", ID)
    fragment = "HX-Request" in request.headers
    values = _values(services, after) | {"made": made}
    return render("batches/table.html" if fragment else "batches/batches.html", **values)


@router.post("/batches", dependencies=[SUBMIT])
async def start_batch(request: Request, services: ServicesDependency) -> Response:
    """Store the file of the form and start a batch of it."""
    try:
        form = await read_form(request, services.settings.max_file_bytes)
    except TooLarge as error:
        return await anyio.to_thread.run_sync(_refused, services, {"file": error.detail}, {}, error.status)
    try:
        token = form.get("token", "")
        check_token(request, token if isinstance(token, str) else "")
        typed = {name: value for name, value in form.items() if isinstance(value, str)}
        return await anyio.to_thread.run_sync(_start, services, form, typed)
    finally:
        await form.close()


@router.post("/batches/{batch_id}/cancel", dependencies=[SUBMIT])
def cancel_batch(batch_id: Identifier, _form: Form, services: ServicesDependency) -> Response:
    """End a batch early. One that ended meanwhile stays as it ended."""
    with services.database.write() as session:
        try:
            BatchRepository(session).cancel(batch_id)
        except Conflict:
            return RedirectResponse("/batches", 303)
    services.launcher.enqueue(batch_id)
    return RedirectResponse("/batches", 303)


def _start(services: Services, form: Any, typed: dict[str, str]) -> Response:
    problems: dict[str, str] = {}
    upload: Upload | None = None
    try:
        upload = uploaded(form, "file")
    except Unprocessable as error:
        empty = "empty" in error.detail and getattr(form.get("file"), "filename", "")
        problems["file"] = "the file is empty" if empty else "choose a file of JSON lines"
    hours, project = typed.get("hours", _HOURS).strip(), typed.get("project", "").strip()
    try:
        asked = BatchIn(
            input_file_id="file",
            endpoint=_ENDPOINT,
            completion_window=f"{hours}h",
            metadata={"project": project} if project else None,
        )
    except ValidationError as error:
        places = {str(entry["loc"][0]) for entry in error.errors()}
        if "completion_window" in places:
            problems["hours"] = "whole hours, from 1 to 999"
        if "metadata" in places:
            problems["project"] = "at most 512 characters"
        asked = None
    if upload is None or asked is None or problems:
        return _refused(services, problems, typed, 422)
    file_id = _stored(services, upload)
    with services.database.write() as session:
        row = BatchRepository(session).add(file_id, _ENDPOINT, int(hours), asked.metadata, None)
    services.launcher.enqueue(row.id)
    return RedirectResponse(f"/batches?made={row.id}", 303)


def _stored(services: Services, upload: Upload) -> str:
    with services.database.write() as session:
        FileRepository(session).sweep(now())
    draft = FileWriter(services.database, upload.filename)
    draft.copy(upload.content)
    draft.finish()
    with services.database.write() as session:
        return draft.publish(session, "batch", None).id


def _refused(services: Services, problems: dict[str, str], typed: dict[str, str], status: int) -> Response:
    values = _values(services, None) | {"made": None, "problems": problems, "typed": typed}
    return render("batches/batches.html", status, **values)


def _values(services: Services, after: str | None) -> dict[str, Any]:
    with services.database.read() as session:
        rows = BatchRepository(session).page(_SHOWN + 1, after)
        batches = [_shown(session, row) for row in rows[:_SHOWN]]
    return {
        "batches": batches,
        "active": any(batch.active for batch in batches),
        "following": rows[_SHOWN - 1].id if len(rows) > _SHOWN else None,
        "after": after,
        "problems": {},
        "typed": {},
        "max_bytes": services.settings.max_file_bytes,
    }


def _shown(session: Session, row: BatchRow) -> ShownBatch:
    completed, failed = BatchRepository(session).counts(row)
    files = [_there(session, file) for file in (row.input_file_id, row.output_file_id, row.error_file_id)]
    return ShownBatch(row, completed, failed, *files)


def _there(session: Session, file_id: str | None) -> str | None:
    """The file's id, if it is still there."""
    if file_id is None:
        return None
    try:
        return FileRepository(session).get(file_id).id
    except NotFound:
        return None
