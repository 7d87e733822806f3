"""`wakesleep solve`: a search for each task of a file or folder, a line for each."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from rich.console import Console

from app.commands.errors import report
from app.commands.guides import make_guides
from app.commands.libraries import open_library
from app.settings import get_settings
from synthesis.answer import refused
from synthesis.answer import solve as solve_task
from synthesis.sygus.solving import DOMAIN, SygusTask, checked, solve_problem
from synthesis.task import Task, TaskError, read_problem_file, read_tasks
from synthesis.wake import WakeBudget

#: What a single task may have wrong while the others are solved; everything else refuses the whole input.
_REFUSED = ("contradictory", "ill-typed", "unsupported")


def run(
    source: str,
    domain: str,
    seconds: float,
    reference: str | None,
    guide: str,
    workers: int | None,
    as_json: bool,
) -> int:
    """Print a line per task, in order; the exit code: 2 where a task was bad input, else 0.

    Raises TaskError where the input can't be read as tasks, before any search.
    """
    library = open_library(reference, domain)
    items = list(_read(source, domain))
    guides = make_guides(guide, library)
    budget = WakeBudget(seconds)

    def attempt(item: Task | SygusTask | TaskError) -> dict[str, Any]:
        if isinstance(item, TaskError):
            return refused(item)
        if isinstance(item, SygusTask):
            return solve_problem(item, library, budget)
        return solve_task(item, library, guides, budget)

    console = Console(stderr=True)
    solved = 0
    with ThreadPoolExecutor(workers or get_settings().workers) as pool:
        try:
            with console.status("searching", spinner="dots") as status:
                for number, line in enumerate(pool.map(attempt, items), start=1):
                    solved += line["solved"]
                    print(json.dumps(line) if as_json else _sentence(line), flush=True)
                    status.update(f"searching: {number} of {len(items)} tasks, {solved} solved")
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    errors = [item for item in items if isinstance(item, TaskError)]
    for error in errors:
        report(error)
    if not as_json:
        print(f"{solved} of {len(items)} solved", file=sys.stderr)
    return 2 if any(error.kind != "unsupported" for error in errors) else 0


def _read(source: str, domain: str) -> Iterator[Task | SygusTask | TaskError]:
    """The tasks of a file or folder. Raises TaskError for malformed ones.

    In the strings domain a SyGuS problem comes with its grammar; elsewhere it is its examples.
    """
    path = Path(source)
    problems = sorted(path.glob("*.sl")) if path.is_dir() else [path] if path.suffix == ".sl" else []
    if not problems or (path.is_dir() and any(path.glob("*.json"))):
        for item in read_tasks(path, domain):
            if isinstance(item, TaskError) and item.kind not in _REFUSED:
                raise item
            yield item
    for problem in problems:
        try:
            asked = checked(read_problem_file(problem), domain)
            yield asked if domain == DOMAIN else asked.task
        except TaskError as error:
            if error.kind not in _REFUSED:
                raise
            yield error


def _sentence(line: dict[str, Any]) -> str:
    if line["solved"]:
        return (
            f"{line['name']}: {line['python']}   ({line['programs']:,} programs, {line['cpu_seconds']:.2f} s)"
        )
    return f"{line['name']}: not solved ({line['reason']}): {line['detail']}"
