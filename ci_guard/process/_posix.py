"""Linux, macOS and the BSDs: process groups, signals, a pipe as wakeup; terminals are in `_terminal`."""

import contextlib
import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping
from types import FrameType
from typing import TYPE_CHECKING, Any

from ci_guard.model.process import Exit
from ci_guard.process import _tree
from ci_guard.process._interface import Channel, InputSource

assert sys.platform != "win32"  # also tells the type checker

if TYPE_CHECKING:
    from ci_guard.process._posix_still import Freezer

signals: tuple[int, ...] = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)

STANDARD_DESCRIPTORS = (0, 1, 2)
FROM_THE_KEYBOARD = (signal.SIGINT, signal.SIGQUIT)
LONGEST_WAIT = 3600.0  # seconds; poll(2) takes an int of milliseconds
MILLISECONDS = 1000
PIPE_READ = 4096


class _PipeWakeup:
    """A pipe to ourselves, also written by the interpreter's C-level signal handler.

    A lock would not do: a signal between the last check and the kernel's wait would not end that wait.
    """

    def __init__(self) -> None:
        _occupy_standard_descriptors()
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._reader, False)
        os.set_blocking(self._writer, False)
        self._former = signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        self._poll = select.poll()
        self._poll.register(self._reader, select.POLLIN)

    def wait(self, seconds: float | None) -> None:
        limit = LONGEST_WAIT if seconds is None else min(seconds, LONGEST_WAIT)
        self._poll.poll(max(0.0, limit) * MILLISECONDS)
        with contextlib.suppress(BlockingIOError):
            os.read(self._reader, PIPE_READ)

    def wake(self) -> None:
        with contextlib.suppress(BlockingIOError):  # full: it will wake up anyway
            os.write(self._writer, b"\0")

    def close(self) -> None:
        signal.set_wakeup_fd(self._former)
        os.close(self._reader)
        os.close(self._writer)


class _PosixChild:
    """A command in a process group of its own, or in ours when a terminal is about."""

    def __init__(
        self, command: subprocess.Popen[bytes], *, own_group: bool, mark: str, outputs: Mapping[int, Channel]
    ):
        terminals = {
            channel.terminal: channel.ours for channel in outputs.values() if channel.terminal is not None
        }
        self._command = command
        self._freezer: Freezer | None = None
        self._own_group = own_group
        self._tree = _tree.Tree(command.pid, own_group=own_group, mark=mark)
        self._terminals = terminals  # the real terminal's descriptor -> our end of the command's
        self._former_resize: Any = signal.signal(signal.SIGWINCH, self._resize) if terminals else None

    @property
    def remarks(self) -> tuple[str, ...]:
        return ()

    def wait(self) -> None:
        if hasattr(
            os, "waitid"
        ):  # leaves the zombie: its pid and group cannot become another's until `close`
            os.waitid(os.P_PID, self._command.pid, os.WEXITED | os.WNOWAIT)
        else:
            self._command.wait()

    def ask(self, received: int | None) -> bool:
        if received in FROM_THE_KEYBOARD and not self._own_group and _in_foreground():
            self._tree.refresh()  # the terminal has sent it to the whole group already, the command included
        else:
            self._tree.send(signal.SIGINT if received is None else received)
        return True

    def end(self) -> None:
        self._tree.send(signal.SIGTERM)

    def kill(self) -> None:
        self._tree.send(signal.SIGKILL)

    def remains(self) -> bool:
        return self._tree.remains()

    def pids(self) -> frozenset[int]:
        return frozenset(process.pid for process in self._tree.refresh())

    def hold(self) -> bool:
        if self._freezer is None:
            from ci_guard.process._posix_still import Freezer

            self._freezer = Freezer(self._tree.refresh)
        return self._freezer.hold()

    def go_on(self) -> None:
        if self._freezer is not None:
            self._freezer.go_on()

    def close(self) -> Exit:
        if self._freezer is not None:
            self._freezer.close()
        if self._terminals:
            signal.signal(signal.SIGWINCH, self._former_resize)
        code = self._command.wait()
        return Exit(signal=-code) if code < 0 else Exit(code=code)

    def _resize(self, _number: int, _frame: FrameType | None) -> None:
        from ci_guard.process import _terminal

        for real, ours in self._terminals.items():
            _terminal.copy_size(real, ours)
        # the kernel told the command too, but perhaps before its own terminal had the new size
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._command.pid, signal.SIGWINCH)


def make_wakeup() -> _PipeWakeup:
    """Return a new wakeup; it takes over `signal.set_wakeup_fd` until it is closed."""
    return _PipeWakeup()


def same_place(first: int, second: int) -> bool:
    """Whether two open descriptors lead to the same file, pipe, socket or terminal."""
    one, other = os.fstat(first), os.fstat(second)
    return (one.st_dev, one.st_ino, one.st_rdev) == (other.st_dev, other.st_ino, other.st_rdev)


def open_channel(target: int) -> Channel:
    """Return a pipe, or a pseudo-terminal where `target` is a terminal."""
    if not os.isatty(target):
        return Channel(*os.pipe())
    from ci_guard.process import _terminal

    return _terminal.open_like(target)


def open_source(descriptor: int) -> InputSource:
    """Return the way of a pipe's or socket's bytes to one attempt."""
    from ci_guard.process._posix_stdin import PosixSource

    return PosixSource(descriptor)


def search_path(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the directories of PATH, or the system's default; an empty entry is the working directory."""
    return tuple(entry or os.curdir for entry in environment.get("PATH", os.defpath).split(os.pathsep))


def candidates(program: str, environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the paths that may be meant; a name with a slash is looked up nowhere else."""
    if os.sep in program:
        return (program,)
    return tuple(os.path.join(directory, program) for directory in search_path(environment))


def is_program(path: str) -> bool:
    """Whether it is a file that this user may execute."""
    return os.path.isfile(path) and os.access(path, os.X_OK)


def remedy(path: str) -> str:
    """How a file without that permission is run."""
    return f"allow it with `chmod +x {path}`, or name the interpreter before it"


def start(
    path: str,
    argv: tuple[str, ...],
    environment: Mapping[str, str],
    *,
    stdin: int | None,
    outputs: Mapping[int, Channel],
    mark: str,
) -> _PosixChild:
    """Start the program, in a group of its own unless a terminal is about.

    A background group that reads from a terminal would be stopped by SIGTTIN, and Ctrl-C would not reach it.
    """
    own_group = not any(os.isatty(descriptor) for descriptor in STANDARD_DESCRIPTORS)
    command = subprocess.Popen(
        argv,
        executable=path,
        env=environment,
        stdin=stdin,
        stdout=outputs[1].theirs,
        stderr=outputs[2].theirs,
        process_group=0 if own_group else None,
    )
    return _PosixChild(command, own_group=own_group, mark=mark, outputs=outputs)


def _in_foreground() -> bool:
    """Whether what is typed at one of our terminals is sent to our process group."""
    for descriptor in STANDARD_DESCRIPTORS:
        with contextlib.suppress(OSError):
            if os.tcgetpgrp(descriptor) == os.getpgrp():
                return True
    return False


def _occupy_standard_descriptors() -> None:
    """Put the null device where 0, 1 or 2 are closed, so that no pipe of ours comes to lie there."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) in STANDARD_DESCRIPTORS:
        pass
    os.close(descriptor)
