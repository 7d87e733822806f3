"""/metrics, in Prometheus's text format: what the service has done, and what is waiting.

All but the requests is read from the database, so that every process of a service says the same. Sums over
all attempts are taken at most every few seconds, whoever asks how often.
"""

from __future__ import annotations

import threading
import time
from collections import Counter as Sums
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from fastapi import APIRouter, Request, Response
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.access import PUBLIC
from app.api.dependencies import ServicesDependency
from app.db.repositories import MetricsRepository, WorkerRepository
from app.db.session import Database

_FRESH_SECONDS = 5.0
_SAMPLE_KINDS = ("requested", "valid", "unique", "fitting")

router = APIRouter(tags=["health"])


@router.get("/metrics", operation_id="metrics", response_class=Response, dependencies=[PUBLIC])
def metrics(request: Request, services: ServicesDependency) -> Response:
    """Figures for Prometheus."""
    return Response(generate_latest(request.app.state.metrics), media_type=CONTENT_TYPE_LATEST)


def make_registry(database: Database, silent_seconds: float) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(_FromDatabase(database, silent_seconds))
    return registry


@dataclass
class _Reports:
    """What the reports of finished iterations add up to; a report never changes, so each is read once."""

    seen: set[tuple[str, int]] = field(default_factory=set)
    samples: Sums[tuple[str, str]] = field(default_factory=Sums)
    phase_seconds: Sums[str] = field(default_factory=Sums)

    def add(self, repository: MetricsRepository) -> None:
        for run_id, iteration in repository.report_keys():
            if (run_id, iteration) in self.seen:
                continue
            self.seen.add((run_id, iteration))
            report = repository.report(run_id, iteration)
            for phase, seconds in report.get("cpu_seconds", {}).items():
                self.phase_seconds[phase] += seconds
            for guide, counted in report.get("samples", {}).items():
                for kind in _SAMPLE_KINDS:
                    self.samples[guide, kind] += counted.get(kind, 0)


class _FromDatabase(Collector):
    def __init__(self, database: Database, silent_seconds: float) -> None:
        self.database = database
        self.silent_seconds = silent_seconds
        self._reports = _Reports()
        self._lock = threading.Lock()
        self._families: list[Metric] = []
        self._read_at = 0.0

    def describe(self) -> Iterable[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("wakesleep_database_up", "Whether the database answers.")
        with self._lock:
            try:
                if time.monotonic() - self._read_at > _FRESH_SECONDS:
                    self._families = list(self._read())
                    self._read_at = time.monotonic()
                up.add_metric([], 1)
                yield from self._families
            except SQLAlchemyError:
                up.add_metric([], 0)
        yield up

    def _read(self) -> Iterator[Metric]:
        with self.database.read() as session:
            repository = MetricsRepository(session)
            self._reports.add(repository)
            states = repository.runs_by_state()
            searched = repository.searched()
            workers = WorkerRepository(session).alive(self.silent_seconds)
            tasks, solved = repository.tasks()
        yield _gauge("wakesleep_workers", "Workers that give signs of life.", len(workers))
        runs = GaugeMetricFamily("wakesleep_runs", "Runs by state.", labels=["state"])
        for state, count in states.items():
            runs.add_metric([state], count)
        yield runs
        yield _gauge("wakesleep_queue_depth", "Runs that wait for a worker.", states.get("queued", 0))
        yield _gauge("wakesleep_tasks", "Tasks that are stored.", tasks)
        yield _gauge("wakesleep_tasks_solved", "Tasks that some run has solved.", solved)
        for name, what, value in (
            ("attempts", "Attempts of wakes.", searched.attempts),
            ("programs", "Programs that wakes looked at.", searched.programs),
            ("search_cpu_seconds", "CPU seconds of these attempts.", searched.cpu_seconds),
        ):
            yield CounterMetricFamily(f"wakesleep_{name}", what, value=value)
        samples = CounterMetricFamily(
            "wakesleep_samples", "What guides proposed in finished iterations.", labels=["guide", "kind"]
        )
        for (guide, kind), count in self._reports.samples.items():
            samples.add_metric([guide, kind], count)
        yield samples
        phases = CounterMetricFamily(
            "wakesleep_phase_cpu_seconds", "CPU seconds of finished iterations.", labels=["phase"]
        )
        for phase, seconds in self._reports.phase_seconds.items():
            phases.add_metric([phase], seconds)
        yield phases


def _gauge(name: str, what: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, what, value=value)


class RequestMetrics:
    """Counts requests and their seconds by route, never by address: an id in a label would be a new series. A
    stream of events counts once it ends, and not among the seconds.
    """

    def __init__(self, app: ASGIApp, registry: CollectorRegistry) -> None:
        self.app = app
        labels = ("method", "route", "status")
        self.requests = Counter(
            "wakesleep_http_requests", "Requests to this process.", labels, registry=registry
        )
        self.seconds = Histogram(
            "wakesleep_http_request_seconds", "Seconds to their answers.", labels[:2], registry=registry
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        status, streams = 500, False

        async def noted(message: Message) -> None:
            nonlocal status, streams
            if message["type"] == "http.response.start":
                status = message["status"]
                kind = dict(message.get("headers", [])).get(b"content-type", b"")
                streams = kind.startswith(b"text/event-stream")
            await send(message)

        try:
            await self.app(scope, receive, noted)
        finally:
            route = getattr(scope.get("route"), "path", "none")
            method = scope["method"] if scope["method"] in _METHODS else "other"
            self.requests.labels(method, route, str(status)).inc()
            if not streams:
                self.seconds.labels(method, route).observe(time.perf_counter() - started)


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
