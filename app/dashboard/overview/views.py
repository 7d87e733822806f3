"""What each panel of the overview shows. A panel is a function of a session and the services that returns its
template's values; the page has all but those that are fetched once it is there.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.api.dependencies import Services
from app.dashboard.library.search import Search, Wanted
from app.dashboard.overview.queries import Overview
from app.db.migrate import is_current
from app.db.repositories import WorkerRepository

#: Lines of each short list.
_RUNS = 6
_WORKERS = 8
_ABSTRACTIONS = 6
_MODELS = 6
_DOMAINS = 12
#: Curves in the chart, and points of each, at most.
_CURVES = 6
_POINTS = 300

Panel = Callable[[Session, Services], dict[str, Any]]


def now(session: Session, services: Services) -> dict[str, Any]:
    """Health, what runs, and what waits."""
    started = time.perf_counter()
    session.execute(select(1))
    took = time.perf_counter() - started
    current = is_current(session.connection())
    overview = Overview(session)
    workers = WorkerRepository(session).alive(services.settings.silent_seconds)
    states = overview.runs_by_state()
    return {
        "database": "SQLite" if services.settings.single_process else "PostgreSQL",
        "database_seconds": took,
        "current": current,
        "workers": workers[:_WORKERS],
        "worker_count": len(workers),
        "ready": current and bool(workers),
        "has_model": services.settings.model_url is not None,
        "queue": overview.queue(),
        "states": states,
        "runs": overview.running(_RUNS),
        "open_runs": sum(states.get(state, 0) for state in ("running", "queued", "paused")),
        "ended": overview.newest_ended(),
    }


def today(session: Session, _services: Services) -> dict[str, Any]:
    """What it learned in the last 24 hours, by domain and in all."""
    day = datetime.now(UTC) - timedelta(hours=24)
    overview = Overview(session)
    domains = overview.domains(day)
    return {
        "domains": domains[:_DOMAINS],
        "hidden": len(domains) - _DOMAINS,
        "tasks": sum(line.tasks for line in domains),
        "solved": sum(line.solved for line in domains),
        "solved_today": sum(line.today for line in domains),
        "learned": overview.learned(day),
        "iterations": overview.iterations(day),
        "promoted": overview.promoted(day),
    }


def latest(session: Session, _services: Services) -> dict[str, Any]:
    """The newest abstractions and the models in use."""
    search = Search(session)
    return {
        "lines": search.page(Wanted(), _ABSTRACTIONS),
        "sizes": sum(one.size for one in search.currents.values()),
        "models": Overview(session).models(_MODELS),
    }


def solved(session: Session, _services: Services) -> dict[str, Any]:
    """Tasks solved against time: the domains with most, and what they are called."""
    curves = Overview(session).solved_over_time()
    largest = sorted(curves, key=lambda domain: -curves[domain][-1][1])
    now = datetime.now(UTC)
    return {
        "series": {
            domain: [
                (min(moment, now).strftime("%Y-%m-%dT%H:%M:%SZ"), count)
                for moment, count in _thin([*curves[domain], (now, curves[domain][-1][1])])
            ]
            for domain in largest[:_CURVES]
        },
        "hidden": len(largest) - _CURVES,
    }


#: Those that the page has from the beginning.
AT_ONCE: dict[str, Panel] = {"now": now, "today": today, "latest": latest}
PANELS: dict[str, Panel] = {**AT_ONCE, "solved": solved}


def _thin(points: list[tuple[datetime, int]]) -> list[tuple[datetime, int]]:
    """At most about _POINTS of them, evenly, the last one always."""
    step = max(1, -(-len(points) // _POINTS))
    kept = points[::step]
    return kept if not points or kept[-1] is points[-1] else [*kept, points[-1]]
