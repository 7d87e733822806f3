"""The records of one seeded run, as the keeper would have left them: attempts, events, sleeps, dreams,
networks, reports and frontiers.
"""

from __future__ import annotations

import hashlib
import math
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.db.base import Base, new_id
from app.db.models import (
    AttemptRow,
    DreamRow,
    EventRow,
    FrontierRow,
    ModelRow,
    ReportRow,
    RunRow,
    RunTaskRow,
    SleepRow,
    UseRow,
    VersionRow,
)
from app.db.repositories.attempt_figures import count_attempts
from library.snapshot import Library
from synthesis.dreaming import DreamYield
from synthesis.report import GuideReport

DOMAIN = "list"
REQUEST = "list(int) -> list(int)"
#: From lists to lists; what is built of them is, too.
PIECES: tuple[str, ...] = (
    "#(lambda (map (lambda (+ $0 1)) $0))",
    "#(lambda (map (lambda (* $0 $0)) $0))",
    "#(lambda (map (lambda (+ $0 $0)) $0))",
    "#(lambda (map (lambda (- $0 1)) $0))",
    "#(lambda (map (lambda (- 0 $0)) $0))",
    "#(lambda (map (lambda (* $0 (+ $0 1))) $0))",
    "#(lambda (map (lambda (mod $0 (+ 1 1))) $0))",
    "#(lambda (cdr $0))",
    "#(lambda (cdr (cdr $0)))",
    "#(lambda (cons (length $0) $0))",
    "#(lambda (cons 0 $0))",
    "#(lambda (cons (car $0) $0))",
    "#(lambda (range (length $0)))",
)
_CHUNK = 5_000
_PHASES = ("wake", "abstraction", "dream")
_GUIDES = ("prior", "network", "network", "model")


@dataclass
class Known:
    """What the records of runs refer to, and leave. `members`: the abstractions of a library version, in
    order; `networks`: how many versions there are; `solved_at`: by the task's number. `training_points` and
    `dreams`: so many for each dream sleep.
    """

    chance: random.Random
    training_points: int
    dreams: int
    task_ids: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    members: dict[str, list[str]] = field(default_factory=dict)
    networks: int = 0
    solved_at: dict[int, datetime] = field(default_factory=dict)


