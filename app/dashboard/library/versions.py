"""Versions of the library: a domain's, newest first, and what changed between two."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from app.db.models import LibraryRow, MemberRow, RetirementRow, SleepRow
from app.errors import Unprocessable
from library.diff import LibraryDiff, diff
from library.snapshot import Abstraction, Library, LibraryError

_OTHER = aliased(MemberRow)


@dataclass(frozen=True)
class VersionLine:
    """A version as the list shows it; `added` beside its parent, `retired` by the sleeps that led to it."""

    id: str
    content_hash: str
    parent_id: str | None
    run_id: str | None
    iteration: int | None
    created_at: datetime
    size: int
    added: int
    retired: int


def versions_of(session: Session, domain: str, limit: int, after: str | None) -> list[VersionLine]:
    """Up to `limit` versions made before the one with id `after`, newest first."""
    size = select(func.count()).where(MemberRow.library_id == LibraryRow.id).scalar_subquery()
    kept = (
        select(func.count())
        .select_from(MemberRow)
        .join(_OTHER, _OTHER.abstraction_id == MemberRow.abstraction_id)
        .where(MemberRow.library_id == LibraryRow.id, _OTHER.library_id == LibraryRow.parent_id)
        .scalar_subquery()
    )
    retired = (
        select(func.count(RetirementRow.abstraction_id.distinct()))
        .join(
            SleepRow,
            (SleepRow.run_id == RetirementRow.run_id) & (SleepRow.iteration == RetirementRow.iteration),
        )
        .where(SleepRow.library_id == LibraryRow.id)
        .scalar_subquery()
    )
    query = select(
        LibraryRow.id,
        LibraryRow.content_hash,
        LibraryRow.parent_id,
        LibraryRow.run_id,
        LibraryRow.iteration,
        LibraryRow.created_at,
        size,
        size - kept,
        retired,
    ).where(LibraryRow.domain == domain)
    if after is not None:
        query = query.where(LibraryRow.id < after)
    return [VersionLine(*row) for row in session.execute(query.order_by(LibraryRow.id.desc()).limit(limit))]


def changes(before: LibraryRow, after: LibraryRow) -> LibraryDiff:
    """Raises Unprocessable for versions of two domains."""
    try:
        return diff(_stored(before), _stored(after))
    except LibraryError as error:
        raise Unprocessable(str(error)) from None


def _stored(row: LibraryRow) -> Library:
    """The version as it was checked when it was stored: to infer a thousand types anew takes longer than all
    else on the page."""
    abstractions = tuple(
        Abstraction(one["name"], one["body"], one["type"], one["docstring"], tuple(one["tasks"]))
        for one in row.snapshot["abstractions"]
    )
    return Library(row.domain, abstractions, tuple(row.snapshot["weights"]))
