"""Dreams: what a model could learn from, kept to be looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session

from app.db.base import new_id, now
from app.db.models import DreamRow, RunRow, SleepRow
from app.db.repositories.upsert import insert_many_once
from app.errors import NotFound
from synthesis.report import DreamRecord, finite


@dataclass(frozen=True)
class Found:
    """A dream, its domain, and the id of the library version that it was dreamed from: none for a run's first
    dreams, of the domain's primitives alone.
    """

    row: DreamRow
    domain: str
    library_id: str | None


@dataclass(frozen=True)
class DreamFilter:
    """Which dreams; None: whatever it is. `request` is canonical type text."""

    run_id: str | None = None
    iteration: int | None = None
    source: str | None = None
    request: str | None = None


class DreamRepository:
    def __init__(self, session: Session) -> None:
        self.session = session

    def add(self, run_id: str, iteration: int, dreams: Sequence[DreamRecord]) -> None:
        """Keep those whose positions the sleep has none at yet."""
        made = now()
        rows = [
            {
                "id": new_id("dream"),
                "run_id": run_id,
                "iteration": iteration,
                "position": dream.position,
                "source": dream.source,
                "request": dream.request,
                "program": dream.program,
                "log_prior": finite(dream.log_prior),
                "held_out": dream.held_out,
                "examples": [finite(dict(example)) for example in dream.examples],
                "created_at": made,
            }
            for dream in dreams
        ]
        insert_many_once(self.session, DreamRow, rows, ("run_id", "iteration", "position"))

    def get(self, dream_id: str) -> Found:
        """Raises NotFound."""
        found = self.session.execute(_found().where(DreamRow.id == dream_id)).first()
        if found is None:
            raise NotFound(f"there is no dream {dream_id!r}")
        return Found(*found)

    def sources(self, run_id: str) -> dict[str, int]:
        """How many dreams of each source a run kept."""
        query = select(DreamRow.source, func.count()).where(DreamRow.run_id == run_id)
        return dict(self.session.execute(query.group_by(DreamRow.source)).all())

    def page(self, limit: int, after: str | None, wanted: DreamFilter) -> list[Found]:
        """Up to `limit` dreams kept after the one with id `after`, in the order of keeping."""
        query = _found().order_by(DreamRow.id).limit(limit)
        if after is not None:
            query = query.where(DreamRow.id > after)
        if wanted.run_id is not None:
            query = query.where(DreamRow.run_id == wanted.run_id)
        if wanted.iteration is not None:
            query = query.where(DreamRow.iteration == wanted.iteration)
        if wanted.source is not None:
            query = query.where(DreamRow.source == wanted.source)
        if wanted.request is not None:
            query = query.where(DreamRow.request == wanted.request)
        return [Found(*found) for found in self.session.execute(query)]

    def count(self, run_id: str, iteration: int) -> int:
        """How many dreams this sleep kept."""
        query = select(func.count()).where(DreamRow.run_id == run_id, DreamRow.iteration == iteration)
        return self.session.scalar(query) or 0


def _found() -> Select[DreamRow, str, str]:
    slept = and_(SleepRow.run_id == DreamRow.run_id, SleepRow.iteration == DreamRow.iteration)
    return (
        select(DreamRow, RunRow.domain, SleepRow.library_id)
        .join(RunRow, RunRow.id == DreamRow.run_id)
        .outerjoin(SleepRow, slept)
    )
