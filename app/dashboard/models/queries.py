"""Versions of models as the pages list them, newest first, and the points of their training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from app.db.models import EventRow, RunRow, VersionRow

Kind = Literal["", "network", "adapter"]
Decision = Literal["", "promoted", "refused", "retired"]
KINDS: dict[Kind, str] = {"network": "recognition networks", "adapter": "adapters of the language model"}
#: What became of a version, as a list is narrowed to it.
DECISIONS: dict[Decision, str] = {"promoted": "promoted", "refused": "not promoted", "retired": "rolled back"}
#: A training's events, by the kind that it trains.
_EVENTS = {"network": "training", "adapter": "tuning"}


@dataclass(frozen=True)
class Wanted:
    """Which versions; an empty text: whatever it is."""

    domain: str = ""
    run: str = ""
    kind: Kind = ""
    decision: Decision = ""

    @property
    def narrowed(self) -> bool:
        return bool(self.domain or self.run or self.kind or self.decision)


def versions(session: Session, wanted: Wanted, limit: int, after: str | None) -> list[VersionRow]:
    """Up to `limit` versions made before the one with id `after`, newest first."""
    query = select(VersionRow).order_by(VersionRow.id.desc()).limit(limit)
    if after is not None:
        query = query.where(VersionRow.id < after)
    if wanted.domain:
        query = query.where(VersionRow.domain == wanted.domain)
    if wanted.run:
        query = query.where(VersionRow.run_id == wanted.run)
    if wanted.kind:
        query = query.where(VersionRow.kind == wanted.kind)
    match wanted.decision:
        case "promoted":
            query = query.where(VersionRow.promoted_at.is_not(None), VersionRow.retired_at.is_(None))
        case "refused":
            query = query.where(VersionRow.promoted_at.is_(None), VersionRow.retired_at.is_(None))
        case "retired":
            query = query.where(VersionRow.retired_at.is_not(None))
    return list(session.scalars(query))


def domains(session: Session) -> list[str]:
    """Those that have versions."""
    return list(session.scalars(select(VersionRow.domain).distinct().order_by(VersionRow.domain)))


def labels(session: Session, rows: list[VersionRow]) -> dict[str, str]:
    """What the runs of these versions are called, by their ids."""
    ids = {row.run_id for row in rows}
    query = select(RunRow.id, RunRow.label).where(RunRow.id.in_(ids))
    return {id: label or id for id, label in session.execute(query)}


def training(session: Session, row: VersionRow) -> list[dict[str, Any]]:
    """The points of its training, in order, as the training gave them."""
    query = (
        select(EventRow.data)
        .where(
            and_(EventRow.run_id == row.run_id, EventRow.type == _EVENTS[row.kind]),
            EventRow.data["iteration"].as_integer() == row.iteration,
        )
        .order_by(EventRow.sequence)
    )
    return list(session.scalars(query))
