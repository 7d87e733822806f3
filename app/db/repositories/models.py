"""Versions of trained models: written once by the sleep that trained them, then promoted and rolled back.

An adapter takes the place of the one before it: of a run's adapters the one promoted last is in use. A
network belongs to its own sleep, for it knows that sleep's library only: rolled back, the prior guides alone.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.db.base import new_id, now
from app.db.models import LibraryRow, ModelRow, RunRow, VersionRow
from app.db.repositories.upsert import insert_once
from app.errors import Conflict, NotFound
from synthesis.report import Adapter, Dream, finite

Value = TypeVar("Value")


@dataclass(frozen=True)
class ModelFilter:
    """Which versions; None: whatever it is. `kind` is "network" or "adapter"."""

    domain: str | None = None
    run_id: str | None = None
    kind: str | None = None


class ModelRepository:
    def __init__(self, session: Session) -> None:
        self.session = session

    def add(self, run_id: str, iteration: int, dream: Dream) -> None:
        """Keep what a sleep trained, whose own row was just inserted, so that nothing is written twice."""
        if dream.network is not None:
            digest = hashlib.sha256(dream.network).hexdigest()
            before = self.current(run_id, "network")
            values = {
                "kind": "network",
                "name": f"network-{digest[:12]}",
                "parent_id": before and before.id,
                "sha256": digest,
                "data_hash": dream.data_hash,
                "content": dream.network,
                "metrics": finite(dict(dream.metrics.get("training", {}))),
            }
            self._add(run_id, iteration, values, dream.promoted)
        if dream.adapter is not None:
            adapter = dream.adapter
            query = select(VersionRow.id).where(
                VersionRow.run_id == run_id, VersionRow.kind == "adapter", VersionRow.name == adapter.parent
            )
            values = {
                "kind": "adapter",
                "name": adapter.name,
                "parent_id": self.session.scalar(query.order_by(VersionRow.number.desc()).limit(1)),
                "base": adapter.base,
                "sha256": adapter.sha256,
                "data_hash": adapter.data_hash,
                "path": adapter.path,
                "metrics": finite(dict(adapter.metrics)),
            }
            self._add(run_id, iteration, values, dream.adapter_promoted)

    def get(self, version_id: str) -> VersionRow:
        """Raises NotFound."""
        version = self.session.get(VersionRow, version_id)
        if version is None:
            raise NotFound(f"there is no model {version_id!r}")
        return version

    def page(self, limit: int, after: str | None, wanted: ModelFilter) -> list[VersionRow]:
        """Up to `limit` versions made after the one with id `after`, oldest first."""
        query = select(VersionRow).order_by(VersionRow.id).limit(limit)
        if after is not None:
            query = query.where(VersionRow.id > after)
        if wanted.domain is not None:
            query = query.where(VersionRow.domain == wanted.domain)
        if wanted.run_id is not None:
            query = query.where(VersionRow.run_id == wanted.run_id)
        if wanted.kind is not None:
            query = query.where(VersionRow.kind == wanted.kind)
        return list(self.session.scalars(query))

    def of_sleep(self, run_id: str, iteration: int) -> dict[str, VersionRow]:
        """What one sleep trained, by kind."""
        query = select(VersionRow).where(VersionRow.run_id == run_id, VersionRow.iteration == iteration)
        return {version.kind: version for version in self.session.scalars(query)}

    def sleep(self, version: VersionRow) -> ModelRow:
        """The sleep that trained it."""
        query = select(ModelRow).where(
            ModelRow.run_id == version.run_id, ModelRow.iteration == version.iteration
        )
        return self.session.scalars(query).one()

    def current(self, run_id: str, kind: str, before: int | None = None) -> VersionRow | None:
        """Of the run's versions that may be used the one promoted last; only those of iterations before
        `before`, where it is given.
        """
        query = select(VersionRow).where(
            VersionRow.run_id == run_id,
            VersionRow.kind == kind,
            VersionRow.promoted_at.is_not(None),
            VersionRow.retired_at.is_(None),
        )
        if before is not None:
            query = query.where(VersionRow.iteration < before)
        newest = query.order_by(VersionRow.promoted_at.desc(), VersionRow.number.desc()).limit(1)
        return self.session.scalar(newest)

    def adapter(self, run_id: str, before: int) -> Adapter | None:
        """The adapter in use among those of iterations before `before`."""
        version = self.current(run_id, "adapter", before)
        return None if version is None else Adapter.from_json(self.sleep(version).record["adapter"])

    def network(self, library_hash: str) -> bytes | None:
        """The newest network in use that was trained for this library version, in any run."""
        return self.session.scalar(self._networks(library_hash, VersionRow.content))

    def network_id(self, library_hash: str) -> str | None:
        """The version that `network` is the content of."""
        return self.session.scalar(self._networks(library_hash, VersionRow.id))

    @staticmethod
    def _networks(library_hash: str, column: InstrumentedAttribute[Value]) -> Select[tuple[Value]]:
        return (
            select(column)
            .join(
                ModelRow,
                (ModelRow.run_id == VersionRow.run_id) & (ModelRow.iteration == VersionRow.iteration),
            )
            .join(LibraryRow, LibraryRow.id == ModelRow.library_id)
            .where(
                LibraryRow.content_hash == library_hash,
                VersionRow.kind == "network",
                VersionRow.promoted_at.is_not(None),
                VersionRow.retired_at.is_(None),
            )
            .order_by(VersionRow.promoted_at.desc(), VersionRow.id.desc())
            .limit(1)
        )

    def in_use(self, version: VersionRow) -> bool:
        """Whether a wake takes it: an adapter, every wake to come until another is promoted; a network, the
        wake after its sleep, and searches with its library.
        """
        if not usable(version):
            return False
        if version.kind == "network":
            return True
        current = self.current(version.run_id, version.kind)
        return current is not None and current.id == version.id

    def promote(self, version_id: str) -> tuple[VersionRow, bool]:
        """Use this version from now on; and whether it wasn't in use already. Raises NotFound."""
        version = self._locked(version_id)
        if self.in_use(version):
            return version, False
        version.promoted_at, version.retired_at, version.reason = now(), None, None
        self.session.flush()
        return version, True

    def roll_back(self, version_id: str, reason: str | None) -> tuple[VersionRow, VersionRow | None]:
        """Use this version no longer; and the one that is used instead, the one promoted before it. Raises
        NotFound, and Conflict where it isn't in use.
        """
        version = self._locked(version_id)
        if not self.in_use(version):
            raise Conflict(f"{version.name} is not in use: only a version in use can be rolled back")
        version.retired_at, version.reason = now(), reason
        self.session.flush()
        instead = None if version.kind == "network" else self.current(version.run_id, version.kind)
        return version, instead

    def _locked(self, version_id: str) -> VersionRow:
        """The version, with its run's versions to ourselves until the transaction ends."""
        run_id = self.get(version_id).run_id
        self.session.execute(select(RunRow.id).where(RunRow.id == run_id).with_for_update(key_share=True))
        return self.session.get_one(VersionRow, version_id, populate_existing=True)

    def _add(self, run_id: str, iteration: int, values: dict[str, Any], promoted: bool) -> None:
        domain = self.session.scalars(select(RunRow.domain).where(RunRow.id == run_id)).one()
        moment = now()
        of_kind = (VersionRow.domain == domain, VersionRow.kind == values["kind"])
        number = select(func.coalesce(func.max(VersionRow.number), 0) + 1).where(*of_kind)
        row = {
            "id": new_id("version"),
            "run_id": run_id,
            "iteration": iteration,
            "domain": domain,
            "number": number.scalar_subquery(),
            "promoted_at": moment if promoted else None,
            "created_at": moment,
            **values,
        }
        # PostgreSQL lets another run of the domain take the number meanwhile: then the next one is ours
        while not insert_once(self.session, VersionRow, row, ("domain", "kind", "number")):
            pass


def usable(version: VersionRow) -> bool:
    """Whether it was promoted and not rolled back since."""
    return version.promoted_at is not None and version.retired_at is None
