"""The streams that a command writes to: which of its descriptors lead to which of ours, by which channel."""

import contextlib
import os
from collections.abc import Iterator, Sequence

from ci_guard.dataclass import dataclass
from ci_guard.process._interface import Channel
from ci_guard.process._system import system

STDOUT, STDERR = 1, 2
NAMES = {(STDOUT,): "stdout", (STDERR,): "stderr", (STDOUT, STDERR): "output"}


@dataclass(frozen=True, slots=True)
class Stream:
    """One way from the command to us."""

    descriptors: tuple[int, ...]  # of the command; the first of them is where ours goes to
    channel: Channel

    @property
    def name(self) -> str:
        """What a capture of it is called."""
        return NAMES[self.descriptors]

    @property
    def target(self) -> int:
        """Our own descriptor."""
        return self.descriptors[0]


@contextlib.contextmanager
def open_streams(argv: Sequence[str]) -> Iterator[tuple[Stream, ...]]:
    """One for both descriptors if they lead to one place, which keeps their order; else one for each.

    None for a descriptor that is closed, so that the command finds it closed, too, and none for a shell that
    a person talks to. Afterwards the command's ends are closed; after an error all.
    """
    streams = tuple(Stream(each, system.open_channel(each[0])) for each in _descriptors(argv))
    try:
        yield streams
    except BaseException:
        for stream in streams:
            os.close(stream.channel.ours)
        raise
    finally:
        for stream in streams:
            os.close(stream.channel.theirs)


def _descriptors(argv: Sequence[str]) -> tuple[tuple[int, ...], ...]:
    there = tuple(each for each in (STDOUT, STDERR) if not system.was_closed(each))
    if system.needs_terminal(argv):
        return ()
    if there == (STDOUT, STDERR) and system.same_place(*there):
        return (there,)
    return tuple((each,) for each in there)
