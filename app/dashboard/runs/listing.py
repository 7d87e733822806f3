"""The list of runs: the newest first, a page at a time, with how far each has come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.db.models import SETTLED, AttemptRow, ReportRow, RunRow, RunTaskRow

#: Runs of one page.
PAGE = 25


@dataclass(frozen=True)
class RunLine:
    """A run and its headline figures; `tasks` are those that it learns from."""

    run: RunRow
    tasks: int
    solved: int


def run_lines(
    session: Session, state: str | None = None, domain: str | None = None, before: str | None = None
) -> tuple[list[RunLine], bool]:
    """A page of the runs made before the run with id `before`, and whether there are more."""
    query = select(RunRow).order_by(RunRow.id.desc()).limit(PAGE + 1)
    for column, wanted in ((RunRow.state, state), (RunRow.domain, domain)):
        if wanted is not None:
            query = query.where(column == wanted)
    if before is not None:
        query = query.where(RunRow.id < before)
    rows = list(session.scalars(query))
    return _with_figures(session, rows[:PAGE]), len(rows) > PAGE


def other_runs(session: Session, run: RunRow) -> list[RunRow]:
    """The newest runs of the same domain besides this one."""
    query = select(RunRow).where(RunRow.domain == run.domain, RunRow.id != run.id)
    return list(session.scalars(query.order_by(RunRow.id.desc()).limit(2 * PAGE)))


def _with_figures(session: Session, runs: Sequence[RunRow]) -> list[RunLine]:
    """From the last report of a run that has ended, counted where there is none."""
    ended = [run.id for run in runs if run.state in SETTLED]
    last = (
        select(ReportRow.run_id, func.max(ReportRow.iteration).label("iteration"))
        .where(ReportRow.run_id.in_(ended))
        .group_by(ReportRow.run_id)
        .subquery()
    )
    query = select(
        ReportRow.run_id, ReportRow.report["tasks"].as_integer(), ReportRow.report["solved"].as_integer()
    )
    query = query.join(last, (last.c.run_id == ReportRow.run_id) & (last.c.iteration == ReportRow.iteration))
    figures = {id: (tasks, solved) for id, tasks, solved in session.execute(query)}
    counted = [run.id for run in runs if run.id not in figures]
    sizes = _count(session, RunTaskRow, RunTaskRow.run_id.in_(counted), RunTaskRow.split == "train")
    solved = _count(session, AttemptRow, AttemptRow.run_id.in_(counted), AttemptRow.first_solution)
    figures |= {id: (sizes.get(id, 0), solved.get(id, 0)) for id in counted}
    return [RunLine(run, *figures[run.id]) for run in runs]


def _count(
    session: Session, table: type[RunTaskRow] | type[AttemptRow], *where: ColumnElement[bool]
) -> dict[str, int]:
    """The rows of each run."""
    query = select(table.run_id, func.count()).where(*where).group_by(table.run_id)
    return dict(session.execute(query).all())
