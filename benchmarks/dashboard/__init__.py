"""How long the dashboard's pages take, and how much they transfer, in a database as years of use leave it.

100,000 tasks, 1,000 abstractions, a run over all the tasks that is in its wake, 20 smaller ones with their
attempts, dreams, batches and jobs are written in bulk (seeding.py); then every page is asked for in this
process, once to warm up and then several times.

    wakesleep bench dashboard --json

A page's milliseconds are the server's, on the wall and of this process's CPU; a database on another process
is in the wall time only. Its kilobytes are those of a first visit: the page, its style sheets, scripts and
all fonts, as they go over the line; the charts' libraries and the API reference's are told apart.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from sqlalchemy import select

from app.db import Database
from app.db.migrate import upgrade
from app.db.models import TaskRow
from app.settings import Settings
from benchmarks.dashboard.measuring import KILOBYTES, MILLISECONDS, Measured, measure
from benchmarks.dashboard.seeding import Size, seed
from benchmarks.row import Row, print_rows

REPEATS = 5


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="wakesleep bench dashboard", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--database", default="", help="an empty one's URL; none: a new SQLite file")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.model_validate(
            {"data_dir": Path(folder), "DATABASE_URL": options.database}
        ).prepare()
        database = Database(settings.database)
        try:
            upgrade(database)
            with database.read() as session:
                if session.scalar(select(TaskRow.id).limit(1)) is not None:
                    sys.exit(
                        "bench dashboard: --database has tasks already; it writes into an empty one only"
                    )
            print_rows(rows(settings, database, Size(), REPEATS), options.json)
        finally:
            database.close()


def rows(settings: Settings, database: Database, size: Size, repeats: int) -> Iterator[Row]:
    started = time.perf_counter()
    seeded = seed(database, size)
    yield Row("seeding", round(time.perf_counter() - started, 1), "s")
    pages = list(measure(settings, database, seeded, repeats))
    for page in pages:
        yield from _page_rows(page)
    yield Row("all pages within the limits", all(page.fits for page in pages), "yes or no")


def _page_rows(page: Measured) -> Iterable[Row]:
    yield Row(
        page.address,
        round(page.median, 1),
        "ms",
        aim=MILLISECONDS,
        detail={
            "worst_ms": round(page.worst, 1),
            "cpu_ms": round(page.cpu, 1),
            "worst_cpu_ms": round(page.worst_cpu, 1),
            "route": page.route,
        },
    )
    yield Row(
        page.address,
        round(page.kilobytes, 1),
        "kB",
        aim=KILOBYTES,
        detail={"page_kB": round(page.page_bytes / 1000, 1), "aside_kB": round(page.aside_bytes / 1000, 1)},
    )
