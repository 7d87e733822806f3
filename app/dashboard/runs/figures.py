"""A run's figures by iteration: those of the paper's plots, and what they cost."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

from app.dashboard.runs.queries import RunQueries

PHASES = ("wake", "abstraction", "dream")


@dataclass(frozen=True)
class IterationLine:
    """`solved`: tasks solved by the iteration's end; `guides`: who solved them first. `solve_seconds`: mean
    CPU seconds of its attempts that ended with a solution. `tests`: held-out tasks solved. `length`: of
    library and solutions after its sleep, in nats. `cpu_seconds`: by phase. `reuse`: the fraction of
    solutions that use an abstraction learned from other tasks.
    """

    iteration: int
    solved: int
    tried: int
    guides: dict[str, int]
    solve_seconds: float | None
    tests: int | None
    length: float | None
    cpu_seconds: dict[str, float]
    reuse: float | None


def iteration_lines(queries: RunQueries) -> list[IterationLine]:
    """A line for each iteration with an attempt, a sleep or a dream; 0 is the dream before the first wake."""
    tried: Counter[int] = Counter()
    ended: Counter[int] = Counter()
    seconds: defaultdict[int, float] = defaultdict(float)
    found: defaultdict[int, Counter[str]] = defaultdict(Counter)
    cpu: defaultdict[int, dict[str, float]] = defaultdict(lambda: dict.fromkeys(PHASES, 0.0))
    for tally in queries.tallies:
        tried[tally.iteration] += tally.attempts
        cpu[tally.iteration]["wake"] += tally.cpu_seconds
        if tally.solved:
            ended[tally.iteration] += tally.attempts
            seconds[tally.iteration] += tally.cpu_seconds
        if tally.first:
            found[tally.iteration][tally.guide or "unknown"] += tally.attempts
    lengths = {sleep.iteration: sleep.after for sleep in queries.sleeps if sleep.after}
    for phase, sleeps in (("abstraction", queries.sleeps), ("dream", queries.dreams)):
        for sleep in sleeps:
            cpu[sleep.iteration][phase] += sleep.cpu_seconds
    reports = {report.iteration: report.figures for report in queries.reports}
    lines: list[IterationLine] = []
    guides: Counter[str] = Counter()
    for iteration in sorted({*cpu, *reports}):
        guides += found[iteration]
        report = reports.get(iteration, {})
        lines.append(
            IterationLine(
                iteration,
                guides.total(),
                tried[iteration],
                dict(guides),
                seconds[iteration] / ended[iteration] if ended[iteration] else None,
                report.get("solved_tests"),
                lengths.get(iteration),
                cpu[iteration],
                report.get("reuse"),
            )
        )
    return lines
