"""The learning runs of all domains at a named budget, and their tables in docs/RESULTS.md.

The runs are ordinary ones of a service whose data lie in var/reproduce/BUDGET: a killed reproduction goes on
where it was, and `WAKESLEEP_DATA_DIR=var/reproduce/quick wakesleep serve` shows each of them on its page.

    make reproduce [QUICK=1]

Takes the published tasks where WAKESLEEP_DATA has them (the quick budget always the shipped ones), else the
tasks that the domains ship. Each budget has its own part of RESULTS.md; what is written there by hand stays.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from app.errors import ServiceError
from benchmarks.reproduce.plan import BUDGETS, plan
from benchmarks.reproduce.results import write_results
from benchmarks.reproduce.running import run_all
from library.domains import DOMAINS

RESULTS = Path(__file__).resolve().parents[2] / "docs" / "RESULTS.md"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="wakesleep bench reproduce",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--budget", choices=sorted(BUDGETS), default="full")
    parser.add_argument(
        "--domain", action="append", choices=sorted(DOMAINS), help="only these; may be repeated"
    )
    parser.add_argument(
        "--state", type=Path, default=Path("var") / "reproduce", help="where the runs are kept"
    )
    parser.add_argument("--output", type=Path, default=RESULTS)
    parser.add_argument("--json", action="store_true", help="the figures as one JSON object too")
    given = parser.parse_args(arguments)
    budget = BUDGETS[given.budget]
    try:
        finished = run_all(plan(budget, given.domain or list(DOMAINS)), given.state / budget.name)
    except (RuntimeError, ServiceError) as error:
        raise SystemExit(f"wakesleep bench reproduce: {error}") from None
    write_results(given.output, budget, finished)
    print(
        json.dumps({"runs": [run.to_json() for run in finished]})
        if given.json
        else f"written: {given.output}"
    )
