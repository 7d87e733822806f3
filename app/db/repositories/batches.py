"""Batches, the chunks of their lines, and the answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from app.db.base import now
from app.db.models import BATCH_ENDED, BatchRow, ChunkRow, ResultRow
from app.db.repositories.upsert import insert_many_once, insert_once
from app.errors import Conflict, NotFound

if TYPE_CHECKING:  # the reader needs the API's JSON, which needs repositories
    from app.batches.reading import Chunk


class BatchRepository:
    def __init__(self, session: Session) -> None:
        self.session = session

    def add(
        self,
        file_id: str,
        endpoint: str,
        hours: int,
        labels: dict[str, str] | None,
        output_seconds: int | None,
    ) -> BatchRow:
        made = now()
        row = BatchRow(
            input_file_id=file_id,
            endpoint=endpoint,
            completion_window=f"{hours}h",
            labels=labels,
            output_seconds=output_seconds,
            created_at=made,
            expires_at=made + timedelta(hours=hours),
        )
        self.session.add(row)
        self.session.flush()
        return row

    def get(self, batch_id: str) -> BatchRow:
        """Raises NotFound."""
        row = self.session.get(BatchRow, batch_id)
        if row is None:
            raise NotFound(f"there is no batch {batch_id!r}")
        return row

    def locked(self, batch_id: str) -> BatchRow:
        """The batch, as it is now, until the transaction ends. SQLite has one writer anyway."""
        query = select(BatchRow).where(BatchRow.id == batch_id).with_for_update()
        return self.session.scalars(query.execution_options(populate_existing=True)).one()

    def page(self, limit: int, after: str | None) -> list[BatchRow]:
        """Up to `limit` batches made before the one with id `after`, newest first."""
        query = select(BatchRow).order_by(BatchRow.id.desc()).limit(limit)
        return list(self.session.scalars(query if after is None else query.where(BatchRow.id < after)))

    def unsettled(self) -> list[BatchRow]:
        """Batches that some workflow should be carrying."""
        query = select(BatchRow).where(BatchRow.state.not_in(BATCH_ENDED)).order_by(BatchRow.id)
        return list(self.session.scalars(query))

    def counts(self, row: BatchRow) -> tuple[int, int]:
        """Lines answered well, and lines that failed."""
        if row.state in BATCH_ENDED:
            return row.completed, row.failed
        query = select(ResultRow.ok, func.count().label("lines")).where(ResultRow.batch_id == row.id)
        counted = {row.ok: row.lines for row in self.session.execute(query.group_by(ResultRow.ok))}
        return counted.get(True, 0), counted.get(False, 0)

    def refuse(self, batch_id: str, errors: Sequence[dict[str, Any]]) -> None:
        """The file can't be worked on: nothing of it will be, and `errors` say why."""
        row = self.locked(batch_id)
        if row.state == "validating":
            row.state, row.errors, row.ended_at = "failed", list(errors), now()

    def admit(self, batch_id: str, chunks: Sequence[Chunk], lanes: int) -> None:
        """The file is in order and this is how it is divided: from here on it is in progress."""
        row = self.locked(batch_id)
        if row.state == "validating":
            rows = [
                {
                    "batch_id": batch_id,
                    "number": chunk.number,
                    "lane": chunk.number % lanes,
                    "first_line": chunk.first_line,
                    "offset": chunk.offset,
                    "length": chunk.length,
                    "done": False,
                }
                for chunk in chunks
            ]
            insert_many_once(self.session, ChunkRow, rows, ("batch_id", "number"))
            row.state, row.in_progress_at = "in_progress", now()
            row.total, row.lanes = sum(chunk.lines for chunk in chunks), lanes

    def cancel(self, batch_id: str) -> BatchRow:
        """Raises NotFound, and Conflict where it has ended already. Cancelling twice is cancelling."""
        self.get(batch_id)
        row = self.locked(batch_id)
        if row.state in (*BATCH_ENDED, "finalizing"):
            raise Conflict(f"batch {batch_id} is {row.state}: it can't be cancelled now", state=row.state)
        if row.state != "cancelling":
            row.state, row.cancelling_at = "cancelling", now()
        return row

    def close(self, batch_id: str) -> bool:
        """Take no answers any more where nothing is left to do, the batch was cancelled, or its time is up;
        whether it is now for `end_batch` to end it."""
        row = self.locked(batch_id)
        if row.state == "in_progress" and (not self.undone(batch_id) or row.expires_at <= now()):
            row.state = "finalizing"
        if row.state in ("finalizing", "cancelling"):
            row.finalizing_at = row.finalizing_at or now()
            return True
        return False

    def next_chunk(self, batch_id: str, lane: int) -> ChunkRow | None:
        """The lane's first chunk that isn't done."""
        query = select(ChunkRow).where(
            ChunkRow.batch_id == batch_id, ChunkRow.done.is_(False), ChunkRow.lane == lane
        )
        return self.session.scalar(query.order_by(ChunkRow.number).limit(1))

    def undone(self, batch_id: str) -> bool:
        query = select(ChunkRow.number).where(ChunkRow.batch_id == batch_id, ChunkRow.done.is_(False))
        return self.session.scalar(query.limit(1)) is not None

    def chunk_done(self, batch_id: str, number: int) -> None:
        chosen = ChunkRow.batch_id == batch_id, ChunkRow.number == number
        self.session.execute(update(ChunkRow).where(*chosen).values(done=True))

    def answered(self, batch_id: str, first_line: int, last_line: int) -> set[int]:
        """Which of these lines have their answer."""
        query = select(ResultRow.line).where(
            ResultRow.batch_id == batch_id, ResultRow.line.between(first_line, last_line)
        )
        return set(self.session.scalars(query))

    def record(self, batch_id: str, line: int, ok: bool, answer: str) -> None:
        """Keep a line's answer, unless it has one, or the batch takes none any more."""
        share = select(BatchRow.finalizing_at).where(BatchRow.id == batch_id).with_for_update(read=True)
        if self.session.execute(share).one() == (None,):
            values = {"batch_id": batch_id, "line": line, "ok": ok, "answer": answer}
            insert_once(self.session, ResultRow, values, ("batch_id", "line"))

    def results(self, batch_id: str, after: int, limit: int) -> list[ResultRow]:
        """Up to `limit` answers of lines after `after`, in their order."""
        query = select(ResultRow).where(ResultRow.batch_id == batch_id, ResultRow.line > after)
        return list(self.session.scalars(query.order_by(ResultRow.line).limit(limit)))

    def forget(self, batch_id: str) -> None:
        """Drop the answers and chunks of a batch that has its files."""
        self.session.execute(delete(ResultRow).where(ResultRow.batch_id == batch_id))
        self.session.execute(delete(ChunkRow).where(ChunkRow.batch_id == batch_id))
