"""What dream sleeps leave: a fit of the library's weights, versions of trained models, and dreams."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, UtcDateTime, new_id, now


class ModelRow(Base):
    """What one dream sleep left, as synthesis gave it: `record` has the prior's weights and the CPU seconds.
    The network and the adapter that it trained are in `model_versions`.
    """

    __tablename__ = "models"
    __table_args__ = (UniqueConstraint("run_id", "iteration"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True, default=lambda: new_id("model"))
    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    iteration: Mapped[int]
    library_id: Mapped[str | None] = mapped_column(ForeignKey("library_versions.id"))
    metrics: Mapped[dict[str, Any]] = mapped_column(JSON)
    record: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class VersionRow(Base):
    """A version of a model that a dream sleep trained: a "network", whose bytes are here, or an "adapter" of
    the language model, whose files are at `path`. Numbered from 1 within its domain and kind.

    It may be used if it was promoted and not retired since; `reason` says why it was retired. `parent_id`:
    the run's version in use before it. `data_hash`: over the dreams that it learned from, none where it
    wasn't taken. `metrics`: of its training.
    """

    __tablename__ = "model_versions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["run_id", "iteration"],
            ["models.run_id", "models.iteration"],
            name="fk_model_versions_models",
            ondelete="CASCADE",
        ),
        UniqueConstraint("run_id", "iteration", "kind"),
        UniqueConstraint("domain", "kind", "number"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True, default=lambda: new_id("version"))
    run_id: Mapped[str] = mapped_column(String(40))
    iteration: Mapped[int]
    domain: Mapped[str] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(String(20))
    number: Mapped[int]
    name: Mapped[str] = mapped_column(String(100))
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("model_versions.id", ondelete="SET NULL"))
    base: Mapped[str | None] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    data_hash: Mapped[str | None] = mapped_column(String(64))
    content: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    path: Mapped[str | None] = mapped_column(Text)
    metrics: Mapped[dict[str, Any]] = mapped_column(JSON)
    promoted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class DreamRow(Base):
    """A dream that a sleep kept: a task, and the program that made or solved it.

    `source` is "fantasy", "replay" or "hindsight"; `log_prior` is in nats, none where it isn't finite.
    """

    __tablename__ = "dreams"
    __table_args__ = (
        UniqueConstraint("run_id", "iteration", "position"),
        Index("ix_dreams_run_id_id", "run_id", "id"),
        Index("ix_dreams_run_id_source_id", "run_id", "source", "id"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True, default=lambda: new_id("dream"))
    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    iteration: Mapped[int]
    position: Mapped[int]
    source: Mapped[str] = mapped_column(String(20))
    request: Mapped[str] = mapped_column(Text)
    program: Mapped[str] = mapped_column(Text)
    log_prior: Mapped[float | None]
    held_out: Mapped[bool]
    examples: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