class RunRows:
    """Writes the records of one run."""

    def __init__(
        self,
        known: Known,
        session: Session,
        row: RunRow,
        versions: Sequence[tuple[str, Library]],
        tasks: Sequence[int],
    ) -> None:
        self.known = known
        self.session = session
        self.row = row
        self.versions = versions
        self.tasks = tasks
        self.solved: dict[int, int] = {}  # a task's first solution: its iteration
        self.found: dict[str, int] = {}  # by guide
        self.sequence = 0

    def write(self, iterations: int) -> None:
        ids = self.known.task_ids
        write(
            self.session,
            RunTaskRow,
            (
                {"run_id": self.row.id, "task_id": ids[task], "position": position, "split": "train"}
                for position, task in enumerate(self.tasks)
            ),
        )
        self._dream(0)
        for iteration in range(1, iterations + 1):
            begun = self.row.created_at + timedelta(minutes=10 * iteration)
            attempts = list(self._attempts(iteration, begun))
            write(self.session, AttemptRow, attempts)
            self._events(iteration, attempts, begun)
            if self.row.state == "running" and iteration == iterations:
                continue  # it is in its wake
            self._sleep(iteration)
            self._dream(iteration)
            self._report(iteration, attempts, begun + timedelta(minutes=9))
        self._frontiers()

    def _attempts(self, iteration: int, begun: datetime) -> Iterator[dict[str, Any]]:
        chance, ids = self.known.chance, self.known.task_ids
        for place, task in enumerate(self.tasks):
            solves = task in self.solved or chance.random() < 0.4
            first = solves and task not in self.solved
            guide = chance.choice(_GUIDES) if solves else None
            if first and guide:
                self.solved[task] = iteration
                self.found[guide] = self.found.get(guide, 0) + 1
            ended = begun + timedelta(milliseconds=540_000 * place / len(self.tasks))
            if solves:
                self.known.solved_at.setdefault(task, ended)
            seconds = round(chance.uniform(0.05, 4), 3)
            yield {
                "run_id": self.row.id,
                "iteration": iteration,
                "task_id": ids[task],
                "solved": solves,
                "first_solution": first,
                "solved_by": guide,
                "programs": int(seconds * 250_000),
                "seconds": seconds,
                "cpu_seconds": seconds,
                "record": self._record(task, guide, seconds, iteration),
                "created_at": ended,
            }

    def _record(self, task: int, guide: str | None, seconds: float, iteration: int) -> dict[str, Any]:
        solution = entry(program_of(task)) | {"guide": guide, "iteration": iteration}
        sampled = GuideReport(64, 60, 1, unique=40, distinct_outputs=30, solved=guide == "network")
        guides = {"prior": GuideReport(programs=9_000), "network": sampled}
        return {
            "task": self.known.names[task],
            "request": REQUEST,
            "entries": [solution] if guide else [],
            "seconds": seconds,
            "cpu_seconds": seconds,
            "programs": int(seconds * 250_000),
            "guides": {name: asdict(report) for name, report in guides.items()},
            "stopped": "found" if guide else "seconds",
            "solved_by": guide,
            "failed": [{"guide": "network", "program": program_of(task + 1), "log_probability": -9.0}],
        }

    def _events(self, iteration: int, attempts: Sequence[dict[str, Any]], begun: datetime) -> None:
        names = self.known.names
        phase = {"type": "phase", "iteration": iteration, "state": "started"}
        steps = self.known.training_points
        told: list[dict[str, Any]] = [phase | {"phase": "wake"}]
        told += [
            {"type": "task", "iteration": iteration, "task": names[task], "solved": attempt["solved"]}
            for task, attempt in zip(self.tasks, attempts, strict=True)
        ]
        told += [phase | {"phase": name} for name in _PHASES[1:]]
        told += [
            {
                "type": "training",
                "iteration": iteration,
                "step": 25 * (point + 1),
                "loss": 14 + 22 * math.exp(-point / 12),
                "held_out": {"grammar": 15.5, "decoder": 14.6} if point % 4 == 0 else None,
            }
            for point in range(steps)
        ]
        rows = [
            {
                "run_id": self.row.id,
                "sequence": sequence,
                "type": data["type"],
                "data": data,
                "created_at": begun,
            }
            for sequence, data in enumerate(told, self.sequence + 1)
        ]
        self.sequence += len(rows)
        write(self.session, EventRow, rows)

    def _sleep(self, iteration: int) -> None:
        library_id, library = self.versions[iteration - 1]
        before, after = self._lengths(iteration)
        record = {
            "library": library.to_json(),
            "frontiers": [
                {"task": self.known.names[task], "request": REQUEST, "entries": [entry(program_of(task))]}
                for task in self.solved
            ],
            "added": [abstraction.name for abstraction in library.abstractions[-20:]],
            "description_length_before": before,
            "description_length_after": after,
            "cpu_seconds": 30.0,
            "gains": {},
            "savings": {},
        }
        write(
            self.session,
            SleepRow,
            [{"run_id": self.row.id, "iteration": iteration, "library_id": library_id, "record": record}],
        )
        solved, ids = list(self.solved), self.known.task_ids
        # A larger run's solutions use more of the library.
        uses = max(1, len(solved) // 1_000)
        write(
            self.session,
            UseRow,
            (
                {
                    "run_id": self.row.id,
                    "iteration": iteration,
                    "abstraction_id": member,
                    "task_id": ids[task],
                }
                for place, member in enumerate(self.known.members[library_id])
                for task in solved[place % 11 :: 11][:uses]
            ),
        )

    def _lengths(self, iteration: int) -> tuple[float, float]:
        before = 21.0 * len(self.solved)
        return before, before * (0.9 - 0.02 * iteration)

    def _dream(self, iteration: int) -> None:
        library_id = self.versions[iteration - 1][0] if iteration else None
        learned = len(self.versions[iteration - 1][1].abstractions) if iteration else 0
        training = {
            "steps": 5_000,
            "dreams_seen": 80_000,
            "fantasies": 4_000,
            "replays": 1_000,
            "loss": 14.2,
            "held_out": {"grammar": 15.5, "decoder": 14.6},
            "promoted": True,
            "parameters": 600_000,
            "cpu_seconds": 40.0,
        }
        dreamed = DreamYield(9_000, 7_000, 5_000, 2_000, 4_500, 4_000, 1_000, 200, 20.0)
        metrics = {"dreams": dreamed.to_json(), "training": training}
        key = {"run_id": self.row.id, "iteration": iteration}
        record = {"prior_weights": [[-2.0] * (40 + learned)], "cpu_seconds": 60.0, "metrics": metrics}
        model = {"id": new_id("model"), **key, "library_id": library_id, "metrics": metrics, "record": record}
        write(self.session, ModelRow, [model])
        self.known.networks = number = self.known.networks + 1
        made = self.row.created_at + timedelta(minutes=10 * (iteration + 1))
        version = {
            "id": new_id("version"),
            **key,
            "domain": DOMAIN,
            "kind": "network",
            "number": number,
            "name": f"network {number}",
            "sha256": hashlib.sha256(str(number).encode()).hexdigest(),
            "data_hash": "0" * 64,
            "content": b"network",
            "metrics": training,
            "promoted_at": made if number % 3 else None,
            "created_at": made,
        }
        write(self.session, VersionRow, [version])
        example = {"inputs": [[1, 2, 3]], "output": [2, 3, 4]}
        write(
            self.session,
            DreamRow,
            (
                {
                    "id": new_id("dream"),
                    **key,
                    "position": position,
                    "source": ("fantasy", "replay", "hindsight")[position % 3],
                    "request": REQUEST,
                    "program": program_of(position),
                    "log_prior": -20.0,
                    "held_out": position % 10 == 0,
                    "examples": [example] * 5,
                }
                for position in range(self.known.dreams)
            ),
        )

    def _report(self, iteration: int, attempts: Sequence[dict[str, Any]], ended: datetime) -> None:
        total, library = len(self.solved), self.versions[iteration - 1][1]
        before, after = self._lengths(iteration)
        sampled = {"requested": 64 * len(attempts), "valid": 60 * len(attempts), "fitting": len(attempts)}
        report = {
            "iteration": iteration,
            "solved": total,
            "tasks": len(attempts),
            "abstractions": [
                {"name": each.name, "body": each.body, "type": each.type, "uses": 3}
                for each in library.abstractions[-20:]
            ],
            "library_size": len(library.abstractions),
            "description_length_before": before,
            "description_length_after": after,
            "solved_by_guide": dict(self.found),
            "share_by_guide": {guide: found / total for guide, found in self.found.items()},
            "cpu_seconds": {
                "wake": sum(attempt["cpu_seconds"] for attempt in attempts),
                "abstraction": 30.0,
                "dream": 60.0,
            },
            "samples": {"network": sampled},
            "reuse": 0.2 + 0.05 * iteration,
        }
        figures = count_attempts(self.session, self.row.id, AttemptRow.iteration == iteration)
        row = {
            "run_id": self.row.id,
            "iteration": iteration,
            "report": report,
            "attempts": figures[iteration].to_json(),
            "created_at": ended,
        }
        write(self.session, ReportRow, [row])

    def _frontiers(self) -> None:
        ids = self.known.task_ids
        second = f"(lambda (cdr (cons 0 ({PIECES[0]} $0))))"
        write(
            self.session,
            FrontierRow,
            (
                {
                    "id": new_id("program"),
                    "run_id": self.row.id,
                    "task_id": ids[task],
                    "rank": rank,
                    "program": program,
                    "program_hash": hashlib.sha256(program.encode()).hexdigest(),
                    "log_prior": -20.0 - rank,
                    "log_likelihood": 0.0,
                    "guide": "prior",
                    "iteration": iteration,
                }
                for task, iteration in self.solved.items()
                for rank, program in enumerate((program_of(task), second))
            ),
        )


def program_of(number: int) -> str:
    first, second = PIECES[number % len(PIECES)], PIECES[number // 7 % len(PIECES)]
    return f"(lambda ({first} ({second} $0)))"


def entry(program: str) -> dict[str, Any]:
    return {"program": program, "log_prior": -20.0, "log_likelihood": 0.0, "guide": "prior", "iteration": 1}


def write(session: Session, table: type[Base], rows: Iterable[dict[str, Any]]) -> None:
    """In chunks: a run's records needn't all be in memory as statements."""
    left = iter(rows)
    while chunk := list(islice(left, _CHUNK)):
        session.connection().execute(insert(table.__table__), chunk)
