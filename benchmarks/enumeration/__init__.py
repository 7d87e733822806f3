"""How fast programs are enumerated, checked and found under uniform weights.

The rows are those of docs/explanation/enumeration.md. CPU seconds are those of the
searching threads. Nothing is learned here.

    wakesleep bench enumeration --rows one-task,golden --json
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from benchmarks.enumeration import baseline, counting, many, safety, searching
from benchmarks.enumeration.options import Options
from benchmarks.row import DATA, Row, print_rows

ROWS: dict[str, Callable[[Options], Iterator[Row]]] = {
    "one-task": searching.one_task,
    "build": counting.build,
    "golden": counting.golden,
    "many": many.tasks_at_once,
    "equivalence": many.equivalence,
    "contextual": searching.contextual,
    "orders": searching.orders,
    "threads": searching.threads,
    "hostile": safety.hostile,
    "cancellation": safety.cancellation,
    "memory": safety.memory,
    "baseline": baseline.baseline,
}
LONG = ("memory", "baseline")
"""Minutes to hours: run only with `--long`, or by name."""


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="wakesleep bench enumeration",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--rows", metavar="NAME,...", help=f"of {', '.join(ROWS)}; those of minutes left out")
    parser.add_argument("--long", action="store_true", help=f"also {' and '.join(LONG)}: about two hours")
    parser.add_argument("--nats", type=float, default=22.0, help="of programs evaluated, default 22")
    parser.add_argument("--build-nats", type=float, default=20.0, help="of programs built, default 20")
    parser.add_argument("--seconds", type=float, default=60.0, help="CPU seconds of the longest searches")
    parser.add_argument(
        "--repeats", type=int, default=9, help="of what lasts milliseconds; the median counts"
    )
    parser.add_argument("--tasks", type=Path, default=DATA / "tasks" / "list_train.json")
    parser.add_argument("--golden", type=Path, default=DATA / "golden" / "dreamcoder_enumeration_counts.json")
    given = parser.parse_args(arguments)
    names = given.rows.split(",") if given.rows else [name for name in ROWS if given.long or name not in LONG]
    if unknown := [name for name in names if name not in ROWS]:
        parser.error(f"no row {unknown[0]!r}; there are {', '.join(ROWS)}")
    options = Options(
        given.nats,
        given.build_nats,
        given.seconds,
        given.repeats,
        tasks=given.tasks,
        golden_file=given.golden,
    )
    try:
        print_rows((row for name in names for row in ROWS[name](options)), given.json)
    except FileNotFoundError as error:
        parser.error(f"no such file: {error.filename} (WAKESLEEP_DATA, --tasks and --golden say where)")
