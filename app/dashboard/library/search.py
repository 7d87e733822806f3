"""Which abstractions there are: searched, filtered, sorted, a page at a time, in SQL."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from app.dashboard.library.docstrings import Docstring, read
from app.db.models import AbstractionRow, LibraryRow, MemberRow, PartRow, SleepRow, UseRow

State = Literal["held", "retired", "all"]
Sort = Literal["newest", "oldest", "gain", "name"]
#: How a list may be sorted: what it is called on the page.
SORTS: dict[Sort, str] = {
    "newest": "newest first",
    "oldest": "oldest first",
    "gain": "largest gain first",
    "name": "by name",
}
#: "held": in its domain's current version; "retired": in an older one only.
STATES: dict[State, str] = {"held": "in use", "retired": "retired", "all": "in use and retired"}

_ARROW = re.compile(r"\s*->\s*")
_HELD = aliased(MemberRow)
#: A gain that wasn't measured comes after all others.
_LEAST = -1e300


@dataclass(frozen=True)
class Wanted:
    """Which abstractions; an empty text: whatever it is."""

    domain: str = ""
    text: str = ""
    type: str = ""
    state: State = "held"
    sort: Sort = "newest"

    @property
    def narrowed(self) -> bool:
        return bool(self.text or self.type or self.state == "retired")


@dataclass(frozen=True)
class Part:
    """An abstraction that another one's body uses."""

    id: str
    name: str


@dataclass(frozen=True)
class Line:
    """An abstraction as a list shows it. `gain` in nats; `uses` in tasks, none where it is retired; `run_id`,
    `iteration` and `at` of the version that had it first."""

    id: str
    domain: str
    name: str
    type: str
    docstring: str
    python: str
    held: bool
    gain: float | None
    uses: int | None
    run_id: str | None
    iteration: int | None
    at: datetime
    parts: tuple[Part, ...] = ()

    @property
    def documented(self) -> Docstring:
        return read(self.docstring, self.name, self.type, self.python)

    @property
    def learned(self) -> frozenset[str]:
        """The names in its body that are the library's own."""
        return frozenset(part.name for part in self.parts)


@dataclass(frozen=True)
class Current:
    """A domain's newest version, and how many abstractions it holds."""

    domain: str
    id: str
    content_hash: str
    size: int
    at: datetime


