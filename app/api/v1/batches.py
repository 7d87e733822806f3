"""/v1/batches: work on a file of requests, in the states and shapes of OpenAI's Batch API."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy.orm import Session

from app.api.access import READ, SUBMIT
from app.api.dependencies import After, DatabaseDependency, Identifier, ServicesDependency
from app.api.idempotency import OnceDependency
from app.api.problems import documented
from app.api.strict import StrictRoute
from app.api.v1 import batch_schemas as schemas
from app.db.models import BatchRow
from app.db.repositories import BatchRepository, FileRepository
from app.errors import Unprocessable

router = APIRouter(prefix="/v1/batches", tags=["batches"], route_class=StrictRoute)


@router.post(
    "",
    dependencies=[SUBMIT],
    operation_id="create_batch",
    summary="Start a batch",
    responses=documented(400, 404, 409, 413, 415, 422),
)
def create_batch(
    body: schemas.BatchIn, services: ServicesDependency, once: OnceDependency
) -> schemas.BatchOut:
    """Solve every line of a file. It is durable: once answered, it goes on even if the service is killed."""
    expiry = body.output_expires_after
    with services.database.write() as session:
        file = FileRepository(session).get(body.input_file_id)
        if file.purpose != "batch":
            raise Unprocessable(f'file {file.id} was made by a batch: upload one with the purpose "batch"')
        row = BatchRepository(session).add(
            file.id,
            body.endpoint,
            int(body.completion_window[:-1]),
            body.metadata,
            None if expiry is None else expiry.seconds,
        )
        answer = batch_out(session, row)
        once.keep(session, answer, 200)
    services.launcher.enqueue(row.id)
    return answer


@router.get(
    "", dependencies=[READ], operation_id="list_batches", summary="List batches", responses=documented(422)
)
def list_batches(
    database: DatabaseDependency,
    limit: Annotated[int, Query(ge=1, le=100, description="How many at most.")] = 20,
    after: After = None,
) -> schemas.BatchesOut:
    """The batches, newest first."""
    with database.read() as session:
        rows = BatchRepository(session).page(limit + 1, after)
        data = [batch_out(session, row) for row in rows[:limit]]
    return schemas.BatchesOut(
        data=data,
        first_id=data[0].id if data else None,
        last_id=data[-1].id if data else None,
        has_more=len(rows) > limit,
    )


@router.get(
    "/{batch_id}",
    dependencies=[READ],
    operation_id="get_batch",
    summary="Look at a batch",
    responses=documented(404, 422),
)
def get_batch(batch_id: Identifier, database: DatabaseDependency) -> schemas.BatchOut:
    """One batch: its state, how many of its requests are done, and its files once it has ended."""
    with database.read() as session:
        return batch_out(session, BatchRepository(session).get(batch_id))


@router.post(
    "/{batch_id}/cancel",
    dependencies=[SUBMIT],
    operation_id="cancel_batch",
    summary="Cancel a batch",
    responses=documented(404, 409, 422),
)
def cancel_batch(batch_id: Identifier, services: ServicesDependency) -> schemas.BatchOut:
    """End a batch early: what is done by then is in its output file, the rest in its error file."""
    with services.database.write() as session:
        answer = batch_out(session, BatchRepository(session).cancel(batch_id))
    services.launcher.enqueue(batch_id)
    return answer


def batch_out(session: Session, row: BatchRow) -> schemas.BatchOut:
    completed, failed = BatchRepository(session).counts(row)
    return schemas.BatchOut(
        id=row.id,
        endpoint=row.endpoint,
        errors=None if row.errors is None else schemas.BatchErrors.model_validate({"data": row.errors}),
        input_file_id=row.input_file_id,
        completion_window=row.completion_window,
        status=row.state,
        output_file_id=row.output_file_id,
        error_file_id=row.error_file_id,
        created_at=int(row.created_at.timestamp()),
        in_progress_at=_seconds(row.in_progress_at),
        expires_at=int(row.expires_at.timestamp()),
        finalizing_at=_seconds(row.finalizing_at),
        cancelling_at=_seconds(row.cancelling_at),
        completed_at=_ended(row, "completed"),
        failed_at=_ended(row, "failed"),
        expired_at=_ended(row, "expired"),
        cancelled_at=_ended(row, "cancelled"),
        request_counts=schemas.RequestCounts(total=row.total, completed=completed, failed=failed),
        metadata=row.labels,
    )


def _ended(row: BatchRow, state: str) -> int | None:
    return _seconds(row.ended_at) if row.state == state else None


def _seconds(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())
