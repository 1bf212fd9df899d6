"""Sends a run beside the process: the step waits for it for at most half a second, at its very end.

The library, which takes longer than that to load, is loaded while the command runs, and what earlier runs
could not get rid of is sent then. What the collector has not taken at the end is kept for a later run.
"""

import threading
from collections.abc import Mapping
from importlib.util import find_spec
from queue import SimpleQueue

from ci_guard.annotation import TYPE_CHECKING
from ci_guard.redact.values import RedactedRun

if TYPE_CHECKING:
    from ci_guard.telemetry.parcel import Parcel

BOUND = 0.5  # seconds that the end of a step waits
ANSWER = 10.0  # seconds for the collector's answer, beside the command; OTLP's own default
LIBRARY = "opentelemetry.exporter.otlp.proto.http"
LATE = "the collector did not answer in time"
LATER = "the next run on this agent sends it"
NO_LIBRARY = 'its library is not installed: `pip install "ci-guard[otel]"`'


class Telemetry:
    """One run's way to the collector. `folder`: where runs wait; None: this agent has no place for them."""

    def __init__(self, environ: Mapping[str, str], folder: str | None) -> None:
        self._environ = environ
        self._folder = folder
        self._own: SimpleQueue[Parcel] = SimpleQueue()
        self._ended = threading.Event()
        self._lock = threading.Lock()  # over the two that follow
        self._sent = False
        self._kept: str | None = None
        self._trouble: str | None = None
        # it dies with the process: no collector, and no slow import, can hold up a step
        threading.Thread(target=self._work, daemon=True, name="telemetry").start()

    def send(self, run: RedactedRun, bound: float | None = None) -> str | None:
        """Send the run; waits at most `bound` seconds (else BOUND). Why that failed, or None."""
        from ci_guard.telemetry.parcel import KEPT_VARIABLES, Parcel, keep
        from ci_guard.telemetry.spans import span_of, sums_of

        environ = {name: self._environ[name] for name in KEPT_VARIABLES if self._environ.get(name)}
        parcel = Parcel(span=span_of(run), sums=sums_of(run), environ=environ)
        self._own.put(parcel)
        self._ended.wait(BOUND if bound is None else bound)
        with self._lock:
            if self._sent or self._trouble == NO_LIBRARY:
                return self._trouble
            trouble = self._trouble or LATE
            self._kept = keep(self._folder, parcel) if self._folder is not None else None
            return f"{trouble}; {LATER}" if self._kept is not None else trouble

    def _work(self) -> None:
        try:
            if not _has_library():
                self._trouble = NO_LIBRARY
                return
            from ci_guard.telemetry.export import export
            from ci_guard.telemetry.parcel import give_back, remove, waiting

            for path, parcel in waiting(self._folder) if self._folder is not None else ():
                if export(parcel.span, parcel.sums, {**self._environ, **parcel.environ}, ANSWER) is not None:
                    give_back(path)
                    break
                remove(path)
            parcel = self._own.get()
            trouble = export(parcel.span, parcel.sums, self._environ, ANSWER)
            with self._lock:
                self._trouble, self._sent = trouble, trouble is None
                if self._sent and self._kept is not None:
                    remove(self._kept)
        except Exception as error:  # noqa: BLE001 - telemetry never fails a step
            self._trouble = str(error) or type(error).__name__
        finally:
            self._ended.set()


def _has_library() -> bool:
    try:
        return find_spec(LIBRARY) is not None
    except ImportError:  # not even its first folder
        return False