class Search:
    """Over the abstractions that some version lists; `currents` are the newest versions, by domain."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.currents = _currents(session)

    def page(self, wanted: Wanted, limit: int, after: str | None = None) -> list[Line]:
        """Up to `limit` of them that come after the one with id `after`."""
        key, descending = self._key(wanted.sort)
        query = self._columns(wanted)
        if after is not None:
            last = self._selected(select(key, AbstractionRow.id), wanted, everything=True)
            found = self.session.execute(last.where(AbstractionRow.id == after)).first()
            if found is not None:
                place, here = tuple_(key, AbstractionRow.id), tuple_(*found)
                query = query.where(place < here if descending else place > here)
        order = (key.desc(), AbstractionRow.id.desc()) if descending else (key, AbstractionRow.id)
        rows = self.session.execute(query.order_by(*order).limit(limit)).all()
        return self._lines(rows)

    def count(self, wanted: Wanted) -> int:
        query = self._selected(select(func.count(AbstractionRow.id)), wanted)
        return self.session.scalar(query) or 0

    def version(self, library_id: str, limit: int, after: int = -1) -> list[Line]:
        """The members of one version at positions above `after`, in their order."""
        query = (
            self._columns(Wanted(state="all"), [library_id])
            .where(_HELD.library_id == library_id, _HELD.position > after)
            .order_by(_HELD.position)
            .limit(limit)
        )
        return self._lines(self.session.execute(query).all(), [library_id])

    def _columns(self, wanted: Wanted, versions: list[str] | None = None) -> Select[Any]:
        columns = select(
            AbstractionRow.id,
            AbstractionRow.domain,
            func.coalesce(_HELD.name, AbstractionRow.name).label("name"),
            AbstractionRow.type,
            func.coalesce(_HELD.docstring, AbstractionRow.docstring).label("docstring"),
            func.coalesce(_HELD.python, AbstractionRow.python).label("python"),
            _HELD.library_id.is_not(None).label("held"),
            _HELD.gain.label("gain"),
            LibraryRow.run_id,
            LibraryRow.iteration,
            LibraryRow.created_at.label("at"),
        )
        query = self._selected(columns, wanted, versions=versions)
        return query.join(LibraryRow, LibraryRow.id == AbstractionRow.first_library_id)

    def _selected(
        self,
        query: Select[Any],
        wanted: Wanted,
        everything: bool = False,
        versions: list[str] | None = None,
    ) -> Select[Any]:
        ids = versions or [one.id for one in self.currents.values()]
        query = query.select_from(AbstractionRow).outerjoin(
            _HELD, and_(_HELD.abstraction_id == AbstractionRow.id, _HELD.library_id.in_(ids))
        )
        if everything:
            return query
        if wanted.state == "held":
            query = query.where(_HELD.library_id.is_not(None))
        else:
            listed = exists().where(MemberRow.abstraction_id == AbstractionRow.id)
            query = query.where(listed)
        if wanted.state == "retired":
            query = query.where(_HELD.library_id.is_(None))
        if wanted.domain:
            query = query.where(AbstractionRow.domain == wanted.domain)
        if wanted.type:
            query = query.where(AbstractionRow.type.icontains(_canonical(wanted.type), autoescape=True))
        for word in wanted.text.split():
            query = query.where(_mentions(word))
        return query

    def _key(self, sort: Sort) -> tuple[ColumnElement[Any], bool]:
        """What a list is sorted by, and whether downwards."""
        match sort:
            case "gain":
                return func.coalesce(_HELD.gain, _LEAST), True
            case "name":
                return func.lower(func.coalesce(_HELD.name, AbstractionRow.name)), False
            case _:
                return AbstractionRow.id, sort == "newest"

    def _lines(self, rows: Sequence[Any], versions: list[str] | None = None) -> list[Line]:
        ids = [row.id for row in rows]
        uses = self._uses(ids, versions or [one.id for one in self.currents.values()])
        parts = self._parts(ids)
        return [
            Line(
                **row._mapping,
                uses=uses.get(row.id, 0) if row.held else None,
                parts=tuple(parts.get(row.id, ())),
            )
            for row in rows
        ]

    def _uses(self, ids: list[str], versions: list[str]) -> dict[str, int]:
        """By abstraction, how many tasks' best programs use it after the sleeps that made these versions."""
        slept = and_(SleepRow.run_id == UseRow.run_id, SleepRow.iteration == UseRow.iteration)
        query = (
            select(UseRow.abstraction_id, func.count(UseRow.task_id.distinct()))
            .join(SleepRow, slept)
            .where(SleepRow.library_id.in_(versions), UseRow.abstraction_id.in_(ids))
            .group_by(UseRow.abstraction_id)
        )
        return dict(self.session.execute(query).all())

    def _parts(self, ids: list[str]) -> dict[str, list[Part]]:
        """What the bodies of these use directly."""
        query = (
            select(PartRow.abstraction_id, AbstractionRow.id, AbstractionRow.name)
            .join(AbstractionRow, AbstractionRow.id == PartRow.part_id)
            .where(PartRow.abstraction_id.in_(ids))
            .order_by(AbstractionRow.id)
        )
        found: dict[str, list[Part]] = {}
        for user, part, name in self.session.execute(query):
            found.setdefault(user, []).append(Part(part, name))
        return found


def _currents(session: Session) -> dict[str, Current]:
    """By domain, the version that its newest sleep led to."""
    slept = (
        select(LibraryRow.domain, func.max(SleepRow.created_at).label("at"))
        .join(SleepRow, SleepRow.library_id == LibraryRow.id)
        .group_by(LibraryRow.domain)
        .subquery()
    )
    size = select(func.count()).where(MemberRow.library_id == LibraryRow.id).scalar_subquery()
    query = (
        select(LibraryRow.domain, LibraryRow.id, LibraryRow.content_hash, size, SleepRow.created_at)
        .join(SleepRow, SleepRow.library_id == LibraryRow.id)
        .join(slept, and_(slept.c.domain == LibraryRow.domain, slept.c.at == SleepRow.created_at))
        .order_by(SleepRow.created_at.desc())
    )
    found: dict[str, Current] = {}
    for row in session.execute(query):
        found.setdefault(row[0], Current(*row))
    return found


def _mentions(word: str) -> ColumnElement[bool]:
    columns = (
        func.coalesce(_HELD.name, AbstractionRow.name),
        func.coalesce(_HELD.docstring, AbstractionRow.docstring),
        func.coalesce(_HELD.python, AbstractionRow.python),
    )
    return or_(*(column.icontains(word, autoescape=True) for column in columns))


def _canonical(type_: str) -> str:
    """A part of a type as types are printed."""
    return _ARROW.sub(" -> ", type_).strip()
