"""A whole run and a collector on loopback."""

import os
import sys
from pathlib import Path

import pytest

from ci_guard.telemetry import sending
from unit.telemetry.collectors import Collector, collector
from unit.telemetry.test_spans import FLAKY

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
ENOUGH = 120.0  # seconds: on a busy machine the library alone takes some
OTHERS = tuple(name for name in os.environ if name.startswith("OTEL_"))


@pytest.fixture
def fleet(monkeypatch: pytest.MonkeyPatch):
    for name in OTHERS:
        monkeypatch.delenv(name)
    monkeypatch.setattr(sending, "BOUND", ENOUGH)
    with collector() as running:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", running.address)
        monkeypatch.setenv("TRACEPARENT", f"00-{TRACE}-{PARENT}-01")
        yield running


def test_spans_stand_under_the_pipeline_s_and_counters_add_up(fleet: Collector) -> None:
    assert sending.send(FLAKY, os.environ, ENOUGH) is None
    run = next(span for span in fleet.spans if span.name == "ci-guard uv sync")
    assert (run.trace_id.hex(), run.parent_span_id.hex()) == (TRACE, PARENT)
    attempts = [span for span in fleet.spans if span.name.startswith("attempt")]
    assert {span.parent_span_id for span in attempts} == {run.span_id}
    (hold,) = (span for span in fleet.spans if span.name == "hold")
    assert hold.parent_span_id == max(attempts, key=lambda span: span.start_time_unix_nano).span_id
    assert fleet.resources[0]["service.name"] == "ci-guard"
    assert fleet.sums["ci_guard.attempts"] == 2
    assert fleet.sums["ci_guard.incidents"] == 2
    assert fleet.sums["ci_guard.time_lost"] == 11.5


def test_the_standard_variables_count(fleet: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_SERVICE_NAME", "shop-build")
    monkeypatch.setenv("OTEL_METRICS_EXPORTER", "none")
    assert sending.send(FLAKY, os.environ, ENOUGH) is None
    assert fleet.resources[0]["service.name"] == "shop-build"
    assert fleet.sums == {}


def test_a_collector_that_does_not_answer_is_given_up(fleet: Collector) -> None:
    fleet.silent.set()
    assert sending.send(FLAKY, os.environ, 0.5) == sending.LATE
    fleet.done.set()


def test_a_collector_that_is_not_there(fleet: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    assert sending.send(FLAKY, os.environ, 1.0) is not None


def test_without_the_library(fleet: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "LIBRARY", "opentelemetry_that_nobody_has.exporter")
    assert sending.send(FLAKY, os.environ, ENOUGH) == sending.NO_LIBRARY
    assert fleet.spans == []


@pytest.mark.parametrize("status", [0, 3])
def test_a_guarded_step_is_sent_and_keeps_its_status_and_silence(
    fleet: Collector, capfd: pytest.CaptureFixture[str], status: int
) -> None:
    from ci_guard.cli import main

    words = ["--name", "step", "--", sys.executable, "-c", f"raise SystemExit({status})"]
    assert main(words) == status
    (run,) = (span for span in fleet.spans if span.name == "ci-guard step")
    assert run.parent_span_id.hex() == PARENT
    if not status:
        assert capfd.readouterr().err == ""


def test_no_collector_named_nothing_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from unit.run.contexts import context_of

    named = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}
    assert not context_of(tmp_path, ["true"], environ={}).collected
    assert context_of(tmp_path, ["true"], environ=named).collected
    assert not context_of(tmp_path, ["true"], environ={**named, "OTEL_SDK_DISABLED": "true"}).collected
