"""Library versions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.db.base import new_id, now
from app.db.models import LibraryRow, SleepRow
from app.db.repositories.abstractions import AbstractionRepository
from app.db.repositories.upsert import insert_once
from app.errors import NotFound
from library.snapshot import Library


class LibraryRepository:
    def __init__(self, session: Session) -> None:
        self.session = session

    def store(
        self,
        library: Library,
        parent_id: str | None = None,
        run_id: str | None = None,
        iteration: int | None = None,
        gains: Mapping[str, float] | None = None,
    ) -> LibraryRow:
        """This version's row, written with its members if it is new. The same content is the same version,
        whoever learned it first. `gains`: nats by the abstraction's name, where they were measured.
        """
        values: dict[str, Any] = {
            "id": new_id("library"),
            "domain": library.domain,
            "content_hash": library.content_hash,
            "snapshot": library.to_json(),
            "parent_id": parent_id,
            "run_id": run_id,
            "iteration": iteration,
            "created_at": now(),
        }
        new = insert_once(self.session, LibraryRow, values, ("domain", "content_hash"))
        query = select(LibraryRow).where(
            LibraryRow.domain == library.domain, LibraryRow.content_hash == library.content_hash
        )
        row = self.session.scalars(query).one()
        if new:
            AbstractionRepository(self.session).hold(row, library, gains or {})
        return row

    def find(self, reference: str) -> LibraryRow:
        """By id, content hash, or a beginning of the hash, 8 characters or more. Raises NotFound."""
        exact = or_(LibraryRow.id == reference, LibraryRow.content_hash == reference)
        row = self.session.scalars(select(LibraryRow).where(exact).limit(1)).first()
        if row is None and len(reference) >= 8:
            query = (
                select(LibraryRow)
                .where(LibraryRow.content_hash.startswith(reference, autoescape=True))
                .limit(2)
            )
            rows = list(self.session.scalars(query))
            row = rows[0] if len(rows) == 1 else None
        if row is None:
            raise NotFound(f"there is no library version {reference!r}")
        return row

    def current(self, domain: str) -> LibraryRow | None:
        """The version that the domain's newest sleep led to; it may be an older one, found again."""
        query = select(LibraryRow).join(SleepRow, SleepRow.library_id == LibraryRow.id)
        newest = query.where(LibraryRow.domain == domain).order_by(SleepRow.created_at.desc()).limit(1)
        return self.session.scalar(newest)

    def page(self, limit: int, after: str | None, domain: str | None) -> list[LibraryRow]:
        """Up to `limit` versions made after the one with id `after`, oldest first."""
        query = select(LibraryRow).order_by(LibraryRow.id).limit(limit)
        if after is not None:
            query = query.where(LibraryRow.id > after)
        if domain is not None:
            query = query.where(LibraryRow.domain == domain)
        return list(self.session.scalars(query))
