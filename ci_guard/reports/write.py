"""Writing reports: each to a neighbour file that then replaces the old one; trouble becomes a warning.

Replacing is tried for some seconds, because the report can be held by the scanner that held the build.
"""

import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from ci_guard.errors import BROKEN_FILE, GuardError, UsageError
from ci_guard.model.policy import ReportTarget
from ci_guard.redact.values import RedactedRun
from ci_guard.reports.formats import find_format
from ci_guard.reports.target import find_target
from ci_guard.windows.paths import extended

REPLACE_TRIES = 31
REPLACE_PAUSE = 0.1  # seconds; 3 s in all: under the 4 s that CI servers leave a process that they stop
_LASTING = (FileNotFoundError, IsADirectoryError, NotADirectoryError)


def write_reports(run: RedactedRun, targets: Sequence[ReportTarget], directory: str) -> list[str]:
    """Write each report, provisional or final, and return a warning for each that could not be written.

    Relative paths begin at `directory`. A file that stood at the target stays whole until the new one
    replaces it.
    """
    warnings: list[str] = []
    written: dict[str, ReportTarget] = {}
    for target in targets:
        try:
            path = find_target(target.path, run, directory)
            first = written.setdefault(os.path.normcase(os.path.realpath(extended(str(path)))), target)
            if first is not target:
                raise UsageError(f"the {first.format} report goes to the same file")
            replace_file(path, find_format(target.format).render(run))
        except (*BROKEN_FILE, ValueError, GuardError) as error:
            warnings.append(f"{target.format} report `{target.path}` was not written: {error}")
    return warnings


def replace_file(
    path: Path,
    content: bytes,
    *,
    replace: Callable[[Path, Path], None] = os.replace,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Put the content in the file's place in one step; folders that are missing are made.

    Raises OSError if that is not possible within some seconds; nothing is left behind then.
    """
    path = Path(extended(str(path)))
    path.parent.mkdir(parents=True, exist_ok=True)
    neighbour = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        neighbour.write_bytes(content)
        for _ in range(REPLACE_TRIES - 1):
            try:
                replace(neighbour, path)
            except _LASTING:
                raise
            except OSError:
                sleep(REPLACE_PAUSE)
            else:
                return
        replace(neighbour, path)
    finally:
        with suppress(OSError):
            neighbour.unlink()
