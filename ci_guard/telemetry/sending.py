"""Sends a run beside the process, within a bound on time."""

import threading
from collections.abc import Mapping
from importlib.util import find_spec

from ci_guard.redact.values import RedactedRun

BOUND = 5.0  # seconds for everything, from the import on; what is not sent by then is given up
LIBRARY = "opentelemetry.exporter.otlp.proto.http"
LATE = "the collector did not answer in time"
NO_LIBRARY = "its library is not installed: `pip install ci-guard[otel]`"


def send(run: RedactedRun, environ: Mapping[str, str], bound: float | None = None) -> str | None:
    """Send spans and counters in `bound` seconds (else BOUND) at the most; why that failed, or None.

    A thread does it that dies with the process: no collector, and no slow import, can hold up a step.
    """
    if not _has_library():
        return NO_LIBRARY
    limit = BOUND if bound is None else bound
    trouble: list[str | None] = [LATE]

    def work() -> None:
        try:
            from ci_guard.telemetry.export import export
            from ci_guard.telemetry.spans import span_of, sums_of

            trouble[0] = export(span_of(run), sums_of(run), environ, limit)
        except Exception as error:  # noqa: BLE001 - telemetry never fails a step
            trouble[0] = str(error) or type(error).__name__

    thread = threading.Thread(target=work, daemon=True, name="telemetry")
    thread.start()
    thread.join(limit)
    return trouble[0]


def _has_library() -> bool:
    try:
        return find_spec(LIBRARY) is not None
    except ImportError:  # not even its first folder
        return False
