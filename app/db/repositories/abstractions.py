"""Abstractions across versions: who holds them, what they are built on, who uses them, when they went.

Only `hold` and `slept` write, each for a row that was just inserted (a library version, a sleep), so a step
that is repeated writes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CTE, Row, and_, func, select
from sqlalchemy.orm import Session, defer

from app.db.base import new_id
from app.db.models import (
    AbstractionRow,
    LibraryRow,
    MemberRow,
    PartRow,
    RetirementRow,
    SleepRow,
    TaskRow,
    UseRow,
)
from app.db.repositories.upsert import insert_once
from app.errors import NotFound
from app.surface import abstraction_form, initial_library
from engine import Term
from library.refactoring import leaves
from library.snapshot import Abstraction, Library
from synthesis.report import Sleep, abstraction_uses

#: A version's whole content, once for every abstraction, would be far more than what is asked for.
_LIGHT = defer(LibraryRow.snapshot)
_SHAPE = (
    defer(AbstractionRow.body),
    defer(AbstractionRow.docstring),
    defer(AbstractionRow.python),
    defer(MemberRow.docstring),
    defer(MemberRow.python),
)
_OF_SLEEP = and_(SleepRow.run_id == UseRow.run_id, SleepRow.iteration == UseRow.iteration)


@dataclass(frozen=True)
class Learned:
    """An abstraction of a run, as the run's last version that holds it has it.

    `iteration` learned it; `retired_in` is the iteration after its last version, none while it is in the
    library. `uses` counts tasks; `gain` is in nats.
    """

    id: str
    name: str
    type: str
    body: str
    python: str
    docstring: str
    iteration: int
    retired_in: int | None
    uses: int
    gain: float | None


class AbstractionRepository:
    def __init__(self, session: Session) -> None:
        self.session = session

    def hold(self, version: LibraryRow, library: Library, gains: Mapping[str, float]) -> None:
        """Write a new version's members and, of those never seen before, the abstraction and its parts."""
        first = len(library.weights) - 1 - len(library.abstractions)
        listed = {abstraction.term: abstraction for abstraction in library.abstractions}
        ids: dict[Term, str] = {}
        for position, abstraction in enumerate(library.abstractions):
            self._see(abstraction.term, version, library, listed, ids)
            self.session.add(
                MemberRow(
                    library_id=version.id,
                    abstraction_id=ids[abstraction.term],
                    position=position,
                    name=abstraction.name,
                    docstring=abstraction.docstring,
                    python=abstraction_form(abstraction, library),
                    weight=library.weights[first + position],
                    gain=gains.get(abstraction.name),
                )
            )
        self.session.flush()

    def slept(self, sleep: Sleep, row: SleepRow, parent_id: str | None, task_ids: Mapping[str, str]) -> None:
        """Write who uses what after a new sleep, and what it retired of the version `parent_id`."""
        key = {"run_id": row.run_id, "iteration": row.iteration}
        held = {member.name: member.abstraction_id for member in self._members(row.library_id)}
        for name, tasks in abstraction_uses(sleep.library, sleep.frontiers).items():
            self.session.add_all(
                UseRow(**key, abstraction_id=held[name], task_id=task_ids[task]) for task in tasks
            )
        kept = set(held.values())
        for member in [] if parent_id is None else self._members(parent_id):
            if member.abstraction_id not in kept:
                retirement = RetirementRow(
                    **key,
                    abstraction_id=member.abstraction_id,
                    name=member.name,
                    saving=sleep.savings.get(member.name),
                    successor_id=held.get(member.name),
                )
                self.session.add(retirement)
        self.session.flush()

    def get(self, abstraction_id: str) -> AbstractionRow:
        """Raises NotFound."""
        row = self.session.get(AbstractionRow, abstraction_id)
        if row is None:
            raise NotFound(f"there is no abstraction {abstraction_id!r}")
        return row

    def member(self, library_id: str, abstraction_id: str) -> MemberRow | None:
        """Its place in a version; None where the version lacks it."""
        return self.session.get(MemberRow, (library_id, abstraction_id))

    def newest_member(self, abstraction_id: str) -> MemberRow | None:
        """Its place in the newest version that lists it; None where none does."""
        query = select(MemberRow).where(MemberRow.abstraction_id == abstraction_id)
        return self.session.scalar(query.order_by(MemberRow.library_id.desc()).limit(1))

    def ids(self, domain: str, bodies: Collection[str]) -> dict[str, str]:
        """By body, those of these bodies that are known."""
        hashes = [hashlib.sha256(body.encode()).hexdigest() for body in bodies]
        query = select(AbstractionRow.body, AbstractionRow.id).where(
            AbstractionRow.domain == domain, AbstractionRow.body_hash.in_(hashes)
        )
        return dict(self.session.execute(query).all())

    def members(self, library_id: str) -> list[Row[MemberRow, AbstractionRow, LibraryRow]]:
        """A version's members in their order, each with its abstraction and the version that had it first."""
        query = (
            select(MemberRow, AbstractionRow, LibraryRow)
            .join(AbstractionRow, AbstractionRow.id == MemberRow.abstraction_id)
            .join(LibraryRow, LibraryRow.id == AbstractionRow.first_library_id)
            .where(MemberRow.library_id == library_id)
            .order_by(MemberRow.position)
            .options(_LIGHT)
        )
        return list(self.session.execute(query))

    def sizes(self, library_ids: list[str]) -> dict[str, int]:
        """How many abstractions each version of a page holds; those with none are left out."""
        query = select(MemberRow.library_id, func.count()).where(MemberRow.library_id.in_(library_ids))
        return dict(self.session.execute(query.group_by(MemberRow.library_id)).all())

    def uses(self, library_id: str) -> dict[str, int] | None:
        """By abstraction, how many tasks' best programs use it in this version; those that none uses are left
        out. None where no sleep led to the version.
        """
        slept = select(SleepRow.run_id).where(SleepRow.library_id == library_id).limit(1)
        if self.session.scalar(slept) is None:
            return None
        query = (
            select(UseRow.abstraction_id, func.count(UseRow.task_id.distinct()))
            .join(SleepRow, _OF_SLEEP)
            .where(SleepRow.library_id == library_id)
            .group_by(UseRow.abstraction_id)
        )
        return dict(self.session.execute(query).all())

    def history(
        self, abstraction_id: str, limit: int, after: str | None
    ) -> list[Row[MemberRow, LibraryRow, int]]:
        """Up to `limit` versions that hold it, made after the one with id `after`, oldest first; with the
        number of tasks that use it there.
        """
        uses = (
            select(func.count(UseRow.task_id.distinct()))
            .join(SleepRow, _OF_SLEEP)
            .where(SleepRow.library_id == LibraryRow.id, UseRow.abstraction_id == abstraction_id)
            .correlate(LibraryRow)
            .scalar_subquery()
        )
        query = (
            select(MemberRow, LibraryRow, uses)
            .join(LibraryRow, LibraryRow.id == MemberRow.library_id)
            .where(MemberRow.abstraction_id == abstraction_id)
            .order_by(LibraryRow.id)
            .limit(limit)
            .options(_LIGHT)
        )
        return list(self.session.execute(query if after is None else query.where(LibraryRow.id > after)))

    def users(self, abstraction_id: str) -> list[TaskRow]:
        """The tasks whose best programs used it after the newest sleep whose version holds it."""
        newest = (
            select(SleepRow.run_id, SleepRow.iteration)
            .join(MemberRow, MemberRow.library_id == SleepRow.library_id)
            .where(MemberRow.abstraction_id == abstraction_id)
            .order_by(SleepRow.created_at.desc())
            .limit(1)
            .subquery()
        )
        query = (
            select(TaskRow)
            .join(UseRow, UseRow.task_id == TaskRow.id)
            .join(newest, and_(newest.c.run_id == UseRow.run_id, newest.c.iteration == UseRow.iteration))
            .where(UseRow.abstraction_id == abstraction_id)
        )
        return list(self.session.scalars(query.order_by(TaskRow.id)))

    def retirements(
        self, abstraction_id: str | None = None, library_id: str | None = None
    ) -> list[Row[RetirementRow, SleepRow]]:
        """Retirements, oldest first: of an abstraction, or those that led to a version."""
        query = select(RetirementRow, SleepRow).join(
            SleepRow,
            and_(SleepRow.run_id == RetirementRow.run_id, SleepRow.iteration == RetirementRow.iteration),
        )
        if abstraction_id is not None:
            query = query.where(RetirementRow.abstraction_id == abstraction_id)
        if library_id is not None:
            query = query.where(SleepRow.library_id == library_id)
        query = query.order_by(SleepRow.created_at, RetirementRow.abstraction_id)
        return list(self.session.execute(query.options(defer(SleepRow.record))))

    def built_from(self, abstraction_id: str) -> list[AbstractionRow]:
        """What its body uses directly."""
        query = select(AbstractionRow).join(PartRow, PartRow.part_id == AbstractionRow.id)
        query = query.where(PartRow.abstraction_id == abstraction_id)
        return list(self.session.scalars(query.order_by(AbstractionRow.id)))

    def built_on(self, abstraction_id: str) -> list[AbstractionRow]:
        """What uses it directly, in any version."""
        query = select(AbstractionRow).join(PartRow, PartRow.abstraction_id == AbstractionRow.id)
        query = query.where(PartRow.part_id == abstraction_id)
        return list(self.session.scalars(query.order_by(AbstractionRow.id)))

    def nodes(self, library_id: str) -> list[tuple[AbstractionRow, MemberRow | None]]:
        """A version's members in their order, then what only stands inside their bodies; without bodies and
        docstrings, which are most of it.
        """
        reached = _reached(library_id)
        member = and_(MemberRow.library_id == library_id, MemberRow.abstraction_id == AbstractionRow.id)
        query = (
            select(AbstractionRow, MemberRow)
            .outerjoin(MemberRow, member)
            .where(AbstractionRow.id.in_(select(reached.c.id)))
            .order_by(MemberRow.position.is_(None), MemberRow.position, AbstractionRow.id)
            .options(*_SHAPE)
        )
        return [(row, member) for row, member in self.session.execute(query)]

    def edges(self, library_id: str) -> list[PartRow]:
        """A version's DAG: the edges from its members, their parts, the parts of these, and so on."""
        reached = _reached(library_id)
        query = select(PartRow).where(PartRow.abstraction_id.in_(select(reached.c.id)))
        return list(self.session.scalars(query.order_by(PartRow.abstraction_id, PartRow.part_id)))

    def learned(self, run_id: str, limit: int) -> list[Learned]:
        """What a run's versions held, in the order learned, the retired ones included; the last `limit`."""
        span = (
            select(
                MemberRow.abstraction_id.label("id"),
                func.min(SleepRow.iteration).label("first"),
                func.max(SleepRow.iteration).label("last"),
            )
            .join(SleepRow, SleepRow.library_id == MemberRow.library_id)
            .where(SleepRow.run_id == run_id)
            .group_by(MemberRow.abstraction_id)
            .order_by(func.min(SleepRow.iteration).desc(), func.max(MemberRow.position).desc())
            .limit(limit)
            .subquery()
        )
        uses = (
            select(func.count())
            .where(
                UseRow.run_id == run_id,
                UseRow.iteration == span.c.last,
                UseRow.abstraction_id == span.c.id,
            )
            .correlate(span)
            .scalar_subquery()
        )
        query = (
            select(MemberRow, AbstractionRow, span.c.first, span.c.last, uses)
            .select_from(span)
            .join(SleepRow, and_(SleepRow.run_id == run_id, SleepRow.iteration == span.c.last))
            .join(
                MemberRow,
                and_(MemberRow.library_id == SleepRow.library_id, MemberRow.abstraction_id == span.c.id),
            )
            .join(AbstractionRow, AbstractionRow.id == span.c.id)
            .order_by(span.c.first, MemberRow.position)
        )
        newest = self.session.scalar(select(func.max(SleepRow.iteration)).where(SleepRow.run_id == run_id))
        return [
            Learned(
                id=row.id,
                name=member.name,
                type=row.type,
                body=row.body,
                python=member.python,
                docstring=member.docstring,
                iteration=first,
                retired_in=None if last == newest else last + 1,
                uses=used,
                gain=member.gain,
            )
            for member, row, first, last, used in self.session.execute(query)
        ]

    def _members(self, library_id: str) -> list[MemberRow]:
        return list(self.session.scalars(select(MemberRow).where(MemberRow.library_id == library_id)))

    def _see(
        self,
        term: Term,
        version: LibraryRow,
        library: Library,
        listed: Mapping[Term, Abstraction],
        ids: dict[Term, str],
    ) -> None:
        """Put the abstraction's id into `ids`, its parts' first; write those that are new."""
        if term in ids:
            return
        parts = list(dict.fromkeys(leaf for leaf in leaves(term.body) if leaf.kind == "abstraction"))
        for part in parts:
            self._see(part, version, library, listed, ids)
        values = _described(term, listed.get(term), library) | {"first_library_id": version.id}
        new = insert_once(self.session, AbstractionRow, values, ("domain", "body_hash"))
        query = select(AbstractionRow.id).where(
            AbstractionRow.domain == library.domain, AbstractionRow.body_hash == values["body_hash"]
        )
        ids[term] = self.session.scalars(query).one()
        if new:
            self.session.add_all(PartRow(abstraction_id=ids[term], part_id=ids[part]) for part in parts)
            self.session.flush()


def _reached(library_id: str) -> CTE:
    """The ids of a version's members and of all that their bodies use, directly or not."""
    members = select(MemberRow.abstraction_id.label("id")).where(MemberRow.library_id == library_id)
    reached = members.cte("reached", recursive=True)
    return reached.union(select(PartRow.part_id).join(reached, PartRow.abstraction_id == reached.c.id))


def _described(term: Term, abstraction: Abstraction | None, library: Library) -> dict[str, Any]:
    """The columns of an abstraction that is seen for the first time, unlisted where there is none."""
    body = str(term)
    body_hash = hashlib.sha256(body.encode()).hexdigest()
    if abstraction is None:
        type = str(initial_library(library.domain).language.infer(term))
        abstraction = Abstraction(f"unlisted_{body_hash[:8]}", body, type)
    return {
        "id": new_id("abstraction"),
        "domain": library.domain,
        "body": body,
        "body_hash": body_hash,
        "name": abstraction.name,
        "type": abstraction.type,
        "docstring": abstraction.docstring,
        "python": abstraction_form(abstraction, library),
    }
