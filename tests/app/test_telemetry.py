"""Traces and metrics: off by default, and with a collector everything that happened, with its ids."""

from __future__ import annotations

import gzip
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from fastapi.testclient import TestClient
from opentelemetry import metrics, trace
from structlog.testing import capture_logs

from app import telemetry
from app.workflows.keeper import DatabaseKeeper
from tests.app.test_keeper import attempt, keeper

__all__ = ["keeper"]  # the fixture


@pytest.fixture(autouse=True)
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    """Providers are a process's, and can be set once."""
    for api, set_, held, module in (
        (trace, "set_tracer_provider", "_TRACER_PROVIDER", trace),
        (metrics, "set_meter_provider", "_METER_PROVIDER", metrics._internal),
    ):
        monkeypatch.setattr(module, held, None)
        monkeypatch.setattr(api, set_, partial(monkeypatch.setattr, module, held))


@pytest.fixture
def spans() -> Any:
    """Whatever was traced."""
    pytest.importorskip("opentelemetry.sdk")
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return exporter


def test_a_request_has_its_route_and_id(spans: Any, client: TestClient) -> None:
    client.get("/v1/tasks/none", headers={"X-Request-Id": "mine"})
    (span,) = spans.get_finished_spans()
    assert span.name == "GET /v1/tasks/{task_id}"
    assert span.attributes["wakesleep.request_id"] == "mine"
    assert span.attributes["http.response.status_code"] == 404


def test_a_wake_is_a_part_of_its_phase(spans: Any, keeper: DatabaseKeeper) -> None:
    with telemetry.traced("phase wake", run=keeper.run_id, iteration=1):
        keeper.record_attempt(1, attempt())
    wake, phase = spans.get_finished_spans()
    assert wake.parent.span_id == phase.context.span_id
    assert wake.attributes["wakesleep.run"] == phase.attributes["wakesleep.run"] == keeper.run_id
    assert wake.attributes["wakesleep.task"] == attempt().task and wake.attributes["wakesleep.solved"]
    assert (wake.end_time - wake.start_time) / 1e9 == pytest.approx(attempt().seconds, abs=1e-6)


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, bytes]]:
    """What reaches a collector, by path."""
    got: dict[str, bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            zipped = self.headers.get("Content-Encoding") == "gzip"
            got[self.path] = got.get(self.path, b"") + (gzip.decompress(body) if zipped else body)
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    yield got
    server.shutdown()
    server.server_close()


def test_what_a_collector_gets(collector: dict[str, bytes], client: TestClient) -> None:
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http")
    telemetry.configure_telemetry()
    client.get("/v1/tasks", headers={"X-Request-Id": "mine"})
    telemetry.stop_telemetry()
    assert b"wakesleep.request_id" in collector["/v1/traces"] and b"mine" in collector["/v1/traces"]
    assert b"service.name" in collector["/v1/traces"] and b"/v1/tasks" in collector["/v1/traces"]
    assert b"http.server.request.duration" in collector["/v1/metrics"]


def test_without_an_address_nothing_is_configured() -> None:
    telemetry.configure_telemetry()
    assert isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider)
    telemetry.stop_telemetry()


def test_without_the_extra_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with capture_logs() as logs:
        telemetry.configure_telemetry()
    assert "wakesleep[otel]" in logs[0]["event"]
    with telemetry.traced("phase wake", run="run_1"):
        telemetry.note(request_id="mine")
