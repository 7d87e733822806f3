"""DreamCoder's training towers, explained from their blocks with nothing learned: how many, how long.

A tower's row has the nats of the cheapest program found, under uniform weights, and as `dreamcoder` those of
the program that the tower is given by, which the search isn't shown.
Data: ``WAKESLEEP_DATA``, or ``../shared/data`` next to the project.

    wakesleep bench towers
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path

from app.commands.errors import InputError
from benchmarks.row import DATA, Row, print_rows
from engine import Cancellation, Term, Type
from library.snapshot import Library
from synthesis.deduction.tower import TowerDeducer
from synthesis.fit import fit_of_program
from synthesis.task import parse_task

DOMAIN = "tower"
SECONDS = 5.0


def main(options: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="wakesleep bench towers", description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--tasks", type=Path, default=DATA / "tasks" / "tower_train.json")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="CPU seconds a tower, at most")
    arguments = parser.parse_args(options)
    if not arguments.tasks.is_file():
        raise InputError(f"--tasks: no such file: {arguments.tasks}")
    print_rows(rows(json.loads(arguments.tasks.read_text("utf-8")), arguments.seconds), arguments.json)


def rows(documents: Sequence[dict[str, str]], seconds: float) -> Iterator[Row]:
    """A row for each tower given as a "program", and their sums."""
    library, deducer = Library.initial(DOMAIN), TowerDeducer()
    found: list[float] = []
    given: list[float] = []
    cpu_seconds: list[float] = []
    solved = 0
    for number, document in enumerate(documents, start=1):
        task = parse_task(document, DOMAIN, number)
        request = Type.parse(task.request)

        def nats(program: Term, request: Type = request) -> float:
            return -library.grammar.log_likelihood(library.language.eta_long(program, request), request)

        deduced = deducer.deduce(task, library, seconds, Cancellation())
        fitting = [program for program in deduced.programs if fit_of_program(task, library, program) == 0.0]
        cpu_seconds.append(deduced.cpu_seconds)
        theirs = nats(Term.parse(document["program"]))
        if not fitting:
            yield Row(f"{task.name}: not explained", 0.0, "of 1", aim=1.0)
            continue
        solved += 1
        best = min(fitting, key=nats)
        found.append(nats(best))
        given.append(theirs)
        detail = {"program": str(best), "cpu_seconds": deduced.cpu_seconds}
        yield Row(task.name, found[-1], "nats", dreamcoder=theirs, detail=detail)
    shorter = sum(ours < theirs - 1e-9 for ours, theirs in zip(found, given, strict=True))
    longer = sum(ours > theirs + 1e-9 for ours, theirs in zip(found, given, strict=True))
    detail = {"shorter": shorter, "longer": longer}
    yield Row("explained", solved, f"of {len(documents)}", floor=40, aim=54, detail=detail)
    if found:
        yield Row("mean", statistics.mean(found), "nats", dreamcoder=statistics.mean(given))
    yield Row(
        "all", sum(cpu_seconds), "CPU seconds",
        detail={"median": statistics.median(cpu_seconds), "most": max(cpu_seconds)},
    )  # fmt: skip
