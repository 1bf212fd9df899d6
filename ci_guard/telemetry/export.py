"""Hands a run to the collector by OpenTelemetry's own library; nothing else of ours imports it.

The exporters read the standard variables (`OTEL_EXPORTER_OTLP_ENDPOINT`, `_HEADERS`, `_CERTIFICATE`, ...,
`OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`) from the environment by themselves.
"""

import logging
from collections.abc import Mapping

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import Counter, MeterProvider
from opentelemetry.sdk.metrics.export import AggregationTemporality, InMemoryMetricReader
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Span, Status, StatusCode, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from ci_guard import __version__
from ci_guard.telemetry.spans import SpanValue, Sum

SCOPE = "ci-guard"
REFUSED = "the collector refused it, or cannot be reached"
PARENT = ("TRACEPARENT", "TRACESTATE")  # https://opentelemetry.io/docs/specs/otel/context/env-carriers/


def export(span: SpanValue, sums: tuple[Sum, ...], environ: Mapping[str, str], timeout: float) -> str | None:
    """Send both, each within `timeout` seconds; why it could not be done, in words, else None."""
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL + 1)  # the caller tells it, if anybody does
    sent = (_send_spans(span, environ, timeout), _send_sums(sums, environ, timeout))
    return None if all(sent) else REFUSED


def _resource(environ: Mapping[str, str]) -> Resource:
    named = {} if environ.get("OTEL_SERVICE_NAME") else {SERVICE_NAME: SCOPE}
    return Resource.create({**named, SERVICE_VERSION: __version__})


def _send_spans(span: SpanValue, environ: Mapping[str, str], timeout: float) -> bool:
    if environ.get("OTEL_TRACES_EXPORTER", "otlp") != "otlp":
        return True
    kept = InMemorySpanExporter()
    provider = TracerProvider(resource=_resource(environ), shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(kept))
    carrier = {name.lower(): environ[name] for name in PARENT if environ.get(name)}
    tracer = provider.get_tracer(SCOPE, __version__)

    def make(value: SpanValue, parent: Span | None) -> None:
        context = (
            TraceContextTextMapPropagator().extract(carrier)
            if parent is None
            else set_span_in_context(parent)
        )
        made = tracer.start_span(
            value.name, context=context, start_time=value.began, attributes=dict(value.attributes)
        )
        for child in value.children:
            make(child, made)
        if value.failed:
            made.set_status(Status(StatusCode.ERROR, value.failed))
        made.end(end_time=value.ended)

    make(span, None)
    result = OTLPSpanExporter(timeout=timeout).export(kept.get_finished_spans())
    return bool(result.name == "SUCCESS")


def _send_sums(sums: tuple[Sum, ...], environ: Mapping[str, str], timeout: float) -> bool:
    if environ.get("OTEL_METRICS_EXPORTER", "otlp") != "otlp":
        return True
    # each process counts its own run: what counts is the difference
    reader = InMemoryMetricReader(preferred_temporality={Counter: AggregationTemporality.DELTA})
    provider = MeterProvider((reader,), resource=_resource(environ), shutdown_on_exit=False)
    meter = provider.get_meter(SCOPE, __version__)
    counters: dict[str, Counter] = {}
    for each in sums:
        counter = counters.get(each.name) or meter.create_counter(each.name, each.unit, each.says)
        counters[each.name] = counter
        counter.add(each.value, dict(each.attributes))
    data = reader.get_metrics_data()
    result = OTLPMetricExporter(timeout=timeout).export(data) if data is not None else None
    return result is None or bool(result.name == "SUCCESS")
