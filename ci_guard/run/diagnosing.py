"""From an attempt's outcome to its diagnosis: the text first, then the machine."""

import errno
import os
import signal
import sys
from collections.abc import Callable, Sequence
from typing import Protocol

from ci_guard.dataclass import replace
from ci_guard.diagnose.classify import classify
from ci_guard.diagnose.codes import MISSING
from ci_guard.diagnose.holders import without_scanners
from ci_guard.diagnose.judge import BUSY, judge
from ci_guard.diagnose.text import decode_captures
from ci_guard.machine.evidence import examine
from ci_guard.machine.locale import code_pages
from ci_guard.machine.probe import Lock, probe
from ci_guard.machine.volume import is_mount_point
from ci_guard.model.category import Category, System
from ci_guard.model.history import Diagnosis, RefusedFile
from ci_guard.model.knowledge import Knowledge
from ci_guard.model.process import Outcome
from ci_guard.run.versions import with_version
from ci_guard.windows.paths import extended, plain
from ci_guard.windows.rights import REPLACEMENT, SYMBOLIC

SYSTEMS = {"win32": System.WINDOWS, "cygwin": System.WINDOWS, "darwin": System.MACOS}
_REFUSALS = frozenset({Category.ANTIVIRUS_LOCK, Category.PERMISSION, Category.FILE_IN_USE})
UNNAMED = ".ci-guard-unnamed"  # stands for the file that the output does not name


class Places(Protocol):
    """Where a command works; asked only where its output does not say it."""

    def folders(self, argv: Sequence[str], /) -> Sequence[str]:
        """The folders that it installs into, absolute."""

    def directories(self, argv: Sequence[str], /) -> Sequence[str]:
        """The working directories that its line names (`cd sub && ...`, `git -C sub ...`), absolute."""


def _name_of(number: int) -> str:
    """A signal's name; the command need not have died of it, so nobody says that it did."""
    try:
        return signal.Signals(number).name
    except ValueError:  # real-time signals have numbers only
        return f"signal {number}"


def current_system() -> System:
    """The operating system that this run is on."""
    return SYSTEMS.get(sys.platform, System.LINUX)


def diagnosis_of(
    outcome: Outcome,
    argv: tuple[str, ...],
    knowledge: Knowledge,
    directory: str,
    places: Places,
) -> Diagnosis:
    """Why the attempt failed. What the text leaves open, the named file and its folder answer now."""
    stopped = outcome.stopped
    if stopped is not None and stopped.signal is not None:
        return Diagnosis(
            category=Category.INTERRUPTED,
            evidence=(f"ci-guard received {_name_of(stopped.signal)}", *outcome.remarks),
        )
    if stopped is not None:
        return Diagnosis(
            category=Category.TIMEOUT,
            evidence=(f"was stopped after {stopped.timeout or 0.0:.0f} s", *outcome.remarks),
        )
    if outcome.undelivered is not None:
        full = outcome.undelivered in (errno.ENOSPC, errno.EDQUOT)
        return Diagnosis(
            category=Category.DISK_FULL if full else Category.UNKNOWN,
            evidence=(
                f"the command's output could not be written: {os.strerror(outcome.undelivered)}",
                *outcome.remarks,
            ),
        )
    system = current_system()
    said = classify(
        output=outcome.captures,
        exit_status=outcome.exit.status,
        argv=argv,
        knowledge=knowledge,
        system=system,
        code_pages=code_pages(),
    )
    if said.match is not None and said.match.code in MISSING:
        said = with_version(said, decode_captures(outcome.captures, code_pages()), argv, knowledge, directory)
    path = said.match.path if said.match is not None else None
    if said.match is None or path is None or _is_elsewhere(path, directory, argv, places):
        if not said.ambiguous:
            return said
        return _judge_folders(said, (directory, *places.folders(argv)), outcome.started, system)
    goal = said.match.target if said.category in _REFUSALS else None
    start = _start_of(path, directory, lambda: places.directories(argv))
    whole = _refused(path, goal, said.match.operation, start)
    if said.match.code in BUSY:
        whole = _mounted(whole, said.match.target, start)
    evidence = examine(whole, said.match.operation, outcome.started, directory)
    judged = judge(replace(said, match=replace(said.match, path=whole)), evidence, system)
    holders = without_scanners(evidence.holders or said.match.holders, knowledge.products)
    return replace(judged, refused=RefusedFile(written=evidence.written, holders=holders))


def _is_elsewhere(path: str, directory: str, argv: Sequence[str], places: Places) -> bool:
    """Whether the path counts from a folder that nobody names: uv's of members of an archive."""
    first, inside, _ = path.replace("\\", "/").partition("/")
    if os.path.isabs(path) or not inside or first in (os.curdir, os.pardir):
        return False
    return not any(
        os.path.lexists(os.path.join(each, first)) for each in (directory, *places.directories(argv))
    )


def _start_of(path: str, directory: str, others: Callable[[], Sequence[str]]) -> str:
    """The directory that a path in the output counts from: the one in which it leads to something.

    A program behind `cd sub &&` or under `make -C sub` names its files from there.
    """
    if os.path.isabs(path) or os.path.lexists(os.path.join(directory, path)):
        return directory
    found = [
        each for each in (directory, *others()) if os.path.isdir(os.path.join(each, os.path.dirname(path)))
    ]
    there = (each for each in found if os.path.lexists(os.path.join(each, path)))
    return next(there, found[0] if found and os.path.dirname(path) else directory)


def _refused(path: str, target: str | None, operation: str | None, directory: str) -> str:
    """Which file a message is about that names where a file comes from and where it goes.

    Tools name the fresh file first, clean it away when they fail, and are silent on which of the two was
    refused: that is the target if it is there and is held, or all that is left.
    """
    # uv prints `site-packages/../../../bin/x`: people and exclusion lists need the plain path
    source = plain(os.path.normpath(os.path.join(directory, path)))
    if target is None:
        return source
    if (
        operation or ""
    ).lower() in SYMBOLIC:  # a link is made at its target; where it points to is not touched
        if os.path.isabs(path) and not os.path.isabs(target):  # uv's `lib64`, named first, points to `lib`
            return source
        return plain(os.path.normpath(os.path.join(directory, target)))
    goal = plain(os.path.normpath(os.path.join(directory, target)))
    if not os.path.isfile(extended(goal)):
        return source
    if not os.path.lexists(extended(source)):
        return goal
    leaves = (operation or "").lower() in REPLACEMENT
    if probe(source, operation if leaves else "read") is Lock.HELD:
        return source
    return goal if probe(goal, operation) is Lock.HELD else source


def _mounted(path: str, target: str | None, directory: str) -> str:
    """Of a busy path and where it was to go, what is a mount point: either may be, and is never let go of."""
    if sys.platform == "win32" or target is None or is_mount_point(path):
        return path
    goal = os.path.normpath(os.path.join(directory, target))
    return goal if is_mount_point(goal) else path


def _judge_folders(said: Diagnosis, folders: Sequence[str], since: float, system: System) -> Diagnosis:
    """A lock only if this user may write in every folder that the command works in."""
    judged = said
    for folder in dict.fromkeys(folders):
        evidence = examine(os.path.join(folder, UNNAMED), "create", since, folder)
        judged = judge(replace(said, evidence=judged.evidence), evidence, system)
        if judged.category is not Category.ANTIVIRUS_LOCK:
            break
    return judged
