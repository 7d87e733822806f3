"""A database as years of use would leave it: tasks, libraries, runs with attempts, dreams, batches and jobs.

Written in bulk and not by the keeper, which would take hours for so many rows; what follows from a row
(a task's frontier, who uses what, a report's figures) is written as the keeper would have. Programs and
abstractions are well typed; that they solve the tasks that they stand beside is not so. The same size gives
the same database, but for its ids.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from typing import Any

from sqlalchemy.orm import Session

from app.db import Database
from app.db.base import new_id, now
from app.db.models import (
    BatchRow,
    FileRow,
    JobRow,
    MemberRow,
    ResultRow,
    RunRow,
    SolvedRow,
    TaskRow,
)
from app.db.repositories.libraries import LibraryRepository
from benchmarks.dashboard.run_rows import DOMAIN, PIECES, REQUEST, Known, RunRows, entry, write
from engine import Term
from library.domain import get_domain
from library.snapshot import Abstraction, Library

_WORDS = (
    "keep",
    "double",
    "shift",
    "drop",
    "count",
    "square",
    "repeat",
    "first",
    "evens",
    "steps",
    "each",
    "last",
)


@dataclass(frozen=True)
class Size:
    """How much of everything. The `large` run learns from all tasks, each of the others from `run_tasks`."""

    tasks: int = 100_000
    abstractions: int = 1_000
    large_iterations: int = 2
    runs: int = 20
    run_tasks: int = 500
    iterations: int = 5
    training_points: int = 200
    dreams: int = 500
    batches: int = 60
    results: int = 20_000
    jobs: int = 2_000


SMALL = Size(
    tasks=40, abstractions=12, runs=3, run_tasks=12, iterations=2, training_points=5, dreams=6, batches=3,
    results=4, jobs=3,
)  # fmt: skip


@dataclass
class Seeded:
    """What pages can be asked for."""

    large_run: str
    runs: list[str] = field(default_factory=list)
    tasks: list[str] = field(default_factory=list)
    libraries: list[str] = field(default_factory=list)
    abstractions: list[str] = field(default_factory=list)
    batches: list[str] = field(default_factory=list)


def seed(database: Database, size: Size, number: int = 0) -> Seeded:
    """Fill an empty, migrated database. `number` seeds the chance in it."""
    return _Seeding(database, size, random.Random(number)).run()


class _Seeding:
    def __init__(self, database: Database, size: Size, chance: random.Random) -> None:
        self.database = database
        self.size = size
        self.chance = chance
        self.start = now() - timedelta(days=30)
        self.seeded = Seeded("")
        self.known = Known(chance, size.training_points, size.dreams, self.seeded.tasks)

    def run(self) -> Seeded:
        with self.database.write() as session:
            self._tasks(session)
            versions = self._libraries(session)
        with self.database.write() as session:
            self._runs(session, versions)
        with self.database.write() as session:
            self._batches(session)
            self._jobs(session)
        return self.seeded

    def _tasks(self, session: Session) -> None:
        rows: list[dict[str, Any]] = []
        for number in range(self.size.tasks):
            words = " ".join(self.chance.choices(_WORDS, k=3))
            name = f"{words} {number}"
            rows.append(
                {
                    "id": new_id("task"),
                    "domain": DOMAIN,
                    "name": name,
                    "request": REQUEST,
                    "description": f"What {words} does to a list." if number % 3 == 0 else "",
                    "examples": [self._example() for _ in range(5)],
                    "created_at": self.start + timedelta(seconds=number),
                }
            )
        self.known.names = [row["name"] for row in rows]
        self.seeded.tasks.extend(row["id"] for row in rows)
        write(session, TaskRow, rows)

    def _example(self) -> dict[str, Any]:
        values = [self.chance.randrange(100) for _ in range(self.chance.randrange(2, 8))]
        return {"inputs": [values], "output": [value + 1 for value in values]}

    def _libraries(self, session: Session) -> list[tuple[str, Library]]:
        """Versions that grow to the whole library, through the repository: members, parts and all."""
        learned = list(_abstractions(self.size.abstractions, self.known.names))
        primitives = len(get_domain(DOMAIN).primitives)
        versions: list[tuple[str, Library]] = []
        parent = None
        for part in range(1, self.size.iterations + 1):
            known = tuple(learned[: math.ceil(part * len(learned) / self.size.iterations)])
            weights = tuple(round(self.chance.gauss(-2, 1), 3) for _ in range(primitives + len(known) + 1))
            library = Library(DOMAIN, known, weights)
            gains = {abstraction.name: round(self.chance.uniform(1, 90), 2) for abstraction in known}
            row = LibraryRepository(session).store(library, parent, None, part, gains)
            parent = row.id
            versions.append((row.id, library))
            members = session.query(MemberRow.abstraction_id).where(MemberRow.library_id == row.id)
            self.known.members[row.id] = [id for (id,) in members.order_by(MemberRow.position)]
            self.seeded.libraries.append(row.id)
        self.seeded.abstractions = self.known.members[versions[-1][0]]
        return versions

    def _runs(self, session: Session, versions: Sequence[tuple[str, Library]]) -> None:
        for number in range(self.size.runs):
            state = ("finished", "finished", "failed", "paused", "cancelled")[number % 5]
            tasks = self.chance.sample(range(self.size.tasks), self.size.run_tasks)
            self.seeded.runs.append(
                self._one_run(session, versions, tasks, self.size.iterations, state, number)
            )
        tasks = range(self.size.tasks)
        count = self.size.large_iterations
        self.seeded.large_run = self._one_run(
            session, versions[-count:], tasks, count, "running", self.size.runs
        )
        write(
            session,
            SolvedRow,
            (
                {"task_id": self.seeded.tasks[task], "domain": DOMAIN, "solved_at": moment}
                for task, moment in self.known.solved_at.items()
            ),
        )

    def _one_run(
        self,
        session: Session,
        versions: Sequence[tuple[str, Library]],
        tasks: Sequence[int],
        iterations: int,
        state: str,
        number: int,
    ) -> str:
        begun = self.start + timedelta(hours=number)
        row = RunRow(
            id=new_id("run"),
            domain=DOMAIN,
            state=state,
            iteration=iterations,
            phase="wake" if state == "running" else "dream",
            config={
                "domain": DOMAIN,
                "iterations": iterations,
                "seconds": 4.0,
                "guides": ["prior", "network"],
            },
            error="OutOfMemory: the version space grew beyond its bound" if state == "failed" else None,
            created_at=begun,
            started_at=begun,
            finished_at=None if state in ("running", "paused") else begun + timedelta(hours=1),
        )
        session.add(row)
        session.flush()
        RunRows(self.known, session, row, versions, tasks).write(iterations)
        return row.id

    def _batches(self, session: Session) -> None:
        files: list[dict[str, Any]] = []
        batches: list[dict[str, Any]] = []
        for number in range(self.size.batches):
            made = self.start + timedelta(hours=number)
            going = number == self.size.batches - 1
            file = {"filename": f"requests-{number}.jsonl", "purpose": "batch", "size": 1 << 20}
            files.append({"id": new_id("file"), **file, "created_at": made, "expires_at": None})
            batches.append(
                {
                    "id": new_id("batch"),
                    "endpoint": "/v1/tasks/solve",
                    "completion_window": "24h",
                    "input_file_id": files[-1]["id"],
                    "state": "in_progress" if going else "completed",
                    "labels": {"purpose": "nightly"} if number % 2 else None,
                    "total": self.size.results * 2 if going else 1_000,
                    "completed": 0 if going else 990,
                    "failed": 0 if going else 10,
                    "lanes": 1,
                    "created_at": made,
                    "expires_at": made + timedelta(hours=24),
                    "in_progress_at": made,
                    "ended_at": None if going else made + timedelta(hours=1),
                }
            )
        write(session, FileRow, files)
        write(session, BatchRow, batches)
        self.seeded.batches = [batch["id"] for batch in batches]
        answer = '{"custom_id": "one", "response": {"status_code": 200, "body": {}}}'
        going_id = batches[-1]["id"]
        write(
            session,
            ResultRow,
            (
                {"batch_id": going_id, "line": line, "ok": line % 50 != 0, "answer": answer}
                for line in range(self.size.results)
            ),
        )

    def _jobs(self, session: Session) -> None:
        def jobs() -> Iterator[dict[str, Any]]:
            for number in range(self.size.jobs):
                made = self.start + timedelta(minutes=20 * number)
                solved = number % 2 == 0
                yield {
                    "id": new_id("job"),
                    "task_id": self.seeded.tasks[number % len(self.seeded.tasks)],
                    "library": None,
                    "seconds": 5.0,
                    "state": "finished",
                    "solved": solved,
                    "result": {"solved": solved, "programs": 1_000, "seconds": 1.0, "cpu_seconds": 0.9},
                    "programs": [entry("(lambda $0)")] if solved else [],
                    "created_at": made,
                    "started_at": made,
                    "finished_at": made + timedelta(seconds=2),
                }

        write(session, JobRow, jobs())


def _abstractions(size: int, tasks: Sequence[str]) -> Iterator[Abstraction]:
    """`size` of them: the pieces, then each of the earlier ones after each piece, and so on."""
    bodies: list[str] = [*PIECES]
    known = set(bodies)
    for inner in bodies:  # grows as it is gone through
        if len(bodies) >= size:
            break
        for outer in PIECES:
            body = f"#(lambda ({outer} ({inner} $0)))"
            if body not in known:
                known.add(body)
                bodies.append(body)
    language = get_domain(DOMAIN).language()
    for number, body in enumerate(islice(bodies, size)):
        name = f"{_WORDS[number % len(_WORDS)]}_{_WORDS[number // 5 % len(_WORDS)]}_{number}"
        meaning = f"What a list of numbers becomes in step {number}."
        term = Term.parse(body)
        type_ = str(language.infer(term))
        yield Abstraction(name, str(term), type_, meaning, tuple(tasks[number : number + 3]))
