"""A whole run and a collector on loopback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ci_guard.redact.values import RedactedRun
from ci_guard.telemetry import parcel, sending
from ci_guard.telemetry.spans import span_of, sums_of
from rig.events import HANG
from unit.telemetry.collectors import Collector, collector
from unit.telemetry.test_spans import FLAKY

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
OTHER_TRACE = "1af7651916cd43dd8448eb211c80319d"
OTHERS = tuple(name for name in os.environ if name.startswith("OTEL_"))


@pytest.fixture
def fleet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    for name in OTHERS:
        monkeypatch.delenv(name)
    monkeypatch.setattr(sending, "BOUND", HANG)
    monkeypatch.setenv("CI_GUARD_STATE", str(tmp_path))
    with collector() as running:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", running.address)
        monkeypatch.setenv("TRACEPARENT", f"00-{TRACE}-{PARENT}-01")
        yield running


def send(folder: Path | None, bound: float = HANG, run: RedactedRun = FLAKY) -> str | None:
    """What became of a run, in the words of the log."""
    return sending.Telemetry(os.environ, None if folder is None else str(folder)).send(run, bound)


def waiting(folder: Path) -> list[Path]:
    return sorted(folder.glob("telemetry/*"))


def test_spans_stand_under_the_pipeline_s_and_counters_add_up(fleet: Collector, tmp_path: Path) -> None:
    assert send(tmp_path) is None
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
    assert waiting(tmp_path) == []


def test_the_standard_variables_count(fleet: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_SERVICE_NAME", "shop-build")
    monkeypatch.setenv("OTEL_METRICS_EXPORTER", "none")
    assert send(None) is None
    assert fleet.resources[0]["service.name"] == "shop-build"
    assert fleet.sums == {}


def test_what_a_silent_collector_does_not_take_the_next_run_sends(
    fleet: Collector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet.silent.set()
    assert send(tmp_path, 0.1) == f"{sending.LATE}; {sending.LATER}"
    (kept,) = waiting(tmp_path)
    assert "hunter2-secret" not in kept.read_text(encoding="utf-8")
    monkeypatch.setenv("TRACEPARENT", f"00-{OTHER_TRACE}-{PARENT}-01")
    with collector() as later:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", later.address)
        assert send(tmp_path) is None
        runs = [span.trace_id.hex() for span in later.spans if span.name == "ci-guard uv sync"]
        assert runs == [TRACE, OTHER_TRACE]
        assert later.sums["ci_guard.attempts"] == 4
    assert waiting(tmp_path) == []
    fleet.done.set()


def test_what_cannot_be_sent_again_waits_on(
    fleet: Collector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setattr(sending, "ANSWER", 0.5)
    for number in (1, 2):
        assert (send(tmp_path) or "").endswith(sending.LATER)
        assert [path.suffix for path in waiting(tmp_path)] == [".json"] * number


def test_without_a_place_to_wait_in(fleet: Collector) -> None:
    fleet.silent.set()
    assert send(None, 0.1) == sending.LATE
    fleet.done.set()


def test_without_the_library(fleet: Collector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "LIBRARY", "opentelemetry_that_nobody_has.exporter")
    assert send(tmp_path) == sending.NO_LIBRARY
    assert fleet.spans == []
    assert waiting(tmp_path) == []


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", '{"span": {}, "sums": [], "environ": {}}', '{"span": 1, "sums": 2}', "\x00"]
)
def test_a_parcel_that_cannot_be_read_is_no_parcel(tmp_path: Path, content: str) -> None:
    (tmp_path / "telemetry").mkdir()
    (tmp_path / "telemetry" / "x.json").write_text(content, encoding="utf-8")
    assert list(parcel.waiting(str(tmp_path))) == []
    assert waiting(tmp_path) == []


def test_parcels_are_few_and_not_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parcel, "MOST", 2)
    one = parcel.Parcel(span=span_of(FLAKY), sums=sums_of(FLAKY), environ={})
    kept = [parcel.keep(str(tmp_path), one) for _ in range(3)]
    assert kept[2] is None
    os.utime(kept[0] or "", (0, 0))
    ((taken, read),) = parcel.waiting(str(tmp_path))
    assert read == one
    assert list(parcel.waiting(str(tmp_path))) == []  # whoever has taken it has it
    parcel.give_back(taken)
    assert [str(path) for path in waiting(tmp_path)] == [kept[1]]


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


def test_a_collector_that_never_answers_holds_no_step_up(fleet: Collector, tmp_path: Path) -> None:
    """The whole program: it has ended, with the run kept, while its request is still without an answer."""
    fleet.silent.set()
    words = [sys.executable, "-m", "ci_guard", "--verbose", "--name", "step", "--"]
    step = [sys.executable, "-c", "raise SystemExit(3)"]
    done = subprocess.run([*words, *step], capture_output=True, text=True, timeout=HANG)
    assert done.returncode == 3
    assert not fleet.done.is_set()
    assert f"no telemetry: {sending.LATE}; {sending.LATER}" in done.stderr
    assert len(waiting(tmp_path)) == 1


def test_no_collector_named_nothing_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from unit.run.contexts import context_of

    named = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}
    assert not context_of(tmp_path, ["true"], environ={}).collected
    assert context_of(tmp_path, ["true"], environ=named).collected
    assert not context_of(tmp_path, ["true"], environ={**named, "OTEL_SDK_DISABLED": "true"}).collected
