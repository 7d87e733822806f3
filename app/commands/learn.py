"""`wakesleep learn`: the whole loop in this process, kept in memory."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from rich.console import Console

from app.commands.errors import InputError
from app.settings import get_settings
from app.workflows.config import run_config
from app.workflows.keeper import event_parts
from app.workflows.progress import RunView, live
from synthesis.controls import MEASURED
from synthesis.keeper import MemoryKeeper
from synthesis.loop import learn
from synthesis.task import load_tasks


def run(
    source: str,
    domain: str,
    iterations: int,
    seconds: float,
    test: str | None,
    save: Path | None,
    as_json: bool,
) -> None:
    """Print a report for each iteration as it ends. ``save``: where the library so far is then written.

    Raises TaskError and InputError before anything starts.
    """
    if save is not None and (save.exists() or not save.parent.is_dir()):
        why = "is there already" if save.exists() else f"needs the folder {save.parent}, which isn't there"
        raise InputError(f"--save-library: {save} {why}")
    tasks = load_tasks(Path(source), domain)
    tests = [] if test is None else load_tasks(Path(test), domain)
    shared = {task.name for task in tasks} & {task.name for task in tests}
    if shared:
        raise InputError(
            f"--test: task {min(shared)!r} is also one to learn from; a test task must be another"
        )
    settings = get_settings()
    config = run_config(settings, domain, iterations, seconds)
    view = RunView(len(tasks), iterations)
    with live(view, Console(stderr=True)) as take:
        keeper = MemoryKeeper(lambda event: take(*event_parts(event)))
        for report in learn(tasks, config, keeper, tests, settings.key):
            sleep = keeper.sleep(report["iteration"])
            if save is not None and sleep is not None:
                save.write_text(json.dumps(sleep.library.to_json(), indent=2) + "\n", "utf-8")
            if as_json:
                print(json.dumps(report), flush=True)
    if not as_json:
        _summary(view.reports)


def _summary(reports: list[dict[str, Any]]) -> None:
    for report in reports:
        names = ", ".join(abstraction["name"] for abstraction in report["abstractions"]) or "none"
        print(
            f"iteration {report['iteration']}: {report['solved']} of {report['tasks']} solved; new: {names}; "
            f"{report['description_length_before']:.0f} -> {report['description_length_after']:.0f} nats"
        )
        if "controls" in report:
            print(_controls(report["controls"]))
    sys.stdout.flush()


def _controls(controls: dict[str, Any]) -> str:
    """A line with all arms, and one about each guide besides the prior that the run has."""
    arms = {arm["name"]: arm for arm in controls["arms"]}
    count, cost = len(controls["tasks"]), f"{controls['seconds']:g} CPU-s a task"
    solved = ", ".join(f"{name} {arm['solved']}" for name, arm in arms.items())
    said = f"controls, solved of {count} {controls['source']} tasks at {cost}: {solved}"
    for name, called in MEASURED.items():
        if (without := arms.get(f"without the {name}")) is not None:
            said += (
                f"\nwith the {called} {arms['both']['solved']} of {count}, without it {without['solved']} "
                f"of {count}, at {cost}: {without['only_both']} only with it, "
                f"{without['only_this']} only without"
            )
    return said
