"""The exact method of abstraction sleep on DreamCoder's recorded compression problems.

Each problem and number of steps runs in a process of its own, on one thread. Candidates are counted where
DreamCoder's binary prints "Total number of candidates": non-trivial cheapest members that two tasks share,
free variables allowed, types unchecked. Its seconds are for one abstraction at three steps, on 8 CPUs.
Data: ``WAKESLEEP_DATA``, or ``../shared/data`` next to the project.

    wakesleep bench version-spaces
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from app.commands.compress import read_corpus
from app.commands.errors import InputError
from benchmarks.row import DATA, Row, print_rows
from engine._engine import VersionSpaceSearchConfig, search_version_spaces

CANDIDATES = {"towers_T10.58.24_bench000_it0": 24_580, "list_T11.26.41_bench000_it0": 17_715}
"""Of DreamCoder's binary, at three steps."""
PROBLEMS = (*CANDIDATES, "text_T20.19.06_bench000_it0", "physics_T18.05.46_bench000_it0")
STEPS = (1, 2, 3)
RECORDED_STEPS = 3
"""What DreamCoder's figures are for."""
MAX_NODES, MAX_BYTES = 20_000_000, 4 << 30
FASTER = 10
"""How many times DreamCoder's speed is aimed at."""


def main(options: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="wakesleep bench version-spaces", description=__doc__)
    parser.add_argument("--json", action="store_true")
    # What the processes that measure one problem are started with:
    parser.add_argument("--problem", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--steps", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args(options)
    if arguments.problem:
        print(json.dumps(_measured(arguments.problem, arguments.steps)))
        return
    folder = DATA / "dreamcoder_compression"
    if not (folder / "RECORDED.json").exists():
        raise InputError(f"{folder}: no RECORDED.json; WAKESLEEP_DATA says where the data lies")
    print_rows(rows(folder), arguments.json)


def rows(folder: Path) -> Iterator[Row]:
    recorded = json.loads((folder / "RECORDED.json").read_bytes())
    for name in PROBLEMS:
        problem = folder / f"{name}.json"
        seconds = recorded[problem.name]["milliseconds_per_abstraction"] / 1000
        for steps in STEPS:
            measured = _in_its_own_process(problem, steps)
            at, recorded_at = f"{name}: {steps} steps", steps == RECORDED_STEPS
            if recorded_at and name in CANDIDATES:
                count = CANDIDATES[name]
                yield Row(
                    f"{at}: candidates", measured["candidates"], "", dreamcoder=count, floor=count, aim=count
                )
            yield Row(
                f"{at}: CPU",
                measured["cpu_seconds"],
                "s",
                dreamcoder=seconds if recorded_at else None,
                aim=seconds / FASTER if recorded_at else None,
                detail=measured,
            )


def _in_its_own_process(problem: Path, steps: int) -> dict[str, Any]:
    command = [
        sys.executable,
        "-m",
        "benchmarks.version_spaces",
        "--problem",
        str(problem),
        "--steps",
        str(steps),
    ]
    root = Path(__file__).resolve().parents[1]
    return json.loads(subprocess.run(command, cwd=root, check=True, stdout=subprocess.PIPE).stdout)


def _measured(problem: Path, steps: int) -> dict[str, Any]:
    corpus = read_corpus(problem).programs
    config = VersionSpaceSearchConfig(inversion_steps=steps, max_nodes=MAX_NODES, max_bytes=MAX_BYTES)
    began = time.process_time()
    found = search_version_spaces(corpus, config)
    return {
        "cpu_seconds": time.process_time() - began,
        "candidates": found.considered,
        "nodes": found.nodes,
        "mib": found.bytes / (1 << 20),
        "steps": found.steps,
        "note": found.note,
        "best": found.candidates[0].utility if found.candidates else 0,
    }


if __name__ == "__main__":
    main()
