"""Files, and batches of requests that a file brings."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, UtcDateTime, new_id, now

BATCH_STATES = (
    "validating",
    "in_progress",
    "finalizing",
    "completed",
    "failed",
    "expired",
    "cancelling",
    "cancelled",
)
#: States of a batch that nothing changes any more.
BATCH_ENDED = ("completed", "failed", "expired", "cancelled")


class FileRow(Base):
    """A file that was uploaded (purpose `batch`) or that a batch made (`batch_output`)."""

    __tablename__ = "files"

    id: Mapped[str] = mapped_column(String(40), primary_key=True, default=lambda: new_id("file"))
    filename: Mapped[str] = mapped_column(String(255))
    purpose: Mapped[str] = mapped_column(String(40))
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)


class FilePartRow(Base):
    """A piece of a file. All but the last have the same size, so that a place in the file says its part."""

    __tablename__ = "file_parts"

    file_id: Mapped[str] = mapped_column(ForeignKey("files.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class BatchRow(Base):
    """A batch. `completed` and `failed` are counted when it ends; until then its results say them."""

    __tablename__ = "batches"

    id: Mapped[str] = mapped_column(String(40), primary_key=True, default=lambda: new_id("batch"))
    endpoint: Mapped[str] = mapped_column(String(100))
    completion_window: Mapped[str] = mapped_column(String(20))
    #: No foreign keys: a batch outlives its files.
    input_file_id: Mapped[str] = mapped_column(String(64), index=True)
    output_file_id: Mapped[str | None] = mapped_column(String(40))
    error_file_id: Mapped[str | None] = mapped_column(String(40))
    #: Seconds that the output and error files are kept; none: until they are deleted.
    output_seconds: Mapped[int | None]
    state: Mapped[str] = mapped_column(String(20), default="validating", index=True)
    labels: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))
    errors: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))
    #: How many workflows share its chunks; each chunk is one lane's.
    lanes: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    completed: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    in_progress_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancelling_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finalizing_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ChunkRow(Base):
    """Some consecutive lines of a batch's input file, and where they lie in it (bytes)."""

    __tablename__ = "batch_chunks"

    batch_id: Mapped[str] = mapped_column(ForeignKey("batches.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    lane: Mapped[int]
    first_line: Mapped[int]
    offset: Mapped[int] = mapped_column(BigInteger)
    length: Mapped[int] = mapped_column(BigInteger)
    done: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (Index("ix_batch_chunks_undone", "batch_id", "done", "lane", "number"),)


class ResultRow(Base):
    """The answer to one line, there once however often the line is solved; gone when the batch has its files.
    `answer` is the output file's line; `ok` says whether it belongs there or in the error file."""

    __tablename__ = "batch_results"

    batch_id: Mapped[str] = mapped_column(ForeignKey("batches.id", ondelete="CASCADE"), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    ok: Mapped[bool]
    answer: Mapped[str] = mapped_column(Text)

    __table_args__ = (Index("ix_batch_results_batch_id_ok", "batch_id", "ok"),)
