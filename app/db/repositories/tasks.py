"""Tasks and the programs kept for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, exists, not_, select
from sqlalchemy.orm import Session

from app.db.base import new_id, now
from app.db.models import AttemptRow, FrontierRow, JobRow, RunTaskRow, SolvedRow, TaskRow
from app.db.repositories.upsert import insert_new, insert_once
from app.errors import Conflict, NotFound
from synthesis.frontier import FRONTIER_SIZE, Entry
from synthesis.task import Task, parse_task

_AT_ONCE = 500  # SQLite bounds the variables of one statement
_COLUMNS = tuple(column.name for column in TaskRow.__table__.columns)


@dataclass(frozen=True)
class TaskFilter:
    """Which tasks are wanted; None: it doesn't matter. `solved` is meant in the run where there is one."""

    domain: str | None = None
    solved: bool | None = None
    name: str | None = None
    run_id: str | None = None


@dataclass(frozen=True)
class KeptProgram:
    """A program that is kept for a task, and the run or the job that found it."""

    entry: Entry
    run_id: str | None = None
    job_id: str | None = None


class TaskRepository:
    def __init__(self, session: Session) -> None:
        self.session = session

    def add(self, tasks: Sequence[Task]) -> list[tuple[TaskRow, bool]]:
        """Store tasks; each with whether it is new. The same task twice is one row.

        Raises Conflict where a name already stands for another task: a name says one thing in its domain.
        """
        rows = [_row(task) for task in tasks]
        # in one order, so that two who store the same tasks don't wait for each other
        new = insert_new(
            self.session,
            TaskRow,
            [{column: getattr(row, column) for column in _COLUMNS} for row in sorted(rows, key=_place)],
            ("domain", "name"),
            TaskRow.id,
        )
        old = self._named([row for row in rows if row.id not in new])
        stored = [(row, True) if row.id in new else (old[_place(row)], False) for row in rows]
        for (row, _), task in zip(stored, tasks, strict=True):
            if (row.request, row.examples) != (task.request, _examples(task)):
                raise Conflict(
                    f"task {task.name!r} is already there with another request or other examples: "
                    "give this one another name",
                    task=task.name,
                    existing=row.id,
                )
        return stored

    def _named(self, wanted: Sequence[TaskRow]) -> dict[tuple[str, str], TaskRow]:
        """The stored tasks with the names of these, by domain and name."""
        found: dict[tuple[str, str], TaskRow] = {}
        for domain in {row.domain for row in wanted}:
            names = [row.name for row in wanted if row.domain == domain]
            for start in range(0, len(names), _AT_ONCE):
                part = names[start : start + _AT_ONCE]
                query = select(TaskRow).where(TaskRow.domain == domain, TaskRow.name.in_(part))
                found |= {_place(row): row for row in self.session.scalars(query)}
        return found

    def get(self, task_id: str) -> TaskRow:
        """Raises NotFound."""
        row = self.session.get(TaskRow, task_id)
        if row is None:
            raise NotFound(f"there is no task {task_id!r}")
        return row

    def get_many(self, task_ids: Sequence[str]) -> list[TaskRow]:
        """The tasks in the order asked for. Raises NotFound naming the first that is missing."""
        found: dict[str, TaskRow] = {}
        for start in range(0, len(task_ids), _AT_ONCE):
            part = task_ids[start : start + _AT_ONCE]
            found |= {
                row.id: row for row in self.session.scalars(select(TaskRow).where(TaskRow.id.in_(part)))
            }
        missing = next((task_id for task_id in task_ids if task_id not in found), None)
        if missing is not None:
            raise NotFound(f"there is no task {missing!r}")
        return [found[task_id] for task_id in task_ids]

    def page(
        self, limit: int, after: str | None, chosen: TaskFilter, newest_first: bool = False
    ) -> list[TaskRow]:
        """Up to `limit` tasks after the task with id `after`, in the order of their making or against it."""
        order = TaskRow.id.desc() if newest_first else TaskRow.id
        # Ids first: the index has all that they are chosen by, and no row's examples are read in vain.
        ids = select(TaskRow.id).order_by(order).limit(limit)
        if after is not None:
            ids = ids.where(TaskRow.id < after if newest_first else TaskRow.id > after)
        if chosen.domain is not None:
            ids = ids.where(TaskRow.domain == chosen.domain)
        if chosen.name is not None:
            ids = ids.where(TaskRow.name.icontains(chosen.name, autoescape=True))
            if chosen.domain is None:  # says nothing but to SQLite, which then takes the index
                ids = ids.where(TaskRow.domain.in_(select(TaskRow.domain).distinct()))
        if chosen.run_id is not None:
            of_run = select(RunTaskRow.task_id).where(RunTaskRow.run_id == chosen.run_id)
            ids = ids.where(TaskRow.id.in_(of_run))
        if chosen.solved is not None:
            solved = _solved(chosen.run_id)
            ids = ids.where(solved if chosen.solved else not_(solved))
        return list(self.session.scalars(select(TaskRow).where(TaskRow.id.in_(ids)).order_by(order)))

    def solved(self, task_id: str) -> None:
        """The task is solved now, if it wasn't before."""
        domain = select(TaskRow.domain).where(TaskRow.id == task_id).scalar_subquery()
        values = {"task_id": task_id, "domain": domain, "solved_at": now()}
        insert_once(self.session, SolvedRow, values, ("task_id",))

    def delete(self, task_id: str) -> None:
        """Raises NotFound, and Conflict where a run has the task."""
        row = self.get(task_id)
        run_id = self.session.scalar(select(RunTaskRow.run_id).where(RunTaskRow.task_id == task_id).limit(1))
        if run_id is not None:
            raise Conflict(
                f"run {run_id} has task {row.name!r}: what it learned from stays with it", run=run_id
            )
        self.session.delete(row)

    def of_domain(self, domain: str) -> list[TaskRow]:
        return list(
            self.session.scalars(select(TaskRow).where(TaskRow.domain == domain).order_by(TaskRow.id))
        )

    def programs(self, task_id: str) -> list[KeptProgram]:
        """The best programs that the task's newest run and its newest solve keep, none twice."""
        found = [
            KeptProgram(entry_of(row), run_id=row.run_id)
            for row in self.session.scalars(_newest_frontier(task_id))
        ]
        newest = select(JobRow).where(JobRow.task_id == task_id, JobRow.solved)
        job = self.session.scalar(newest.order_by(JobRow.id.desc()).limit(1))
        if job is not None:
            known = {kept.entry.program for kept in found}
            entries = [Entry.from_json(entry) for entry in job.programs]
            found += [KeptProgram(entry, job_id=job.id) for entry in entries if entry.program not in known]
        return sorted(found, key=lambda kept: -kept.entry.log_posterior)[:FRONTIER_SIZE]


