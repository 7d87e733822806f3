"""A run's records written through the keeper, one by one, as the loop would: for what a tiny real run
can't be relied on to show. The programs are real; that they fit their tasks is not checked.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from app.db import Database
from app.db.repositories import EventRepository, RunRepository, TaskRepository
from app.workflows.keeper import DatabaseKeeper
from library.domain import get_domain
from library.snapshot import Abstraction, Library
from synthesis.frontier import Entry, Frontier
from synthesis.report import Attempt, Dream, GuideReport, Sleep
from synthesis.task import load_tasks

PHASES = ("wake", "abstraction", "dream")
REQUEST = "list(int) -> list(int)"
ADD_ONE = "#(map (lambda (+ $0 1)))"
FIRST_EVENS = "#(lambda (map (lambda (+ $0 $0)) (range $0)))"
ABSTRACTIONS = (
    Abstraction("add_one_to_each", ADD_ONE, REQUEST, "Adds 1 to every element.", ("add 1 to every element",)),
    Abstraction(
        "first_evens", FIRST_EVENS, "int -> list(int)", "The first even numbers, as many as asked for.", ()
    ),
)
PROGRAMS = (f"(lambda ({ADD_ONE} $0))", "(lambda (map (lambda (* $0 $0)) $0))", "(lambda (cdr $0))")


@dataclass
class SeededRun:
    """A running run over the first `size` shipped tasks from list to list."""

    database: Database
    size: int = 24
    iterations: int = 3
    tasks: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        train, test = get_domain("list").shipped_tasks()
        records = [record for record in train if record["request"] == REQUEST][: self.size]
        with self.database.write() as session:
            rows = [row for row, _ in TaskRepository(session).add(load_tasks(records, "list"))]
            held_out = [row for row, _ in TaskRepository(session).add(load_tasks(test[:10], "list"))]
            config = {"domain": "list", "iterations": self.iterations, "seconds": 1.0}
            run = RunRepository(session).add("list", config, rows, held_out)
            RunRepository(session).progress(run.id, 1, "wake", PHASES)
        self.id = run.id
        self.tasks = [row.name for row in rows]
        self.keeper = DatabaseKeeper(self.database, run.id)

    def phase(self, iteration: int, phase: str) -> None:
        with self.database.write() as session:
            RunRepository(session).progress(self.id, iteration, phase, PHASES)
        self.keeper.emit({"type": "phase", "iteration": iteration, "phase": phase, "state": "started"})

    def attempt(self, iteration: int, number: int, guide: str | None) -> None:
        """A try at task `number`: solved by `guide`, or in vain."""
        task, program = self.tasks[number], PROGRAMS[number % len(PROGRAMS)]
        entries = () if guide is None else (Entry(program, -12.5 - number, 0.0, guide, iteration),)
        attempt = Attempt(
            task, REQUEST, entries, 0.9, 0.8, 1_200_000, {"network": GuideReport(64, 50)}, "found", guide
        )
        self.keeper.record_attempt(iteration, attempt)
        self.keeper.emit({"type": "task", "iteration": iteration, "task": task, "solved": guide is not None})

    def sleep(self, iteration: int) -> None:
        """An abstraction sleep that knows the first `iteration` of ABSTRACTIONS."""
        known = ABSTRACTIONS[:iteration]
        weights = (0.0,) * (len(get_domain("list").primitives) + len(known) + 1)
        before = 900.0 + 150 * iteration
        attempts = self.keeper.attempts(iteration)
        frontiers = {name: Frontier(name, REQUEST, attempt.entries) for name, attempt in attempts.items()}
        library = Library("list", known, weights)
        added = tuple(abstraction.name for abstraction in known[iteration - 1 :])
        self.keeper.record_sleep(iteration, Sleep(library, frontiers, added, before, before * 0.86, 3.2))
        for abstraction in known[iteration - 1 :]:
            self.keeper.emit({"type": "abstraction", "iteration": iteration, "name": abstraction.name})

    def dream(self, iteration: int, points: int = 40) -> Iterator[int]:
        """A training, a point at each step of the iterator, and at its end the dream's record."""
        for point in range(points):
            loss = 14 + 22 * math.exp(-point / 12) - iteration
            held_out = {"grammar": loss + 1.5, "decoder": loss + 0.6} if point % 4 == 0 else None
            step = 25 * (point + 1)
            self.keeper.emit(
                {"type": "training", "iteration": iteration, "step": step, "loss": loss, "held_out": held_out}
            )
            yield step
        self.keeper.record_dream(iteration, Dream(((0.0,),), b"network", iteration < 3, "0" * 64, {}, 9.1))

    def report(self, iteration: int, solved: int, controls: dict[str, Any] | None = None) -> None:
        self.keeper.record_report(
            iteration,
            {
                "iteration": iteration,
                "solved": solved,
                "tasks": len(self.tasks),
                "solved_tests": 2 * iteration,
                "reuse": 0.25,
                "samples": {"network": {"requested": 1536, "valid": 1480, "fitting": 12}},
                **({} if controls is None else {"controls": controls}),
            },
        )
        self.keeper.emit({"type": "iteration", "iteration": iteration})

    def settle(self, state: str, error: str | None = None) -> None:
        with self.database.write() as session:
            RunRepository(session).settle(self.id, state, error)
            EventRepository(session).append(self.id, "run", {"state": state})


def law_run(database: Database, program: str, request: str, example: dict[str, Any]) -> str:
    """A run of the physics domain that has solved its one task; its id."""
    record = {"name": "a law", "request": request, "examples": [example]}
    with database.write() as session:
        rows = [row for row, _ in TaskRepository(session).add(load_tasks([record], "physics"))]
        config = {"domain": "physics", "iterations": 1, "seconds": 1.0}
        run = RunRepository(session).add("physics", config, rows, [])
        RunRepository(session).progress(run.id, 1, "wake", PHASES)
    entries = (Entry(program, -34.1, 0.0, "deduction", 1),)
    guides = {"deduction": GuideReport(1, 1)}
    attempt = Attempt("a law", request, entries, 0.1, 0.1, 9, guides, "found", "deduction")
    DatabaseKeeper(database, run.id).record_attempt(1, attempt)
    return run.id
