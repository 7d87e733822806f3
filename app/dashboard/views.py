"""What each panel of a run's page shows, computed from the rows. Templates only lay it out.

A panel is a function of a session and a run that returns its template's values. The page has all of them;
an event asks for those that it made stale.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from app.dashboard.bars import stack
from app.dashboard.queries import AttemptLine, RunQueries, TaskLine
from app.db.models import SETTLED, RunRow
from app.db.repositories import AbstractionRepository
from library.domain import get_domain
from synthesis.controls import RECOGNITION

#: What the controls' arms are called on the page, in the order of its table.
ARMS = {
    "both": "All, as in the run",
    "without the network": "Without the network",
    "without the model": "Without the language model",
    "enumeration": "Enumeration alone",
    "samples": "Samples alone",
    "initial library": "All, before learning",
}
PHASES = ("wake", "abstraction", "dream")
GUIDES = ("prior", "network", "model")
#: More tiles than this are more than anyone reads; the rest are counted.
MAX_TILES = 600
#: Points of a curve that are sent, at most.
MAX_POINTS = 400

Panel = Callable[[Session, RunRow], dict[str, Any]]


@dataclass(frozen=True)
class Tile:
    """A task in the grid. `state` is "solved", "unsolved" (tried in vain) or "waiting" (not tried yet)."""

    task: TaskLine
    state: str
    guide: str | None = None
    iteration: int | None = None


def summary(session: Session, run: RunRow) -> dict[str, Any]:
    """State, phase and the headline figures."""
    queries = RunQueries(session, run.id)
    counts = queries.task_counts()
    attempts = queries.attempts()
    solved = {attempt.task_id for attempt in attempts if attempt.solved}
    before = {attempt.task_id for attempt in attempts if attempt.solved and attempt.iteration < run.iteration}
    tried = {attempt.task_id for attempt in attempts if attempt.iteration == run.iteration}
    abstractions = AbstractionRepository(session).learned(run.id)
    learned = [abstraction for abstraction in abstractions if abstraction.retired_in is None]
    reports = [report for report, _ in queries.reports()]
    lengths = [(sleep.before, sleep.after) for sleep in queries.sleeps() if sleep.before and sleep.after]
    return {
        "settled": run.state in SETTLED,
        "phases": PHASES,
        "iterations": run.config.get("iterations"),
        "tasks": counts.get("train", 0),
        "solved": len(solved),
        "gained": len(solved - before) if run.iteration > 1 else None,
        "tried": len(tried),
        "primitives": len(get_domain(run.domain).primitives),
        "learned": len(learned),
        "retired": len(abstractions) - len(learned),
        "description_length": lengths[-1] if lengths else None,
        "solved_tests": reports[-1].get("solved_tests") if reports else None,
        "tests": counts.get("test", 0),
        "elapsed": _elapsed(run),
        "programs": sum(attempt.programs for attempt in attempts),
        "wake_seconds": sum(attempt.cpu_seconds for attempt in attempts),
        "latest": _latest(queries, attempts),
        "warming_up": run.state == "running" and queries.phase_iteration() == 0,
    }


def progress(session: Session, run: RunRow) -> dict[str, Any]:
    """Tasks solved against time and against iteration."""
    queries = RunQueries(session, run.id)
    attempts = queries.attempts()
    start = run.started_at or run.created_at
    seen: set[str] = set()
    over_time: list[tuple[float, int]] = [(0.0, 0)]
    by_iteration: dict[int, int] = {}
    for attempt in attempts:
        if attempt.solved and attempt.task_id not in seen:
            seen.add(attempt.task_id)
            over_time.append((round((attempt.created_at - start).total_seconds(), 1), len(seen)))
        by_iteration[attempt.iteration] = len(seen)
    over_time = [*over_time, (round(_elapsed(run), 1), len(seen))] if seen else []
    reports = queries.reports()
    ends = [(report["iteration"], round((moment - start).total_seconds(), 1)) for report, moment in reports]
    tests = {
        report["iteration"]: report["solved_tests"]
        for report, _ in reports
        if report.get("solved_tests") is not None
    }
    return {
        "iterations": [
            {"iteration": iteration, "solved": solved, "tests": tests.get(iteration)}
            for iteration, solved in by_iteration.items()
        ],
        "series": {
            "tasks": queries.task_counts().get("train", 0),
            "time": _thin(over_time),
            "ends": ends,
            "iterations": list(by_iteration.items()),
            "tests": list(tests.items()),
        },
    }


def training(session: Session, run: RunRow) -> dict[str, Any]:
    """The recognition network's loss while it trains, and what became of each version of it and of the
    language model."""
    queries = RunQueries(session, run.id)
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
        "versions": [dream for dream in queries.dreams() if dream.has_network],
        "adapters": queries.adapters(),
    }


def shares(session: Session, run: RunRow) -> dict[str, Any]:
    """Who found the solutions, what they cost, and how much shorter the library made them."""
    queries = RunQueries(session, run.id)
    seen: set[str] = set()
    found: Counter[str] = Counter()
    finders: dict[int, Counter[str]] = {}  # by iteration, counted up to its end
    cpu: dict[int, dict[str, float]] = {}
    for attempt in queries.attempts():
        if attempt.solved_by and attempt.task_id not in seen:
            seen.add(attempt.task_id)
            found[attempt.solved_by] += 1
        finders[attempt.iteration] = found.copy()
        phases = cpu.setdefault(attempt.iteration, dict.fromkeys(PHASES, 0.0))
        phases["wake"] += attempt.cpu_seconds
    sleeps = queries.sleeps()
    for phase, lines in (("abstraction", sleeps), ("dream", queries.dreams())):
        for line in lines:
            cpu.setdefault(line.iteration, dict.fromkeys(PHASES, 0.0))[phase] += line.cpu_seconds
    guides = [*GUIDES, *sorted(set(found) - set(GUIDES))]
    longest = max((sum(phases.values()) for phases in cpu.values()), default=0.0)
    lengths = [sleep for sleep in sleeps if sleep.before and sleep.after]
    scale = max((max(sleep.before or 0, sleep.after or 0) for sleep in lengths), default=0.0)
    reports = [report for report, _ in queries.reports()]
    return {
        "finders": [
            stack(str(iteration), {guide: counted[guide] for guide in guides}, float(len(seen)))
            for iteration, counted in sorted(finders.items())
        ],
        "found": {guide: found[guide] for guide in guides if found[guide]},
        "samples": reports[-1].get("samples") or {} if reports else {},
        "cpu": [stack(str(iteration), phases, longest) for iteration, phases in sorted(cpu.items())],
        "cpu_by_phase": {phase: sum(phases[phase] for phases in cpu.values()) for phase in PHASES},
        "lengths": [
            (
                sleep,
                stack(
                    str(sleep.iteration),
                    {"after": sleep.after, "saved": max(0.0, sleep.before - sleep.after)},
                    scale,
                ),
            )
            for sleep in lengths
            if sleep.before is not None and sleep.after is not None
        ],
    }


def controls(session: Session, run: RunRow) -> dict[str, Any]:
    """The controls of the last iteration; a run of before there were any has none. `arms`: by label."""
    reports = RunQueries(session, run.id).reports()
    made = reports[-1][0].get("controls") if reports else None
    by_name = {arm["name"]: arm for arm in made["arms"]} if made else {}
    return {
        "made": made,
        "pending": made is None and run.state not in SETTLED and run.config.get("control_tasks") != 0,
        "both": by_name.get("both"),
        "arms": {label: by_name[name] for name, label in ARMS.items() if name in by_name},
        "without": {
            called: by_name[f"without the {name}"]
            for name, called in RECOGNITION.items()
            if f"without the {name}" in by_name
        },
        "before": by_name.get("initial library"),
    }


def abstractions(session: Session, run: RunRow) -> dict[str, Any]:
    """The library functions that the run learned, in the order found."""
    rows = AbstractionRepository(session).learned(run.id)
    reports = RunQueries(session, run.id).reports()
    reuse = reports[-1][0].get("reuse") if reports else None
    return {"rows": rows, "names": frozenset(row.name for row in rows), "reuse": reuse}


def tasks(session: Session, run: RunRow) -> dict[str, Any]:
    """The state of every task to learn from; held-out tasks are only counted, in the reports."""
    queries = RunQueries(session, run.id)
    first: dict[str, AttemptLine] = {}
    tried: set[str] = set()
    for attempt in queries.attempts():
        tried.add(attempt.task_id)
        if attempt.solved:
            first.setdefault(attempt.task_id, attempt)
    tiles: list[Tile] = []
    for task in queries.tasks("train", MAX_TILES):
        if solution := first.get(task.id):
            tiles.append(Tile(task, "solved", solution.solved_by, solution.iteration))
        else:
            tiles.append(Tile(task, "unsolved" if task.id in tried else "waiting"))
    return {"tiles": tiles, "hidden": queries.task_counts().get("train", 0) - len(tiles)}


PANELS: dict[str, Panel] = {
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


def _elapsed(run: RunRow) -> float:
    """Seconds since the run began, up to its end."""
    if run.started_at is None:
        return 0.0
    return ((run.finished_at or datetime.now(UTC)) - run.started_at).total_seconds()


def _latest(queries: RunQueries, attempts: list[AttemptLine]) -> tuple[str, AttemptLine] | None:
    """The task solved last, and how."""
    first: dict[str, AttemptLine] = {}
    for attempt in attempts:
        if attempt.solved:
            first.setdefault(attempt.task_id, attempt)
    if not first:
        return None
    names = {task.id: task.name for task in queries.tasks()}
    task_id, attempt = list(first.items())[-1]
    return names[task_id], attempt


def _thin(points: list[Any]) -> list[Any]:
    """At most about MAX_POINTS of them, evenly, the last one always."""
    step = max(1, len(points) // MAX_POINTS)
    kept = points[::step]
    return kept if not points or kept[-1] is points[-1] else [*kept, points[-1]]
