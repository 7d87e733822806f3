"""A run's progress on the terminal.

Read from the events table, so that it also shows what an earlier process did.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, Progress, TextColumn
from rich.text import Text

from app.db.models import SETTLED
from app.db.repositories import EventRepository, RunRepository
from app.db.session import Database

_POLL_SECONDS = 0.5


@dataclass
class RunView:
    """What the events of a run add up to."""

    tasks: int
    iterations: int
    state: str = "queued"
    iteration: int = 0
    phase: str = ""
    attempted: int = 0
    solved: int = 0
    loss: float | None = None
    abstractions: dict[str, str] = field(default_factory=dict)
    reports: list[dict[str, Any]] = field(default_factory=list)

    def take(self, type: str, data: dict[str, Any]) -> str | None:
        """Add one event; a line worth keeping on the terminal, where it makes one."""
        if type == "run":
            self.state = data["state"]
            return f"run {self.state}" + (f": {data['error']}" if "error" in data else "")
        if type == "phase":
            self.iteration, self.phase = data["iteration"], data["phase"]
            if data["state"] == "started":
                self.attempted, self.loss = 0, None
        elif type == "task":
            self.attempted += 1
            self.solved = data["solved_total"]
        elif type in ("training", "tuning"):
            self.loss = data["loss"]
        elif type == "guide":
            return f"  iteration {data['iteration']}: without the guide {data['guide']}: {data['detail']}"
        elif type == "model":
            return f"  iteration {data['iteration']}: {_model_line(data)}"
        elif type == "abstraction":
            self.abstractions[data["name"]] = data["python"]
            return f"  iteration {data['iteration']}: {data['name']} : {data['type']}   {data['python']}"
        elif type == "iteration":
            self.reports.append(data)
            shares = ", ".join(f"{guide} {share:.0%}" for guide, share in data["share_by_guide"].items())
            return (
                f"iteration {data['iteration']}: {data['solved']} of {data['tasks']} tasks solved"
                f" ({shares or 'none'}), {len(data['abstractions'])} new abstractions,"
                f" library of {data['library_size']}"
            )
        return None

    def __rich__(self) -> Group:
        bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            TextColumn("{task.completed:.0f}/{task.total:.0f}"),
        )
        bar.add_task("solved   ", total=self.tasks, completed=self.solved)
        if self.phase == "wake":
            bar.add_task("attempted", total=self.tasks, completed=min(self.attempted, self.tasks))
        head = f"{self.state}: iteration {self.iteration} of {self.iterations}, {self.phase or 'waiting'}"
        loss = "" if self.loss is None else f", training loss {self.loss:.3f}"
        return Group(Text(f"{head}, {len(self.abstractions)} abstractions{loss}", style="bold"), bar)


def _model_line(data: dict[str, Any]) -> str:
    """What became of a version of the language model: tuned here, or promoted or rolled back by somebody."""
    if "detail" in data:
        return f"no new version of the language model: {data['detail']}"
    if "promoted" not in data:
        return f"{data['name']} was changed by hand"
    return f"{data['name']} " + ("promoted" if data["promoted"] else "not promoted: no better than before")


@contextmanager
def live(view: RunView, console: Console) -> Iterator[Callable[[str, dict[str, Any]], None]]:
    """Shows the view while the block runs, and gives the function that adds an event to it. On a terminal the
    state is redrawn in place; elsewhere there is only a line per happening."""
    with Live(view, console=console, refresh_per_second=4, transient=True, auto_refresh=console.is_terminal):

        def take(type: str, data: dict[str, Any]) -> None:
            line = view.take(type, data)
            if line is not None:
                console.print(line, markup=False, highlight=False, soft_wrap=True)

        yield take


@contextmanager
def shown(database: Database, run_id: str, console: Console) -> Iterator[None]:
    """Show a run of the database on the console while the block runs."""
    ended = threading.Event()
    thread = threading.Thread(
        target=_show, args=(database, run_id, console, ended), name="progress", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(timeout=5)


def _show(database: Database, run_id: str, console: Console, ended: threading.Event) -> None:
    with database.read() as session:
        runs = RunRepository(session)
        view = RunView(runs.size(run_id), runs.get(run_id).config["iterations"])
    sequence = 0
    with live(view, console) as take:
        while True:
            with database.read() as session:
                settled = RunRepository(session).get(run_id).state in SETTLED
                rows = EventRepository(session).after(run_id, sequence)
            for row in rows:
                sequence = row.sequence
                take(row.type, row.data)
            if not rows and (settled or ended.wait(_POLL_SECONDS)):
                return
