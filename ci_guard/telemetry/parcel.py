"""What is sent of one run, as a value, and the folder in which it waits while no collector takes it.

A file for each run, in the place for what outlives a build; a later run on this agent sends it. Several
guards may look into the folder at once: whoever renames a file has it.
"""

import contextlib
import json
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict

from ci_guard.dataclass import dataclass
from ci_guard.random_name import random_word
from ci_guard.telemetry.spans import SpanValue, Sum

FOLDER = "telemetry"
MOST = 200  # files; a collector that is away for good must not fill the disk
LONGEST = 7 * 24 * 3600.0  # seconds; most backends take nothing older
ABANDONED = 600.0  # seconds; whoever had taken the file was ended
_WAITS, _TAKEN = ".json", ".taken"
# under which span it stands and who it is, of the run itself; where it goes to is the later run's business
KEPT_VARIABLES = ("TRACEPARENT", "TRACESTATE", "OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """Spans and sums of one run, and whose they are."""

    span: SpanValue
    sums: tuple[Sum, ...]
    environ: Mapping[str, str]  # of KEPT_VARIABLES


def keep(folder: str, parcel: Parcel) -> str | None:
    """Put it into the folder; the path, or None where that cannot be done or there is too much already."""
    place = os.path.join(folder, FOLDER)
    path = os.path.join(place, random_word() + _WAITS)
    try:
        os.makedirs(place, exist_ok=True)
        if len(os.listdir(place)) >= MOST:
            return None
        with open(path + ".new", "w", encoding="utf-8", errors="replace") as file:
            json.dump(asdict(parcel), file, allow_nan=False)
        os.replace(path + ".new", path)
    except (OSError, ValueError):
        return None
    return path


def waiting(folder: str) -> Iterator[tuple[str, Parcel]]:
    """The parcels in the folder, each taken from other guards; `give_back` or `remove` each."""
    place = os.path.join(folder, FOLDER)
    try:
        names = os.listdir(place)
    except OSError:
        return
    for name in sorted(names):
        taken = _take(os.path.join(place, name))
        if taken is None:
            continue
        try:
            with open(taken, encoding="utf-8") as file:
                parcel = _parcel(json.load(file))
        except (OSError, ValueError, TypeError, KeyError):
            remove(taken)  # what cannot be read today cannot be read tomorrow
            continue
        yield taken, parcel


def give_back(taken: str) -> None:
    """Let another run try."""
    with contextlib.suppress(OSError):
        os.replace(taken, taken.removesuffix(_TAKEN))


def remove(path: str) -> None:
    """It was sent, or is of no use."""
    with contextlib.suppress(OSError):
        os.unlink(path)


def _take(path: str) -> str | None:
    try:
        age = time.time() - os.stat(path).st_mtime
        if age > LONGEST:
            os.unlink(path)
            return None
        if path.endswith(_TAKEN) and age > ABANDONED:
            os.utime(path)
            return path
        if not path.endswith(_WAITS):
            return None
        os.utime(path)
        os.replace(path, path + _TAKEN)
    except OSError:
        return None
    return path + _TAKEN


def _parcel(value: Mapping[str, object]) -> Parcel:
    span, sums, environ = value["span"], value["sums"], value["environ"]
    if not isinstance(span, dict) or not isinstance(sums, list) or not isinstance(environ, dict):
        raise TypeError("not a parcel")
    return Parcel(span=_span(span), sums=tuple(Sum(**each) for each in sums), environ=environ)


def _span(value: Mapping[str, object]) -> SpanValue:
    children = value["children"]
    if not isinstance(children, list):
        raise TypeError("not a span")
    return SpanValue(**{**value, "children": tuple(map(_span, children))})  # type: ignore[arg-type]
