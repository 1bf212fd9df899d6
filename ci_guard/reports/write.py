"""Writing reports: each to a neighbour file that then replaces the old one; trouble becomes a warning.

Replacing is tried for some seconds at the end of a run, because the report can be held by the scanner that
held the build; before an attempt once, because nothing may delay the command. What is no regular file is
written through, at the end only, and never replaced: a link stays, a device stays.
"""

import contextlib
import errno
import os
import stat
import time
from collections.abc import Callable, Sequence
from functools import partial

from ci_guard.errors import BROKEN_FILE, GuardError, UsageError
from ci_guard.machine.held import patiently
from ci_guard.model.policy import ReportTarget
from ci_guard.redact.values import RedactedRun
from ci_guard.reports.formats import find_format
from ci_guard.reports.target import find_target
from ci_guard.windows.paths import extended

REPLACE_TRIES = 31
REPLACE_PAUSE = 0.1  # seconds; 3 s in all: under the 4 s that CI servers leave a process that they stop
REPLACE_LIMIT = 60.0  # seconds of waiting after that, while nobody stops us and somebody holds the file
LONGEST_NAME = 255  # bytes, on the usual file systems
WRITE_SECONDS = 1.0  # for whoever reads from a FIFO
_LASTING = (FileNotFoundError, IsADirectoryError, NotADirectoryError)


def write_reports(run: RedactedRun, targets: Sequence[ReportTarget], directory: str) -> list[str]:
    """Write each report, provisional or final, and return a warning for each that could not be written.

    Relative paths begin at `directory`. A file that stood at the target stays whole until the new one
    replaces it.
    """
    warnings: list[str] = []
    written: dict[str, ReportTarget] = {}
    tries = Tries(REPLACE_TRIES if run.finished else 1)
    limit = REPLACE_LIMIT if run.finished else 0.0
    for target in targets:
        try:
            path = find_target(target.path, run, directory)
            first = written.setdefault(os.path.normcase(os.path.realpath(extended(path))), target)
            if first is not target:
                raise UsageError(f"the {first.format} report goes to the same file")
            if _is_replaceable(path):
                content = find_format(target.format).render(run)
                patiently(partial(replace_file, path, content, tries=tries), limit=limit)
            elif run.finished:
                _write_through(path, find_format(target.format).render(run))
        except (*BROKEN_FILE, ValueError, GuardError) as error:
            if run.finished or not isinstance(error, PermissionError):
                warnings.append(f"{target.format} report `{target.path}` was not written: {error}")
    return warnings


def put_file(path: str, content: bytes) -> None:
    """Put a whole answer where somebody asked for it: a file is replaced, a device or a FIFO written through.

    Raises OSError.
    """
    if _is_replaceable(path):
        replace_file(path, content)
    else:
        _write_through(path, content)


class Tries:
    """How often replacing is tried in all: many reports that are held are not waited for one by one."""

    def __init__(self, number: int = REPLACE_TRIES) -> None:
        self.left = number


def replace_file(
    path: str | os.PathLike[str],
    content: bytes,
    *,
    tries: Tries | None = None,
    replace: Callable[[str, str], None] = os.replace,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Put the content in the place of the file, or of what a link leads to, in one step.

    Folders that are missing are made. Raises OSError if it is not possible within the tries; nothing is left
    behind then.
    """
    tries = tries or Tries()
    path = extended(os.path.realpath(path) if os.path.islink(path) else os.fspath(path))
    if os.path.islink(path):  # it leads to itself
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
    folder, name = os.path.split(path)
    _make_folders(folder)
    neighbour = os.path.join(folder, _neighbour(name))
    try:
        with open(neighbour, "wb") as file:
            file.write(content)
        while True:
            try:
                replace(neighbour, path)
            except _LASTING:
                raise
            except OSError as error:
                if os.path.isdir(path):  # Windows denies that, as it denies what is held
                    raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path) from error
                if tries.left <= 1:
                    raise
                tries.left -= 1
                sleep(REPLACE_PAUSE)
            else:
                return
    finally:
        _remove(neighbour, tries, sleep)


def _make_folders(folder: str) -> None:
    """As `os.makedirs`, which asks itself again for each folder: a thousand are too many for it."""
    missing: list[str] = []
    while folder:
        try:
            os.stat(folder)
            break
        except FileNotFoundError:
            missing.append(folder)
            folder = os.path.dirname(folder)
    for each in reversed(missing):
        with contextlib.suppress(FileExistsError):  # another was quicker
            os.mkdir(each)


def _neighbour(name: str) -> str:
    usual = f".{name}.{os.getpid()}.part"
    return usual if len(os.fsencode(usual)) <= LONGEST_NAME else f".{os.getpid()}.part"


def _remove(neighbour: str, tries: Tries, sleep: Callable[[float], None]) -> None:
    """Take away what is left after an error; a scanner may hold that, too."""
    while True:
        try:
            os.unlink(neighbour)
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError:
            if tries.left <= 1:
                return
            tries.left -= 1
            sleep(REPLACE_PAUSE)
        else:
            return


def _is_replaceable(path: str) -> bool:
    """Whether a file may be put there: there is none, or a regular one, perhaps behind a link."""
    try:
        mode = os.stat(extended(path)).st_mode
    except OSError:
        return True  # what is wrong shows when it is written
    return stat.S_ISREG(mode) or stat.S_ISDIR(mode)


def _write_through(path: str, content: bytes) -> None:
    """Write to a device or a FIFO as it is. Raises OSError if nobody reads, or not within a second."""
    if stat.S_ISBLK(os.stat(path).st_mode):
        raise OSError(f"`{path}` is a disk")
    descriptor = os.open(path, os.O_WRONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0))
    until = time.monotonic() + WRITE_SECONDS
    rest = memoryview(content)
    try:
        while rest:
            try:
                rest = rest[os.write(descriptor, rest) :]
            except BlockingIOError:
                if time.monotonic() >= until:
                    raise
                time.sleep(REPLACE_PAUSE)
    finally:
        os.close(descriptor)
