"""Whether a run with the recognition network solves more than the same run without it, at equal cost.

An ordinary run learns from the list tasks that ship (library, prior, network), and its controls then attempt
tasks that it has not seen: the shipped ones that are held out, and DreamCoder's 109. Both ways have the same
library, the same fitted prior and the same CPU seconds a task, all in; the network's own time counts. What
training the network took, once for all tasks, is stated beside.

    wakesleep bench recognition-in-a-run --json
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.row import DATA, Row, print_rows
from library.domain import get_domain
from synthesis.keeper import MemoryKeeper, RunConfig
from synthesis.loop import learn
from synthesis.task import load_tasks

_PART = 0.4
"""Of a sleep's seconds, what is dreaming; the rest is training."""


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="wakesleep bench recognition-in-a-run",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--seconds", type=float, default=0.1, help="CPU seconds a task")
    parser.add_argument("--iterations", type=int, default=1)
    parser.add_argument("--sleep-seconds", type=float, default=150.0, help="CPU seconds of a dream sleep")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--tasks",
        type=Path,
        default=DATA / "tasks" / "list_train.json",
        help="to attempt, beside the shipped",
    )
    given = parser.parse_args(arguments)
    try:
        print_rows(rows(given.tasks, _config(given)), given.json)
    except FileNotFoundError as error:
        parser.error(f"no such file: {error.filename} (WAKESLEEP_DATA and --tasks say where)")


def _config(given: argparse.Namespace) -> RunConfig:
    return RunConfig(
        domain="list",
        iterations=given.iterations,
        seconds=given.seconds,
        workers=1,
        guides=("prior", "network"),
        seed=given.seed,
        dream_seconds=_PART * given.sleep_seconds,
        training_seconds=(1 - _PART) * given.sleep_seconds,
        control_tasks=sys.maxsize,
    )


def rows(source: Path, config: RunConfig) -> Iterator[Row]:
    """The run's figures, and its controls'."""
    to_learn, held_out = (load_tasks(records, "list") for records in get_domain("list").shipped_tasks())
    tests = [*held_out, *load_tasks(source, "list")]
    keeper = MemoryKeeper()
    report: dict[str, Any] = {}
    for report in learn(to_learn, config, keeper, tests):
        yield Row(f"solved in iteration {report['iteration']}", report["solved"], f"of {len(to_learn)} tasks")
    dreams = [keeper.dream(iteration) for iteration in range(config.iterations + 1)]
    slept = sum(dream.cpu_seconds for dream in dreams if dream is not None)
    yield Row("dreams and training, once for all tasks", slept, "CPU-seconds", aim=300.0)
    controls = report["controls"]
    arms = {arm["name"]: arm for arm in controls["arms"]}
    cost = f"at {controls['seconds']:g} CPU-seconds a task"
    for name, called in (("both", "with the network"), ("without the network", "without it")):
        arm = arms[name]
        detail = {key: arm[key] for key in ("charged_seconds", "programs", "late")}
        yield Row(
            f"held-out tasks solved {called}, {cost}", arm["solved"], f"of {arm['tasks']}", detail=detail
        )
    without = arms["without the network"]
    yield Row("solved with the network only", without["only_both"], "tasks")
    yield Row("solved without it only", without["only_this"], "tasks")
    yield Row("p-value of the two (sign test)", without["p_value"], "")
