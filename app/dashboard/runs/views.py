"""What each panel of a run's page shows, computed from the rows. Templates only lay it out.

A panel is a function of a session and a run that returns its template's values. The page has all of them;
an event asks for those that it made stale.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app.dashboard.bars import stack
from app.dashboard.runs.figures import PHASES, iteration_lines
from app.dashboard.runs.queries import RunQueries, TaskLine
from app.db.models import SETTLED, RunRow
from app.db.repositories import AbstractionRepository
from app.db.repositories.attempt_figures import MAX_POINTS
from library.domain import get_domain
from synthesis.controls import MEASURED

#: What the controls' arms are called on the page, in the order of its table.
ARMS = {
    "both": "All, as in the run",
    "without the network": "Without the network",
    "without the model": "Without the language model",
    "without the deduction": "Without deduction",
    "enumeration": "Enumeration alone",
    "samples": "Samples alone",
    "initial library": "All, before learning",
}
GUIDES = ("prior", "deduction", "network", "model")
#: What the grid of tasks can be narrowed to, and what each choice is called.
TASK_STATES = {"all": "All", "solved": "Solved", "unsolved": "Tried in vain", "waiting": "Not tried yet"}
#: Tiles of one page of the grid.
TILES = 120
#: Abstractions that the page shows; the library's pages have them all.
MAX_ABSTRACTIONS = 12


@dataclass(frozen=True)
class Shown:
    """Which of the run's tasks the page is asked to show: a state of `TASK_STATES`, and a page, from 1."""

    tasks: str = "all"
    page: int = 1


Panel = Callable[[RunQueries, RunRow, Shown], dict[str, Any]]


@dataclass(frozen=True)
class Tile:
    """A task in the grid. `state` is "solved", "unsolved" (tried in vain) or "waiting" (not tried yet)."""

    task: TaskLine
    state: str
    guide: str | None = None


def summary(queries: RunQueries, run: RunRow, shown: Shown) -> dict[str, Any]:
    """State, phase and the headline figures."""
    tallies = queries.tallies
    firsts = [tally for tally in tallies if tally.first]
    solved = sum(tally.attempts for tally in firsts)
    gained = sum(tally.attempts for tally in firsts if tally.iteration == run.iteration)
    ever, learned = queries.abstraction_counts()
    lengths = [(sleep.before, sleep.after) for sleep in queries.sleeps if sleep.before and sleep.after]
    return {
        "settled": run.state in SETTLED,
        "phases": PHASES,
        "iterations": run.config.get("iterations"),
        "tasks": queries.task_counts.get("train", 0),
        "solved": solved,
        "gained": gained if run.iteration > 1 else None,
        "tried": sum(tally.attempts for tally in tallies if tally.iteration == run.iteration),
        "primitives": len(get_domain(run.domain).primitives),
        "learned": learned,
        "retired": ever - learned,
        "description_length": lengths[-1] if lengths else None,
        "solved_tests": queries.reports[-1].figures.get("solved_tests") if queries.reports else None,
        "tests": queries.task_counts.get("test", 0),
        "elapsed": elapsed(run),
        "programs": sum(tally.programs for tally in tallies),
        "wake_seconds": sum(tally.cpu_seconds for tally in tallies),
        "latest": queries.latest_solution(),
        "warming_up": run.state == "running" and queries.phase_iteration() == 0,
    }


def progress(queries: RunQueries, run: RunRow, shown: Shown) -> dict[str, Any]:
    """Tasks solved against time, and with the mean time of a solution against iteration."""
    start = run.started_at or run.created_at
    lines = [line for line in iteration_lines(queries) if line.tried]
    solved = lines[-1].solved if lines else 0
    over_time = [
        (round((moment - start).total_seconds(), 1), count)
        for moment, count in _thin(queries.solutions_over_time())
    ]
    return {
        "iterations": lines,
        "series": {
            "tasks": queries.task_counts.get("train", 0),
            "time": [(0.0, 0), *over_time, (round(elapsed(run), 1), solved)] if solved else [],
            "ends": [
                (report.iteration, round((report.ended_at - start).total_seconds(), 1))
                for report in queries.reports
            ],
            "iterations": [(line.iteration, line.solved) for line in lines],
            "seconds": [
                None if line.solve_seconds is None else round(line.solve_seconds, 3) for line in lines
            ],
            "tests": [line.tests for line in lines],
        },
    }


def training(queries: RunQueries, run: RunRow, shown: Shown) -> dict[str, Any]:
    """The recognition network's loss while it trains, and what became of each version of it and of the
    language model."""
    curves: dict[str, list[tuple[int, float | None]]] = {}
    marks: list[tuple[int, int]] = []
    offset, last, iteration = 0, 0, None
    for point in queries.training():
        if point["iteration"] != iteration:  # steps start anew in each dream sleep; the curves go on
            iteration = point["iteration"]
            offset += last
            for curve in curves.values():
                curve.append((offset, None))  # a gap: another network begins
            marks.append((offset, iteration))
        last = point["step"]
        for name, loss in {"training": point.get("loss"), **_held_out(point.get("held_out"))}.items():
            if loss is not None:
                curves.setdefault(name, []).append((offset + last, round(loss, 4)))
    return {
        "series": {"curves": {name: _thin(curve) for name, curve in curves.items()}, "marks": marks},
        "steps": offset + last,
        "versions": [dream for dream in queries.dreams if dream.has_network],
        "adapters": queries.adapters(),
    }


