"""Where an abstraction came from and who uses it: tasks, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.models import AbstractionRow, LibraryRow, MemberRow, SleepRow, TaskRow, UseRow


@dataclass(frozen=True)
class Origin:
    """The version that had an abstraction first, and the names of the tasks that it was learned from there;
    `ids` of those that are still stored."""

    library: LibraryRow
    tasks: tuple[str, ...]
    ids: dict[str, str]


@dataclass(frozen=True)
class TaskUse:
    """A task whose best program uses it."""

    id: str
    name: str


@dataclass(frozen=True)
class Uses:
    """A page of the tasks that used it after the newest sleep whose version holds it, of `count`."""

    tasks: tuple[TaskUse, ...] = ()
    count: int = 0
    next: str | None = None
    run_id: str | None = None
    iteration: int | None = None


def origin_of(session: Session, row: AbstractionRow, most: int) -> Origin:
    """At most so many of the tasks."""
    library = session.get_one(LibraryRow, row.first_library_id)
    position = session.scalar(
        select(MemberRow.position).where(
            MemberRow.library_id == library.id, MemberRow.abstraction_id == row.id
        )
    )
    names: list[str] = [] if position is None else library.snapshot["abstractions"][position]["tasks"]
    query = select(TaskRow.name, TaskRow.id).where(
        TaskRow.domain == row.domain, TaskRow.name.in_(names[:most])
    )
    return Origin(library, tuple(names), dict(session.execute(query).all()))


def uses_of(session: Session, abstraction_id: str, limit: int, after: str | None) -> Uses:
    """Tasks made after the one with id `after`, oldest first."""
    newest = (
        select(SleepRow.run_id, SleepRow.iteration)
        .join(MemberRow, MemberRow.library_id == SleepRow.library_id)
        .where(MemberRow.abstraction_id == abstraction_id)
        .order_by(SleepRow.created_at.desc())
        .limit(1)
    )
    slept = session.execute(newest).first()
    if slept is None:
        return Uses()
    here = (
        UseRow.run_id == slept.run_id,
        UseRow.iteration == slept.iteration,
        UseRow.abstraction_id == abstraction_id,
    )
    query = select(TaskRow.id, TaskRow.name).join(UseRow, UseRow.task_id == TaskRow.id).where(*here)
    if after is not None:
        query = query.where(TaskRow.id > after)
    found = [TaskUse(*row) for row in session.execute(query.order_by(TaskRow.id).limit(limit + 1))]
    return Uses(
        tuple(found[:limit]),
        session.scalar(select(func.count()).where(*here)) or 0,
        found[limit - 1].id if len(found) > limit else None,
        slept.run_id,
        slept.iteration,
    )
