"""How far one database carries a wake: a discrete-event simulation of workers that claim, search and record.

Each core takes a task by claiming it in the database, searches, and writes attempt and event down. Claims and
events of a run wait for the run's lock, everything waits for the database's cores. The costs are measured
(docs/scaling.md says how); the simulation shows from how many cores on they are what a wake waits for, and
what moves that point: several runs at once, and claims and events in chunks.

    wakesleep bench scaling --json
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import simpy

from benchmarks.line_chart import Chart, Series
from benchmarks.row import Row, print_rows

MILLISECOND = 1e-3
WARM_SEARCHES, MEASURED_SEARCHES = 4, 8
"""How long it runs before it is measured, and while it is: in searches of average length."""


@dataclass(frozen=True)
class Costs:
    """Seconds. `…_server`: of a core of PostgreSQL's; `…_locked`: for which the run's lock is held, the
    server's part included.
    """

    claim_server: float = 0.5 * MILLISECOND
    claim_locked: float = 1.8 * MILLISECOND
    record_server: float = 0.6 * MILLISECOND
    event_server: float = 0.65 * MILLISECOND
    event_locked: float = 1.4 * MILLISECOND


@dataclass(frozen=True)
class Setting:
    """`search_seconds`: the mean of a task's search, exponential. `chunk`: tasks to a claim, and to an
    event."""

    cores: int
    runs: int = 1
    chunk: int = 1
    search_seconds: float = 4.0
    database_cores: int = 16
    costs: Costs = Costs()


@dataclass(frozen=True)
class Outcome:
    """`busy`: the share of the cores' time that is search. `database`, `lock`: the share of theirs in use."""

    busy: float
    database: float
    lock: float
    tasks_per_second: float


class _Wake:
    def __init__(self, setting: Setting, seed: int) -> None:
        self.setting = setting
        self.environment = simpy.Environment()
        self.database = simpy.Resource(self.environment, setting.database_cores)
        self.locks = [simpy.Resource(self.environment, 1) for _ in range(setting.runs)]
        self.chance = random.Random(seed)
        self.searched = self.served = self.locked = 0.0
        self.tasks = 0

    def outcome(self) -> Outcome:
        setting = self.setting
        for core in range(setting.cores):
            self.environment.process(self.core(self.locks[core % setting.runs]))
        warm = (WARM_SEARCHES + setting.chunk) * setting.search_seconds
        self.environment.run(until=warm)
        self.searched = self.served = self.locked = 0.0
        self.tasks = 0
        seconds = MEASURED_SEARCHES * setting.search_seconds
        self.environment.run(until=warm + seconds)
        return Outcome(
            min(1.0, self.searched / (seconds * setting.cores)),
            self.served / (seconds * setting.database_cores),
            self.locked / (seconds * setting.runs),
            self.tasks / seconds,
        )

    def core(self, lock: simpy.Resource) -> Iterator[Any]:
        """One core, for ever; they don't all begin in the same moment."""
        setting, costs = self.setting, self.setting.costs
        yield self.environment.timeout(self.chance.uniform(0, setting.search_seconds * setting.chunk))
        while True:
            yield from self.holding(lock, costs.claim_server, costs.claim_locked)
            for _ in range(setting.chunk):
                seconds = self.chance.expovariate(1 / setting.search_seconds)
                yield self.environment.timeout(seconds)
                self.searched += seconds
                self.tasks += 1
            yield from self.served_for(costs.record_server * setting.chunk)
            yield from self.holding(lock, costs.event_server, costs.event_locked)

    def holding(self, lock: simpy.Resource, server: float, locked: float) -> Iterator[Any]:
        with lock.request() as turn:
            yield turn
            began = self.environment.now
            yield from self.served_for(server)
            yield self.environment.timeout(max(0.0, locked - server))
            self.locked += self.environment.now - began

    def served_for(self, seconds: float) -> Iterator[Any]:
        with self.database.request() as turn:
            yield turn
            yield self.environment.timeout(seconds)
            self.served += seconds


def simulate(setting: Setting, seed: int = 0) -> Outcome:
    return _Wake(setting, seed).outcome()


WAYS = {
    "one run, task by task": Setting(1),
    "one run, chunks": Setting(1, chunk=32),
    "64 runs, task by task": Setting(1, runs=64),
    "64 runs, chunks": Setting(1, runs=64, chunk=32),
}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="wakesleep bench scaling",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--seconds", type=float, default=4.0, help="of a task's search, on average")
    parser.add_argument("--max-cores", type=int, default=16_384, help="the largest number simulated")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="where to draw it, as SVG")
    options = parser.parse_args(arguments)
    counts = [64 << step for step in range(32) if 64 << step <= options.max_cores]
    curves: dict[str, list[tuple[int, Outcome]]] = {}
    for name, setting in WAYS.items():
        setting = replace(setting, search_seconds=options.seconds)
        curves[name] = [(cores, simulate(replace(setting, cores=cores))) for cores in counts]
    if options.plot:
        options.plot.write_text(_drawn(curves))
    print_rows(_rows(curves), options.json)


def _rows(curves: dict[str, list[tuple[int, Outcome]]]) -> Iterator[Row]:
    for name, points in curves.items():
        for cores, found in points:
            detail = {"busy": found.busy, "database": found.database, "lock": found.lock}
            yield Row(f"{name}, {cores} cores", found.tasks_per_second, "tasks a second", detail=detail)


def _drawn(curves: dict[str, list[tuple[int, Outcome]]]) -> str:
    series = [
        Series(name, [(cores, found.tasks_per_second) for cores, found in points])
        for name, points in curves.items()
    ]
    return Chart.side_by_side([Chart("Tasks a second", "cores", series)])


if __name__ == "__main__":
    main(sys.argv[1:])