def shares(queries: RunQueries, run: RunRow, shown: Shown) -> dict[str, Any]:
    """Who found the solutions, what they cost, and how much shorter the library made them."""
    lines = iteration_lines(queries)
    tried = [line for line in lines if line.tried]
    found = tried[-1].guides if tried else {}
    solved = tried[-1].solved if tried else 0
    guides = [*GUIDES, *sorted(set(found) - set(GUIDES))]
    longest = max((sum(line.cpu_seconds.values()) for line in lines), default=0.0)
    lengths = [(sleep, sleep.before, sleep.after) for sleep in queries.sleeps if sleep.before and sleep.after]
    scale = max((max(before, after) for _, before, after in lengths), default=0.0)
    return {
        "finders": [
            stack(
                str(line.iteration),
                {guide: line.guides.get(guide, 0) for guide in guides},
                float(solved),
            )
            for line in tried
        ],
        "found": {guide: found[guide] for guide in guides if found.get(guide)},
        "samples": (queries.reports[-1].figures.get("samples") or {}) if queries.reports else {},
        "cpu": [stack(str(line.iteration), line.cpu_seconds, longest) for line in lines],
        "cpu_by_phase": {phase: sum(line.cpu_seconds[phase] for line in lines) for phase in PHASES},
        "lengths": [
            (
                sleep,
                stack(str(sleep.iteration), {"after": after, "saved": max(0.0, before - after)}, scale),
            )
            for sleep, before, after in lengths
        ],
    }


def controls(queries: RunQueries, run: RunRow, shown: Shown) -> dict[str, Any]:
    """The controls of the last iteration; a run of before there were any has none. `arms`: by label."""
    made = queries.reports[-1].figures.get("controls") if queries.reports else None
    by_name = {arm["name"]: arm for arm in made["arms"]} if made else {}
    return {
        "made": made,
        "pending": made is None and run.state not in SETTLED and run.config.get("control_tasks") != 0,
        "both": by_name.get("both"),
        "arms": {label: by_name[name] for name, label in ARMS.items() if name in by_name},
        "without": {
            called: by_name[f"without the {name}"]
            for name, called in MEASURED.items()
            if f"without the {name}" in by_name
        },
        "before": by_name.get("initial library"),
    }


def abstractions(queries: RunQueries, run: RunRow, shown: Shown) -> dict[str, Any]:
    """The library functions that the run learned last, in the order found."""
    rows = AbstractionRepository(queries.session).learned(run.id, MAX_ABSTRACTIONS)
    found, _ = queries.abstraction_counts()
    reuse = [report.figures.get("reuse") for report in queries.reports]
    return {
        "rows": rows,
        "found": found,
        "names": frozenset(row.name for row in rows),
        "reuse": reuse[-1] if reuse else None,
        "reuse_by_iteration": [
            (report.iteration, reused)
            for report, reused in zip(queries.reports, reuse, strict=True)
            if reused is not None
        ],
    }


def tasks(queries: RunQueries, run: RunRow, shown: Shown) -> dict[str, Any]:
    """A page of the tasks to learn from with the state of each; held-out tasks are only counted, in the
    reports.
    """
    every = queries.task_counts.get("train", 0)
    solved = sum(tally.attempts for tally in queries.tallies if tally.first)
    attempts: dict[int, int] = {}
    for tally in queries.tallies:
        attempts[tally.iteration] = attempts.get(tally.iteration, 0) + tally.attempts
    # every iteration tries them all
    tried = max(attempts.values(), default=0)
    counts = {"all": every, "solved": solved, "unsolved": tried - solved, "waiting": every - tried}
    pages = max(1, -(-counts[shown.tasks] // TILES))
    page = min(shown.page, pages)
    lines = queries.tasks(shown.tasks, TILES, (page - 1) * TILES) if counts[shown.tasks] else []
    outcomes = queries.outcomes([line.id for line in lines])
    tiles = [
        Tile(line, "waiting")
        if (outcome := outcomes.get(line.id)) is None
        else Tile(line, "solved" if outcome.solved else "unsolved", outcome.solved_by)
        for line in lines
    ]
    return {
        "tiles": tiles,
        "states": TASK_STATES,
        "counts": counts,
        "shown": shown.tasks,
        "page": page,
        "pages": pages,
        "guides": [guide for guide in GUIDES if any(tile.guide == guide for tile in tiles)],
    }


def actions(queries: RunQueries, run: RunRow, shown: Shown) -> dict[str, Any]:
    """What can be done with the run in its state."""
    return {
        "pause": run.state in ("queued", "running"),
        "resume": run.state == "paused",
        "cancel": run.state in ("queued", "running", "paused"),
    }


PANELS: dict[str, Panel] = {
    "actions": actions,
    "summary": summary,
    "progress": progress,
    "training": training,
    "shares": shares,
    "controls": controls,
    "abstractions": abstractions,
    "tasks": tasks,
}


def _held_out(losses: Any) -> dict[str, float | None]:
    """The held-out losses by what they are of; a single one goes without a name."""
    if isinstance(losses, dict):
        return {f"held out, {name}": loss for name, loss in losses.items()}
    return {"held out": losses}


def elapsed(run: RunRow) -> float:
    """Seconds since the run began, up to its end."""
    if run.started_at is None:
        return 0.0
    return ((run.finished_at or datetime.now(UTC)) - run.started_at).total_seconds()


def _thin(points: list[Any]) -> list[Any]:
    """At most about MAX_POINTS of them, evenly, the last one always."""
    step = max(1, len(points) // MAX_POINTS)
    kept = points[::step]
    return kept if not points or kept[-1] is points[-1] else [*kept, points[-1]]
