"""Traces and metrics to an OpenTelemetry collector, with the extra `otel` and where the variable
OTEL_EXPORTER_OTLP_ENDPOINT says one; else nothing.

Requests are traced and counted by FastAPI, once there is somebody to tell. Here is what it doesn't know: ids
of requests and runs, the phases of runs, and the tasks of their wakes. OpenTelemetry's own API does nothing
until `configure_telemetry` was called, so that nobody has to ask whether it was.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from opentelemetry import metrics, trace
from opentelemetry.util.types import AttributeValue

_ENDPOINTS = tuple(f"OTEL_EXPORTER_OTLP_{part}ENDPOINT" for part in ("", "TRACES_", "METRICS_"))
_log = structlog.get_logger(__name__)


def configure_telemetry() -> None:
    """Send this process's traces and metrics to where the standard OTEL_ variables say; what was not sent yet
    is sent as the process ends. Without such a variable nothing happens, without the extra a warning."""
    disabled = os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true"
    if disabled or not any(os.environ.get(name) for name in _ENDPOINTS):
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.metrics import MeterProvider
        from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        _log.warning("no traces: install the extra `otel` (pip install wakesleep[otel])", error=str(error))
        return
    resource = Resource.create()
    if str(resource.attributes["service.name"]).startswith("unknown_service"):
        resource = resource.merge(Resource({"service.name": "wakesleep"}))
    tracer = TracerProvider(resource=resource)
    tracer.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(tracer)
    reader = PeriodicExportingMetricReader(OTLPMetricExporter())
    metrics.set_meter_provider(MeterProvider(metric_readers=[reader], resource=resource))


def stop_telemetry() -> None:
    """Send what was not sent yet; processes of ours end without their interpreter's farewell."""
    for provider in (trace.get_tracer_provider(), metrics.get_meter_provider()):
        stop = getattr(provider, "shutdown", None)
        if stop is not None:
            stop()


def note(**attributes: AttributeValue) -> None:
    """Add `wakesleep.…` attributes to what is going on."""
    trace.get_current_span().set_attributes(_named(attributes))


@contextmanager
def traced(name: str, **attributes: AttributeValue) -> Iterator[None]:
    """A span around the block, with `wakesleep.…` attributes; an exception is noted in it."""
    with trace.get_tracer("wakesleep").start_as_current_span(name, attributes=_named(attributes)):
        yield


def trace_past(name: str, seconds: float, **attributes: AttributeValue) -> None:
    """A span of something that took so long and has just ended."""
    now = time.time_ns()
    tracer = trace.get_tracer("wakesleep")
    span = tracer.start_span(name, attributes=_named(attributes), start_time=now - int(seconds * 1e9))
    span.end(now)


def _named(attributes: dict[str, AttributeValue]) -> dict[str, AttributeValue]:
    return {f"wakesleep.{name}": value for name, value in attributes.items()}
