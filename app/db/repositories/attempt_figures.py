"""What the attempts of a run add up to.

An iteration's attempts don't change once it is reported: their sums are then kept beside the report, so that
a page over 100,000 tasks counts only those of the iteration that goes on.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.db.models import AttemptRow

#: Points of an iteration's curve, at most about.
MAX_POINTS = 400


@dataclass(frozen=True)
class Tally:
    """The attempts of an iteration that ended alike: their number, and what they add up to. `first`: each
    was its task's first solution in the run; `guide`: who found it.
    """

    iteration: int
    solved: bool
    first: bool
    guide: str | None
    attempts: int
    programs: int
    cpu_seconds: float


@dataclass(frozen=True)
class AttemptFigures:
    """Of one iteration. `solutions`: when tasks were first solved, and how many of its then were; of many,
    about `MAX_POINTS`, the last one always.
    """

    tallies: tuple[Tally, ...]
    solutions: tuple[tuple[datetime, int], ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "tallies": [asdict(tally) for tally in self.tallies],
            "solutions": [(moment.isoformat(), count) for moment, count in self.solutions],
        }

    @staticmethod
    def from_json(figures: dict[str, Any]) -> AttemptFigures:
        return AttemptFigures(
            tuple(Tally(**tally) for tally in figures["tallies"]),
            tuple((datetime.fromisoformat(moment), count) for moment, count in figures["solutions"]),
        )


def count_attempts(
    session: Session, run_id: str, iterations: ColumnElement[bool]
) -> dict[int, AttemptFigures]:
    """By iteration, of those that `iterations` (a condition on AttemptRow.iteration) holds for."""
    tallies: dict[int, list[Tally]] = {}
    for tally in _tallies(session, AttemptRow.run_id == run_id, iterations):
        tallies.setdefault(tally.iteration, []).append(tally)
    return {
        iteration: AttemptFigures(
            tuple(alike),
            tuple(_solutions(session, run_id, iteration, sum(each.attempts for each in alike if each.first))),
        )
        for iteration, alike in tallies.items()
    }


def _tallies(session: Session, *which: ColumnElement[bool]) -> list[Tally]:
    kinds = (AttemptRow.iteration, AttemptRow.solved, AttemptRow.first_solution, AttemptRow.solved_by)
    query = (
        select(*kinds, func.count(), func.sum(AttemptRow.programs), func.sum(AttemptRow.cpu_seconds))
        .where(*which)
        .group_by(*kinds)
        .order_by(AttemptRow.iteration)
    )
    return [
        Tally(iteration, solved, first, guide, attempts, int(programs), float(cpu_seconds))
        for iteration, solved, first, guide, attempts, programs, cpu_seconds in session.execute(query)
    ]


def _solutions(session: Session, run_id: str, iteration: int, total: int) -> list[tuple[datetime, int]]:
    if not total:
        return []
    number = func.row_number().over(order_by=AttemptRow.created_at).label("number")
    numbered = (
        select(AttemptRow.created_at, number)
        .where(AttemptRow.run_id == run_id, AttemptRow.first_solution, AttemptRow.iteration == iteration)
        .subquery()
    )
    step = max(1, total // MAX_POINTS)
    kept = (numbered.c.number % step == 0) | (numbered.c.number == total)
    query = select(numbered.c.created_at, numbered.c.number).where(kept).order_by(numbered.c.number)
    return [(moment, count) for moment, count in session.execute(query)]
