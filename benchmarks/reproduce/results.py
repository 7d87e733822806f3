"""docs/RESULTS.md: tables of what the runs found. Each budget's part lies between two markers and is written
anew; what stands around them is kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.reproduce.plan import ABLATED, WHOLE, Budget
from benchmarks.reproduce.published import PUBLISHED
from benchmarks.reproduce.running import Finished
from benchmarks.row import machine
from library.snapshot import Library

_HEAD = """# Results

What `make reproduce` measured: learning runs of every domain, with nothing learned beforehand.
`make reproduce QUICK=1` takes a few shipped tasks of each domain and shows that all of it works; the full
budget is the one to compare. Seconds are CPU seconds.
"""
_TASKS_HEAD = (
    "domain",
    "tasks",
    "solved, by iteration",
    "of",
    "CPU-s a solved task, by iteration",
    "library",
    "CPU-s",
    "published",
)
_SOLVE_SECONDS = (
    "CPU-s a solved task: of all attempts that ended with a solution; a task solved before is searched for "
    "a tenth of the time, to find a likelier program."
)
_MOST_NAMED = 12


def write_results(path: Path, budget: Budget, runs: Sequence[Finished]) -> None:
    """Puts this budget's part into the file, which is made where there is none."""
    text = path.read_text("utf-8") if path.exists() else _HEAD
    begin, end = f"<!-- measured: {budget.name} -->", f"<!-- end of {budget.name} -->"
    part = f"{begin}\n{render(budget, runs)}\n{end}"
    known = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    if known.search(text):
        text = known.sub(lambda _: part, text)
    else:
        text = f"{text.rstrip()}\n\n{part}\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def render(budget: Budget, runs: Sequence[Finished]) -> str:
    """One budget's part, Markdown."""
    whole = [run for run in runs if run.variant == WHOLE]
    rows = [
        [
            run.domain,
            run.source,
            _by_iteration(run, lambda report: str(report["solved"])),
            str(run.tasks),
            _solve_seconds(run),
            f"{len(run.library.abstractions)} functions",
            f"{run.cpu_seconds:,.0f}",
            PUBLISHED.get(run.domain, "–"),
        ]
        for run in whole
    ]
    lines = [f"## The {budget.name} budget", "", _terms(budget), "", "### Tasks solved", ""]
    lines += [*_table(_TASKS_HEAD, rows), "", _SOLVE_SECONDS]
    if any(run.variant != WHOLE for run in runs):
        lines += ["", f"### What each part is worth, on {ABLATED} tasks", "", *_ablations(runs)]
    lines += ["", "### Not solved", "", *(_unsolved(run) for run in whole if run.unsolved)]
    for run in whole:
        if run.library.abstractions:
            lines += ["", f"### The library learned for {run.domain}", "", *_dag(run.library)]
    return "\n".join(lines)


def _terms(budget: Budget) -> str:
    on, sleep = machine(), budget.sleep
    what = "all tasks" if budget.tasks is None else f"at most {budget.tasks} tasks a domain"
    return (
        f"{budget.iterations} iterations, {budget.seconds:g} CPU-s a task and iteration, {what}; each sleep "
        f"{sleep['dream_seconds']:g} CPU-s of dreams and {sleep['training_seconds']:g} of training. "
        f"{on['cores']} cores ({on['processor']}), {datetime.now(UTC):%Y-%m-%d}."
    )


def _solve_seconds(run: Finished) -> str:
    return ", ".join("–" if seconds is None else f"{seconds:.2f}" for seconds in run.solve_seconds)


def _ablations(runs: Sequence[Finished]) -> list[str]:
    rows = [
        [
            run.variant,
            f"{_by_iteration(run, lambda report: str(report['solved']))} of {run.tasks}",
            _solve_seconds(run),
            str(len(run.library.abstractions)),
            _by_iteration(run, lambda report: f"{report['description_length_after']:,.0f}"),
            f"{run.cpu_seconds:,.0f}",
        ]
        for run in runs
        if run.domain == ABLATED
    ]
    head = [
        "run",
        "solved, by iteration",
        "CPU-s a solved task",
        "functions",
        "description length, nats",
        "CPU-s",
    ]
    return _table(head, rows)


def _by_iteration(run: Finished, figure: Callable[[dict[str, object]], str]) -> str:
    return ", ".join(figure(report) for report in run.reports)


def _unsolved(run: Finished) -> str:
    named = "; ".join(run.unsolved[:_MOST_NAMED])
    more = len(run.unsolved) - _MOST_NAMED
    return f"- **{run.domain}**, {len(run.unsolved)}: {named}{f'; and {more} more' if more > 0 else ''}"


def _dag(library: Library) -> list[str]:
    """Each function with those it is built from, deeper ones to the right, and a line on each."""
    names = {abstraction.term: abstraction.name for abstraction in library.abstractions}
    lines = ["```mermaid", "graph LR"]
    lines += [f"  {abstraction.name}" for abstraction in library.abstractions]
    for abstraction in library.abstractions:
        used = sorted({names[term] for term in abstraction.term.body.abstractions if term in names})
        lines += [f"  {name} --> {abstraction.name}" for name in used]
    lines += ["```", ""]
    for abstraction in library.abstractions:
        python = library.python(str(abstraction.term.body), abstraction.type)
        lines.append(f"- `{abstraction.name}`: `{python}`")
    return lines


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

    return [line(head), "|" + "---|" * len(head), *(line(row) for row in rows)]
