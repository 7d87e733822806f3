"""Library versions, the abstractions that they hold, and how these are built on one another."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, UtcDateTime, new_id, now


class LibraryRow(Base):
    """A library version, immutable: its JSON snapshot and its content hash."""

    __tablename__ = "library_versions"
    __table_args__ = (UniqueConstraint("domain", "content_hash"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True, default=lambda: new_id("library"))
    domain: Mapped[str] = mapped_column(String(100))
    content_hash: Mapped[str] = mapped_column(String(64), index=True)
    snapshot: Mapped[dict[str, Any]] = mapped_column(JSON)
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("library_versions.id"))
    run_id: Mapped[str | None] = mapped_column(ForeignKey("runs.id", ondelete="SET NULL"))
    iteration: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class AbstractionRow(Base):
    """A learned function, known by its body within its domain. Name, docstring and Python form are those that
    it had in the version where it was first seen; they never change here. A part of another's body that no
    version lists is here too, without a name of its own.
    """

    __tablename__ = "abstractions"
    __table_args__ = (UniqueConstraint("domain", "body_hash"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True, default=lambda: new_id("abstraction"))
    domain: Mapped[str] = mapped_column(String(100))
    body: Mapped[str] = mapped_column(Text)
    body_hash: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
    type: Mapped[str] = mapped_column(Text)
    docstring: Mapped[str] = mapped_column(Text)
    python: Mapped[str] = mapped_column(Text)
    #: First seen: this version has the run, the iteration and the time.
    first_library_id: Mapped[str] = mapped_column(ForeignKey("library_versions.id"))


class PartRow(Base):
    """An edge of the abstraction DAG: the body of `abstraction_id` uses `part_id` directly. Bodies never
    change, so neither do edges.
    """

    __tablename__ = "abstraction_parts"

    abstraction_id: Mapped[str] = mapped_column(
        ForeignKey("abstractions.id", ondelete="CASCADE"), primary_key=True
    )
    part_id: Mapped[str] = mapped_column(ForeignKey("abstractions.id"), primary_key=True, index=True)


class MemberRow(Base):
    """An abstraction's place in a library version, written with the version and never changed.

    `weight` is its log θ. `gain`: the nats by which library and frontiers would be longer without it, as the
    sleep that made the version measured them; none where no sleep did.
    """

    __tablename__ = "library_members"
    __table_args__ = (UniqueConstraint("library_id", "position"),)

    library_id: Mapped[str] = mapped_column(
        ForeignKey("library_versions.id", ondelete="CASCADE"), primary_key=True
    )
    abstraction_id: Mapped[str] = mapped_column(ForeignKey("abstractions.id"), primary_key=True, index=True)
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(200))
    docstring: Mapped[str] = mapped_column(Text)
    python: Mapped[str] = mapped_column(Text)
    weight: Mapped[float]
    gain: Mapped[float | None]
