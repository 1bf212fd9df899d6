"""From paths to records: files, folders, JSON lines, JUnit; what is no record is named and left out."""

import io
import os
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from ci_guard.config.inputs import open_input
from ci_guard.dataclass import replace
from ci_guard.errors import GuardError
from ci_guard.fleet.junit import read_junit
from ci_guard.record.codec import read_record
from ci_guard.record.shape import RunRecord

XML = ".xml"
LINES = (".jsonl", ".ndjson")
ENDINGS = (".json", XML, *LINES)  # what is looked for in folders; a file that is named may end otherwise
LARGEST = 256 * 1024 * 1024  # bytes; no record is that large, and reading more would fill the memory


def read_all(paths: Iterable[str], complain: Callable[[GuardError], None]) -> list[RunRecord]:
    """All records, each run once, in the order of time; `complain` hears of each file that is left out.

    A run that is told by a record and by a JUnit file counts by its record, which tells more.
    """
    told: dict[tuple[str, ...], RunRecord] = {}
    cases: dict[tuple[str, ...], RunRecord] = {}
    for file in _files(paths, complain):
        try:
            for record in _records(file, complain):
                found, key = (
                    (cases, _second(record)) if file.suffix.lower() == XML else (told, _identity(record))
                )
                known = found.get(key)
                if known is None or record.finished > known.finished:
                    found[key] = record
        except OSError as error:
            complain(_unread(str(file), error))
    better = set(map(_second, told.values()))
    records = [*told.values(), *(record for key, record in cases.items() if key not in better)]
    return sorted(records, key=lambda record: (record.started, record.name))


def _files(paths: Iterable[str], complain: Callable[[GuardError], None]) -> Iterator[Path]:
    for path in map(Path, paths):
        if not os.path.isdir(path):
            yield path
            continue

        def unread(error: OSError) -> None:
            complain(_unread(str(error.filename), error))

        for folder, folders, names in os.walk(path, onerror=unread):
            folders.sort()
            found = (os.path.join(folder, name) for name in sorted(names) if name.lower().endswith(ENDINGS))
            yield from (Path(each) for each in found if not _is_endless(each))


def _is_endless(path: str) -> bool:
    """Whether it is there and no file: a FIFO that lies about in a folder is nobody's record."""
    return os.path.exists(path) and not os.path.isfile(path)


def _records(file: Path, complain: Callable[[GuardError], None]) -> Iterator[RunRecord]:
    with open_input(str(file)) as stream:
        is_large = file.stat().st_size > LARGEST
        data = (
            b"" if is_large else stream.read(LARGEST + 1)
        )  # that of a FIFO or of `/proc` is not told before
    if is_large or len(data) > LARGEST:
        complain(GuardError(f"`{file}` is left out: it is larger than {LARGEST >> 20} MiB"))
        return
    ending = file.suffix.lower()
    if ending not in LINES:
        try:
            read = read_junit if ending == XML else read_record
            yield _timed(read(data, str(file)), str(file))
        except (GuardError, RecursionError) as error:
            complain(_left_out(str(file), error))
        return
    for number, line in enumerate(io.BytesIO(data), 1):
        if line.strip():
            try:
                yield _timed(read_record(line, f"{file}:{number}"), f"{file}:{number}")
            except (GuardError, RecursionError) as error:
                complain(_left_out(f"{file}:{number}", error))


def _timed(record: RunRecord, name: str) -> RunRecord:
    """The record, its beginning in UTC. Raises `GuardError` where that is no point in time."""
    try:
        told = datetime.fromisoformat(record.started)
        whole = (told if told.tzinfo else told.replace(tzinfo=UTC)).astimezone(UTC)
        return replace(record, started=whole.isoformat(timespec="milliseconds"))
    except (ValueError, OverflowError) as error:
        raise GuardError(f"`{name}` is not a record of ci-guard: `started` is not a point in time") from error


def _identity(record: RunRecord) -> tuple[str, ...]:
    """What the copies of one record have in common; past builds have a record for each incident."""
    past = record.explanation if record.build is not None and not record.directory else ""
    build = f"{record.build.job} {record.build.number}" if record.build is not None else ""
    return record.agent, build, record.name, record.started, record.directory, past


def _second(record: RunRecord) -> tuple[str, ...]:
    """What a record and a JUnit file of one run have in common: JUnit knows whole seconds only."""
    return record.agent, record.name, record.started[:19]


def _left_out(name: str, error: Exception) -> GuardError:
    told = str(error) if isinstance(error, GuardError) else f"`{name}` is nested too deeply for a record"
    return GuardError(f"left out: {told}", hint=getattr(error, "hint", None))


def _unread(name: str, error: OSError) -> GuardError:
    return GuardError(
        f"cannot read `{name}`: {error.strerror or error}", hint="check the path and its permissions"
    )
