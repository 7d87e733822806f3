"""`make reproduce`: a killed reproduction goes on where it was, and its tables keep what people wrote beside
them."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.reproduce.plan import ABLATED, BUDGETS, VARIANTS, WHOLE, plan
from benchmarks.reproduce.results import write_results
from benchmarks.reproduce.running import Finished
from library.domains import DOMAINS
from library.snapshot import Abstraction, Library
from synthesis.keeper import MemoryKeeper, RunConfig
from synthesis.loop import learn
from synthesis.task import Example, Task

pytestmark = pytest.mark.slow

QUICK = BUDGETS["quick"]
REPORT: dict[str, Any] = {
    "solved": 3,
    "description_length_after": 41.5,
    "cpu_seconds": {"wake": 1.0, "abstraction": 0.5, "dream": 0.25},
}


def finished(domain: str, variant: str) -> Finished:
    twice = Abstraction("twice", "#(lambda (+ $0 $0))", "int -> int")
    four = Abstraction("four_times", "#(lambda (#(lambda (+ $0 $0)) (#(lambda (+ $0 $0)) $0)))", "int -> int")
    library = Library.initial("list")
    library = replace(
        library,
        abstractions=(twice, four),
        weights=(*library.weights[:-1], 0.0, 0.0, library.weights[-1]),
    )
    return Finished(domain, variant, "shipped", 4, 0.5, (REPORT,), (0.25,), ("a | b",), library)


def test_a_killed_reproduction_goes_on_where_it_was(tmp_path: Path):
    output, state = tmp_path / "RESULTS.md", tmp_path / "state"
    command = [sys.executable, "-m", "benchmarks.reproduce", "--budget", "quick", "--domain", "text"]
    command += ["--state", str(state), "--output", str(output), "--json"]
    database = state / "quick" / "wakesleep.db"

    def attempts() -> list[tuple[str, str]]:
        if not database.exists():
            return []
        with sqlite3.connect(database) as connection:
            if not connection.execute("select 1 from sqlite_master where name = 'attempts'").fetchone():
                return []
            return connection.execute(
                "select task_id, created_at from attempts where iteration = 1"
            ).fetchall()

    first = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while len(attempts()) < 3 and first.poll() is None:
            time.sleep(0.1)
        assert first.poll() is None
    finally:
        first.kill()
        first.wait()
    assert not output.exists()
    before = attempts()
    second = subprocess.run(command, capture_output=True, text=True, check=True)
    assert set(before) <= set(attempts())  # none was made again
    (run,) = json.loads(second.stdout)["runs"]
    assert (run["domain"], run["variant"], len(run["reports"])) == ("text", WHOLE, QUICK.iterations)
    assert "| text | shipped |" in output.read_text()


def test_every_domain_runs_once_and_one_in_all_variants():
    experiments = plan(QUICK, list(DOMAINS))
    assert [e.domain for e in experiments if e.variant == WHOLE] == list(DOMAINS)
    assert [e.variant for e in experiments if e.domain == ABLATED] == list(VARIANTS)
    assert all(len(e.tasks) <= (QUICK.tasks or 0) for e in experiments)
    assert len({e.label for e in experiments}) == len(experiments)


def test_a_budget_s_part_is_replaced_and_the_rest_of_the_page_kept(tmp_path: Path):
    page = tmp_path / "docs" / "RESULTS.md"
    write_results(page, QUICK, [finished("list", WHOLE)])
    page.write_text(page.read_text() + "\nWhy: the budget is small.\n")
    write_results(page, BUDGETS["full"], [finished("list", WHOLE)])
    write_results(page, QUICK, [finished("list", WHOLE), finished("list", "no library")])
    text = page.read_text()
    assert text.count("## The quick budget") == text.count("## The full budget") == 1
    assert text.count("Why: the budget is small.") == 1 and text.startswith("# Results")
    assert "| no library | 3 of 4 | 0.25 | 2 | 42 | 2 |" in text
    assert "  twice --> four_times" in text and "- `four_times`: `lambda n: twice(twice(n))`" in text


def test_a_run_may_learn_no_library():
    def task(name: str, add: int) -> Task:
        examples = [Example((xs,), [x * x + add for x in xs]) for xs in ([1, 2], [3], [5, 0, 2])]
        return Task(name, "list(int) -> list(int)", tuple(examples), "list")

    tasks = [task(f"square and {add}", add) for add in range(3)]
    config = RunConfig("list", 1, 2.0, guides=("prior",), dream_seconds=0.5, control_tasks=0)
    (learned,) = learn(tasks, config, MemoryKeeper())
    (none,) = learn(tasks, replace(config, max_abstractions=0), MemoryKeeper())
    assert learned["solved"] == none["solved"] == 3
    assert learned["library_size"] > 0 == none["library_size"]
