"""Tasks and the programs kept for them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.models import FrontierRow, TaskRow
from app.errors import Conflict, NotFound
from synthesis.task import Task, parse_task


class TaskRepository:
    def __init__(self, session: Session) -> None:
        self.session = session

    def add(self, tasks: Sequence[Task]) -> list[tuple[TaskRow, bool]]:
        """Store tasks; each with whether it is new. The same task twice is one row.

        Raises Conflict where a name already stands for another task: a name says one thing in its domain.
        """
        stored: list[tuple[TaskRow, bool]] = []
        for task in tasks:
            row = self.by_name(task.domain, task.name)
            new = row is None
            if row is None:
                row = _row(task)
                self.session.add(row)
                self.session.flush()
            elif (row.request, row.examples) != (task.request, _examples(task)):
                raise Conflict(
                    f"task {task.name!r} is already there with another request or other examples: "
                    "give this one another name",
                    task=task.name,
                    existing=row.id,
                )
            stored.append((row, new))
        return stored

    def by_name(self, domain: str, name: str) -> TaskRow | None:
        return self.session.scalar(select(TaskRow).where(TaskRow.domain == domain, TaskRow.name == name))

    def get(self, task_id: str) -> TaskRow:
        """Raises NotFound."""
        row = self.session.get(TaskRow, task_id)
        if row is None:
            raise NotFound(f"there is no task {task_id!r}")
        return row

    def get_many(self, task_ids: Sequence[str]) -> list[TaskRow]:
        """The tasks in the order asked for. Raises NotFound naming the first that is missing."""
        found: dict[str, TaskRow] = {}
        for start in range(0, len(task_ids), 500):  # SQLite bounds the variables of one statement
            part = task_ids[start : start + 500]
            found |= {
                row.id: row for row in self.session.scalars(select(TaskRow).where(TaskRow.id.in_(part)))
            }
        missing = next((task_id for task_id in task_ids if task_id not in found), None)
        if missing is not None:
            raise NotFound(f"there is no task {missing!r}")
        return [found[task_id] for task_id in task_ids]

    def page(self, limit: int, after: str | None, domain: str | None = None) -> list[TaskRow]:
        """Up to `limit` tasks made after the task with id `after`, oldest first."""
        query = select(TaskRow).order_by(TaskRow.id).limit(limit)
        if after is not None:
            query = query.where(TaskRow.id > after)
        if domain is not None:
            query = query.where(TaskRow.domain == domain)
        return list(self.session.scalars(query))

    def of_domain(self, domain: str) -> list[TaskRow]:
        return list(
            self.session.scalars(select(TaskRow).where(TaskRow.domain == domain).order_by(TaskRow.id))
        )

    def frontier(self, task_id: str, run_id: str | None = None) -> list[FrontierRow]:
        """The programs kept for a task, best first: in `run_id`, else in the newest run that kept any."""
        if run_id is None:
            newest = (
                select(FrontierRow.run_id)
                .where(FrontierRow.task_id == task_id)
                .order_by(FrontierRow.run_id.desc())
                .limit(1)
            )
            run_id = self.session.scalar(newest)
        query = select(FrontierRow).where(FrontierRow.task_id == task_id, FrontierRow.run_id == run_id)
        return list(self.session.scalars(query.order_by(FrontierRow.rank)))


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


def _row(task: Task) -> TaskRow:
    return TaskRow(
        domain=task.domain,
        name=task.name,
        request=task.request,
        description=task.description,
        examples=_examples(task),
    )
