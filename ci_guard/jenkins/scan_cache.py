"""What was read of finished builds, kept on disk, so that a scan that broke off goes on where it was.

One file for each job, one line for each build, written when the build has been read. A line that was cut,
that is of another version of ci-guard or of other signatures, or of a build that had the same number before
the job was made anew, does not count.
"""

import hashlib
import json
import threading
from pathlib import Path

from ci_guard.errors import GuardError
from ci_guard.model.build import ScannedBuild
from ci_guard.record.codec import plain, typed

SCHEMA = "ci-guard/scan/2"
_HASHED = 16  # hexadecimal digits


class ScanCache:
    """The finished builds of one controller; any number of threads may add to it."""

    def __init__(self, folder: Path, url: str, reading: str) -> None:
        """`reading` names what the result depends on beside the build: version, signatures, policy."""
        self._folder = folder / _hash(url)
        self._reading = reading
        self._lock = threading.Lock()

    def of(self, job: str) -> dict[tuple[int, float], ScannedBuild]:
        """The builds of a job, by number and start. Raises `GuardError` if the file cannot be read."""
        known: dict[tuple[int, float], ScannedBuild] = {}
        try:
            data = self._file(job).read_bytes()
        except FileNotFoundError:
            return known
        except OSError as error:
            raise _unusable(self._file(job), error) from error
        for line in data.split(b"\n"):
            scanned = self._read(line, job)
            if scanned is not None:
                known[scanned.build.number, scanned.build.started] = scanned
        return known

    def add(self, scanned: ScannedBuild) -> None:
        """Keep a finished build. Raises `GuardError` if it cannot be written."""
        record = {"schema": SCHEMA, "reading": self._reading, **plain(scanned)}
        line = json.dumps(record, ensure_ascii=True).encode()
        file = self._file(scanned.build.job)
        try:
            with self._lock:
                file.parent.mkdir(parents=True, exist_ok=True)
                with file.open("ab") as stream:
                    # the line break before it keeps a line whole that follows one that was cut
                    stream.write(b"\n" + line + b"\n")
        except OSError as error:
            raise _unusable(file, error) from error

    def _file(self, job: str) -> Path:
        return self._folder / f"{_hash(job)}.jsonl"

    def _read(self, line: bytes, job: str) -> ScannedBuild | None:
        if not line:
            return None
        try:
            record = json.loads(line)
            if (record["schema"], record["reading"]) != (SCHEMA, self._reading):
                return None
            scanned: ScannedBuild = typed(ScannedBuild, record)
        except (ValueError, TypeError, KeyError, AttributeError):
            return None
        return scanned if scanned.build.job == job else None


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_HASHED]


def _unusable(file: Path, error: OSError) -> GuardError:
    return GuardError(
        f"cannot keep what was read in `{file}`: {error.strerror or error}",
        hint="`--state` names another folder",
    )
