"""Does with fresh files what installers do, and measures how long each stays refused.

Needs the standard library only, and nothing of ci-guard: `evidence` hands out this very file to run:
`python reproduce.py FOLDER`. Bounded in number and time; what it makes stands in one folder that it removes.
"""

import errno
import json
import os
import shutil
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass

PREFIX = ".ci-guard-probe-"
ROUNDS = 2  # of each operation and kind, with fresh content and with content seen before
LIMIT = 30.0  # seconds for which one file is waited for
TOTAL = 180.0  # seconds for one place
PAUSE = 0.02  # seconds between two tries
REFUSED_WINDOWS = (
    5,
    32,
    33,
    110,
    303,
    1224,
)  # access denied, sharing, lock, open failed, delete pending, mapped
REFUSED_POSIX = (errno.EACCES, errno.EPERM, errno.EBUSY, errno.ETXTBSY)
KINDS = ("executable", "script")
OPERATIONS = ("rename", "replace", "link", "rename-folder", "delete")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One operation on one file; times are seconds."""

    place: str
    operation: str
    kind: str
    seen: bool  # the scanner has met this content before
    refused: float  # how long; 0: it worked at once
    code: int | None  # of the first refusal: Windows' error where there is one, else errno
    freed: bool  # False: it was still refused when we gave up
    holders: tuple[str, ...] = ()


Holders = Callable[[str], tuple[str, ...]]


def probe(
    place: str,
    holders: Holders = lambda _: (),
    *,
    rounds: int = ROUNDS,
    limit: float = LIMIT,
    total: float = TOTAL,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> list[Sample]:
    """Measure in a folder that exists. Raises OSError where not even a folder can be made."""
    folder = tempfile.mkdtemp(prefix=PREFIX, dir=place)
    end = clock() + total
    try:
        return list(_measure(_Prober(place, folder, holders, limit, end, clock, sleep), rounds))
    finally:
        _remove(folder, sleep)


def _measure(prober: "_Prober", rounds: int) -> Iterator[Sample]:
    for _ in range(rounds):
        for kind in KINDS:
            for operation in OPERATIONS:
                content = _content(kind)
                for seen in (False, True):  # the same bytes twice: does the scanner remember them?
                    if prober.clock() >= prober.end:
                        return
                    yield prober.sample(operation, kind, content, seen=seen)


def _content(kind: str) -> bytes:
    """A program that nobody has met before: what stands after its end makes it new."""
    mark = uuid.uuid4().hex.encode()
    if kind == "script":
        return b"@rem " + mark + b"\r\n" if os.name == "nt" else b"#!/bin/sh\n# " + mark + b"\n"
    with open(sys.executable, "rb") as program:
        return program.read(1 << 20) + mark


class _Prober:
    def __init__(
        self,
        place: str,
        folder: str,
        holders: Holders,
        limit: float,
        end: float,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        self.place, self.folder, self.holders = place, folder, holders
        self.limit, self.end, self.clock, self.sleep = limit, end, clock, sleep
        self.number = 0

    def sample(self, operation: str, kind: str, content: bytes, *, seen: bool) -> Sample:
        """Make a file as an installer does, do the operation until it works, and tell how long that took."""
        self.number += 1
        ending = {"script": ".cmd", "executable": ".exe"}[kind] if os.name == "nt" else ""
        folder = os.path.join(self.folder, f"{self.number}")
        os.mkdir(folder)
        fresh, target = (
            os.path.join(folder, f".tmp{uuid.uuid4().hex[:6]}"),
            os.path.join(folder, f"tool{ending}"),
        )
        if operation == "replace":
            self._make(target, b"old")
        self._make(fresh, content)
        refused, code, freed, who = self._until_it_works(
            self._action(operation, folder, fresh, target), fresh
        )
        return Sample(
            place=self.place,
            operation=operation,
            kind=kind,
            seen=seen,
            refused=round(refused, 3),
            code=code,
            freed=freed,
            holders=who,
        )

    def _make(self, path: str, content: bytes) -> None:
        with open(path, "xb") as file:
            file.write(content)
        with suppress(OSError):
            os.chmod(path, 0o755)

    def _action(self, operation: str, folder: str, fresh: str, target: str) -> Callable[[], object]:
        actions: dict[str, Callable[[], object]] = {
            "rename": lambda: os.rename(fresh, target),
            "replace": lambda: os.replace(fresh, target),
            "link": lambda: os.link(fresh, target),
            "rename-folder": lambda: os.rename(folder, folder + "-moved"),
            "delete": lambda: os.unlink(fresh),
        }
        return actions[operation]

    def _until_it_works(
        self, action: Callable[[], object], path: str
    ) -> tuple[float, int | None, bool, tuple[str, ...]]:
        began, code = self.clock(), None
        who: tuple[str, ...] = ()
        while True:
            try:
                action()
            except OSError as error:
                if not is_refusal(error):
                    raise
                if code is None:
                    code = getattr(error, "winerror", None) or error.errno
                    who = self._ask(path)
            else:
                return (self.clock() - began if code is not None else 0.0), code, True, who
            now = self.clock()
            if now - began >= self.limit or now >= self.end:
                return now - began, code, False, who
            self.sleep(PAUSE)

    def _ask(self, path: str) -> tuple[str, ...]:
        try:
            return self.holders(path)
        except OSError:
            return ()


def is_refusal(error: OSError) -> bool:
    """Whether this may be a scanner's doing."""
    windows = getattr(error, "winerror", None)
    return windows in REFUSED_WINDOWS if windows is not None else error.errno in REFUSED_POSIX


def _remove(folder: str, sleep: Callable[[float], None]) -> None:
    """Take away what was made; a scanner may hold that, too."""
    for _ in range(round(LIMIT / 0.5)):
        shutil.rmtree(folder, ignore_errors=True)
        if not os.path.exists(folder):
            return
        sleep(0.5)


if __name__ == "__main__":
    for _named in sys.argv[1:] or [tempfile.gettempdir()]:
        for _each in probe(_named):
            print(json.dumps(asdict(_each)))  # noqa: T201 - its answer
