"""Two runs side by side: their curves, and the figures that they end with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.dashboard.runs.figures import PHASES, IterationLine, iteration_lines
from app.dashboard.runs.queries import RunQueries
from app.dashboard.runs.views import elapsed
from app.db.models import RunRow


@dataclass(frozen=True)
class Side:
    """One of the two. `lines`: of the iterations that attempted tasks. `tests` are held out."""

    run: RunRow
    tasks: int
    tests: int
    lines: list[IterationLine]
    learned: int
    elapsed: float
    cpu_seconds: dict[str, float]

    @property
    def last(self) -> IterationLine | None:
        return self.lines[-1] if self.lines else None

    @property
    def solved(self) -> int:
        return self.last.solved if self.last else 0

    def latest(self, figure: str) -> Any:
        """The last iteration's that has this figure."""
        values = (getattr(line, figure) for line in reversed(self.lines))
        return next((value for value in values if value is not None), None)


def make_side(session: Session, run: RunRow) -> Side:
    queries = RunQueries(session, run.id)
    lines = iteration_lines(queries)
    return Side(
        run,
        queries.task_counts.get("train", 0),
        queries.task_counts.get("test", 0),
        [line for line in lines if line.tried],
        queries.abstraction_counts()[1],
        elapsed(run),
        {phase: sum(line.cpu_seconds[phase] for line in lines) for phase in PHASES},
    )


def series(*sides: Side) -> list[dict[str, Any]]:
    """What the charts draw: shares of the tasks, since the two may have different ones."""
    return [
        {
            "iterations": [line.iteration for line in side.lines],
            "solved": [
                round(100 * line.solved / side.tasks, 1) if side.tasks else None for line in side.lines
            ],
            "seconds": [
                None if line.solve_seconds is None else round(line.solve_seconds, 3) for line in side.lines
            ],
        }
        for side in sides
    ]
