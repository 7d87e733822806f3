"""Files in the database, in parts of one size: no machine's disk, so that every worker sees them, and never
a whole file in memory."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import BinaryIO

from sqlalchemy import delete, func, insert, or_, select
from sqlalchemy.orm import Session

from app.db.base import now
from app.db.models import BATCH_ENDED, BatchRow, FilePartRow, FileRow
from app.db.session import Database
from app.errors import Conflict, NotFound

PART_BYTES = 1 << 18
DRAFT = "draft"
"""The purpose of a file that isn't complete."""
_PARTS_AT_ONCE = 4


class FileWriter:
    """A file in the making: a draft, which nobody sees, that grows in short transactions, however much is
    written to it. `publish` makes it a file; a draft whose maker died is swept after a day."""

    def __init__(self, database: Database, filename: str) -> None:
        self.database = database
        self._pending = bytearray()
        self._position = 0
        self._size = 0
        with database.write() as session:
            row = FileRow(filename=filename, purpose=DRAFT, expires_at=now() + timedelta(days=1))
            session.add(row)
            session.flush()
            self.id = row.id

    def write(self, content: bytes) -> None:
        self._pending += content
        if len(self._pending) >= _PARTS_AT_ONCE * PART_BYTES:
            self._store(len(self._pending) // PART_BYTES * PART_BYTES)

    def copy(self, source: BinaryIO) -> None:
        """Write what `source` still holds."""
        while content := source.read(PART_BYTES):
            self.write(content)

    def finish(self) -> None:
        """Nothing will be written any more."""
        self._store(len(self._pending))

    def publish(self, session: Session, purpose: str, seconds: int | None) -> FileRow:
        """Make the finished draft a file, in the transaction of `session`; kept for so many seconds, or until
        it is deleted."""
        row = session.get_one(FileRow, self.id)
        row.purpose, row.size, row.created_at = purpose, self._size, now()
        row.expires_at = None if seconds is None else row.created_at + timedelta(seconds=seconds)
        return row

    def discard(self) -> None:
        with self.database.write() as session:
            session.execute(delete(FileRow).where(FileRow.id == self.id))

    def _store(self, size: int) -> None:
        parts = [
            {
                "file_id": self.id,
                "position": self._position + number,
                "content": bytes(self._pending[start : min(size, start + PART_BYTES)]),
            }
            for number, start in enumerate(range(0, size, PART_BYTES))
        ]
        if parts:
            with self.database.write() as session:
                session.execute(insert(FilePartRow), parts)
            self._position += len(parts)
            self._size += size
            del self._pending[:size]


class FileRepository:
    def __init__(self, session: Session) -> None:
        self.session = session

    def get(self, file_id: str) -> FileRow:
        """Raises NotFound, for files whose time is up too."""
        row = self.session.get(FileRow, file_id)
        expired = row is not None and row.expires_at is not None and row.expires_at <= now()
        if row is None or expired or row.purpose == DRAFT:
            raise NotFound(f"there is no file {file_id!r}")
        return row

    def page(self, limit: int, after: str | None, oldest_first: bool, purpose: str | None) -> list[FileRow]:
        """Up to `limit` files after the one with id `after`, in the order of their making or against it."""
        there = or_(FileRow.expires_at.is_(None), FileRow.expires_at > now())
        query = select(FileRow).where(FileRow.purpose != DRAFT, there)
        if purpose is not None:
            query = query.where(FileRow.purpose == purpose)
        if after is not None:
            query = query.where(FileRow.id > after if oldest_first else FileRow.id < after)
        order = FileRow.id if oldest_first else FileRow.id.desc()
        return list(self.session.scalars(query.order_by(order).limit(limit)))

    def delete(self, file_id: str) -> None:
        """Raises NotFound, and Conflict while a batch reads it."""
        row = self.get(file_id)
        reading = select(BatchRow.id).where(BatchRow.state.not_in(BATCH_ENDED))
        reader = self.session.scalar(reading.where(BatchRow.input_file_id == file_id).limit(1))
        if reader is not None:
            raise Conflict(
                f"batch {reader} is working on this file: cancel it first, or wait until it ends",
                batch=reader,
            )
        self.session.delete(row)

    def sweep(self, moment: datetime) -> None:
        """Delete what expired before `moment`, but for files that a batch still reads."""
        expired = (
            FileRow.expires_at <= moment,
            FileRow.id.not_in(select(BatchRow.input_file_id).where(BatchRow.state.not_in(BATCH_ENDED))),
        )
        self.session.execute(delete(FileRow).where(*expired))

    def part(self, file_id: str, position: int) -> bytes:
        """One part; none at all after the last."""
        query = select(FilePartRow.content).where(
            FilePartRow.file_id == file_id, FilePartRow.position == position
        )
        return self.session.scalar(query) or b""

    def read(self, file_id: str, offset: int, length: int) -> bytes:
        """The `length` bytes from `offset` on."""
        content = bytearray()
        while len(content) < length:
            position, start = divmod(offset + len(content), PART_BYTES)
            # substr: the database hands out what is asked for, not the part around it
            query = select(func.substr(FilePartRow.content, start + 1, length - len(content))).where(
                FilePartRow.file_id == file_id, FilePartRow.position == position
            )
            piece = self.session.scalar(query)
            if not piece:
                raise NotFound(f"file {file_id!r} ends before byte {offset + length}")
            content += piece
        return bytes(content)


def parts_of(database: Database, file_id: str) -> Iterator[bytes]:
    """A file's parts, each read in a transaction of its own: whoever is slow keeps none open."""
    position = 0
    while True:
        with database.read() as session:
            content = FileRepository(session).part(file_id, position)
        if not content:
            return
        yield content
        position += 1