def _newest_frontier(task_id: str) -> Select[FrontierRow]:
    """The programs kept for a task in the newest run that kept any."""
    newest = (
        select(FrontierRow.run_id)
        .where(FrontierRow.task_id == task_id)
        .order_by(FrontierRow.run_id.desc())
        .limit(1)
    )
    return (
        select(FrontierRow)
        .where(FrontierRow.task_id == task_id, FrontierRow.run_id == newest.scalar_subquery())
        .order_by(FrontierRow.rank)
    )


def _solved(run_id: str | None) -> ColumnElement[bool]:
    """Whether a task is solved: in this run, or by any run or solve."""
    if run_id is not None:
        return TaskRow.id.in_(
            select(AttemptRow.task_id).where(AttemptRow.run_id == run_id, AttemptRow.solved)
        )
    return exists().where(SolvedRow.task_id == TaskRow.id)


def entry_of(row: FrontierRow) -> Entry:
    return Entry(row.program, row.log_prior, row.log_likelihood, row.guide, row.iteration)


def to_task(row: TaskRow) -> Task:
    """The row as synthesis knows it; the row was checked when it was stored."""
    document = {
        "name": row.name,
        "request": row.request,
        "examples": row.examples,
        "description": row.description,
    }
    return parse_task(document, row.domain)


def _examples(task: Task) -> list[dict[str, object]]:
    return [example.to_json() for example in task.examples]


def _place(row: TaskRow) -> tuple[str, str]:
    return row.domain, row.name


def _row(task: Task) -> TaskRow:
    return TaskRow(
        id=new_id("task"),
        created_at=now(),
        domain=task.domain,
        name=task.name,
        request=task.request,
        description=task.description,
        examples=_examples(task),
    )
