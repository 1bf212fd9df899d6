"""How a command is launched and what came of it."""

import errno
from collections.abc import Mapping

from ci_guard.dataclass import dataclass

KIB = 1024
MIB = 1024 * KIB
TIMEOUT_STATUS = 124  # as GNU timeout(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureLimits:
    """How much of each stream is kept for the diagnosis, in bytes."""

    head: int = 64 * KIB
    tail: int = 1 * MIB


@dataclass(frozen=True, slots=True, kw_only=True)
class StopLadder:
    """Seconds that a command gets after each rung: ask (interrupt), end (terminate), then kill.

    What somebody else sent us and we passed on is no mere interrupt: it gets the whole grace. Where a CI
    server is less patient and kills us first, the provisional report stands and the command ends with us.
    """

    ask: float = 2.0  # after an interrupt of our own, before TERM
    grace: float = 10.0  # before KILL


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """One start of the command."""

    argv: tuple[str, ...]
    environment: Mapping[str, str]
    timeout: float | None = None  # seconds
    stop: StopLadder = StopLadder()
    capture: CaptureLimits = CaptureLimits()


@dataclass(frozen=True, slots=True)
class Capture:
    """The bounded copy of one stream: its first and its last bytes, and how many between were dropped."""

    stream: str  # "stdout", "stderr", or "output" where both went to one place
    head: bytes = b""
    tail: bytes = b""
    dropped: int = 0
    broken: int | None = None  # error number with which our own stream refused more, as a closed pipe does


@dataclass(frozen=True, slots=True)
class Exit:
    """How a process ended: with a code (Windows: the full 32 bits, unsigned) or, on POSIX, by a signal."""

    code: int | None = None
    signal: int | None = None

    @property
    def status(self) -> int:
        """The exit status that a shell would report."""
        return 128 + self.signal if self.signal is not None else (self.code or 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Why ci-guard ended the command, and how."""

    timeout: float | None = None  # seconds that had passed; None: a signal
    signal: int | None = None  # the signal that ci-guard had received
    rungs: tuple[str, ...] = ()  # the rungs of the ladder that were needed: "ask", "end", "kill"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One attempt, as seen from outside."""

    exit: Exit
    started: float  # seconds since the epoch
    duration: float  # seconds
    captures: tuple[Capture, ...]
    stopped: Stop | None = None
    remarks: tuple[str, ...] = ()  # what ci-guard could not do as usual, a sentence each
    successes: tuple[int, ...] = ()  # exit statuses beside 0 that are none of a failure (robocopy: 1 to 7)
    input_kept: bool = True  # whether what it has read of its input can be read again

    @property
    def undelivered(self) -> int | None:
        """The error number with which our own stream refused the output, as on a full disk.

        A reader that has had enough (EPIPE) is none: its wish reaches the command as SIGPIPE.
        """
        refused = (capture.broken for capture in self.captures)
        return next((number for number in refused if number not in (None, errno.EPIPE)), None)

    @property
    def passed(self) -> bool:
        """Whether the command ended by itself, said that all is well, and its output is where it belongs."""
        fine = self.exit.status == 0 or self.exit.status in self.successes
        return self.stopped is None and fine and self.undelivered is None
