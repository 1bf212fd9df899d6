"""Linux, macOS and the BSDs: process groups, signals, a pipe as wakeup; terminals are in `_terminal`."""

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from types import FrameType

from ci_guard.annotation import TYPE_CHECKING, Any
from ci_guard.model.process import Exit
from ci_guard.process import _dispositions, _guardian, _spawn, _tree, _wakeup
from ci_guard.process._interface import Channel, InputSource
from ci_guard.process.sieve import Sieve

assert sys.platform != "win32"  # also tells the type checker

if TYPE_CHECKING:
    from ci_guard.process._posix_still import Freezer

signals: tuple[int, ...] = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
# what tells of a fault in ourselves, of our own children and pipes, or cannot be caught
OURS = frozenset(
    {signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD, signal.SIGPIPE}
    | {signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGTRAP, signal.SIGABRT}
    | {signal.SIGSYS, signal.SIGXFSZ}
)
suspending: tuple[int, ...] = (signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU)
passed_on: tuple[int, ...] = tuple(signal.valid_signals() - OURS - set(signals))

INIT = 1
STANDARD_DESCRIPTORS = (0, 1, 2)
FROM_THE_KEYBOARD = (signal.SIGINT, signal.SIGQUIT)


class _PosixChild:
    """A command in a process group of its own, or in ours when a terminal is about."""

    def __init__(
        self,
        command: _spawn.Command,
        guardian: _guardian.Guardian,
        *,
        own_group: bool,
        mark: str,
        outputs: Mapping[int, Channel],
        pipes: frozenset[str],
    ):
        terminals = {
            channel.terminal: channel.ours for channel in outputs.values() if channel.terminal is not None
        }
        self._command = command
        self._guardian = guardian
        self._freezer: Freezer | None = None
        self._own_group = own_group
        self._tree = _tree.Tree(command.pid, own_group=own_group, mark=mark, pipes=pipes)
        self._terminals = terminals  # the real terminal's descriptor -> our end of the command's
        self._former_resize: Any = signal.signal(signal.SIGWINCH, self._resize) if terminals else None

    @property
    def remarks(self) -> tuple[str, ...]:
        return self._guardian.remark

    def wait(self) -> None:
        if os.getpid() == INIT and hasattr(os, "waitid"):
            self._wait_as_init()
        elif hasattr(os, "waitid"):
            # leaves the zombie: its pid and group cannot become another's until `close`
            os.waitid(os.P_PID, self._command.pid, os.WEXITED | os.WNOWAIT)
        else:
            self._command.wait()

    def _wait_as_init(self) -> None:
        """As process 1 of a container we are given every orphan, and have to let its remains go."""
        while True:
            ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
            if ended is None or ended.si_pid == self._command.pid:
                return
            with contextlib.suppress(ChildProcessError):
                os.waitpid(ended.si_pid, os.WNOHANG)

    def ask(self, received: int | None) -> bool:
        if received in FROM_THE_KEYBOARD and not self._own_group and _in_foreground():
            self._tree.refresh()  # the terminal has sent it to the whole group already, the command included
        else:
            self._tree.send(signal.SIGINT if received is None else received)
        return True

    def pass_on(self, number: int) -> None:
        if number in suspending or number == signal.SIGCONT:
            if self._own_group or not _in_foreground():  # else the terminal has told the whole group
                self._tree.send(number)
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(self._command.pid, number)

    def end(self) -> None:
        self._tree.send(signal.SIGTERM)

    def kill(self) -> None:
        self._tree.kill()

    def remains(self) -> bool:
        return self._tree.remains()

    def pids(self) -> frozenset[int]:
        return frozenset(process.pid for process in self._tree.refresh())

    def hold(self) -> bool:
        if self._freezer is None:
            from ci_guard.process._posix_still import Freezer

            self._freezer = Freezer(self._tree.refresh)
        return self._freezer.hold()

    def settle(self) -> None:
        pass  # no question of ours is in the way of a program here

    def go_on(self) -> None:
        if self._freezer is not None:
            self._freezer.go_on()

    def close(self) -> Exit:
        if self._freezer is not None:
            self._freezer.close()
        if self._terminals:
            signal.signal(signal.SIGWINCH, self._former_resize)
        code = self._command.wait()
        self._guardian.dismiss()
        return Exit(signal=-code) if code < 0 else Exit(code=code)

    def _resize(self, _number: int, _frame: FrameType | None) -> None:
        from ci_guard.process import _terminal

        for real, ours in self._terminals.items():
            _terminal.copy_size(real, ours)
        # the kernel told the command too, but perhaps before its own terminal had the new size
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._command.pid, signal.SIGWINCH)


def suspend() -> None:
    """Stop ourselves as Ctrl+Z does; returns when somebody continues us."""
    former = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGTSTP)
    signal.signal(signal.SIGTSTP, former)


def make_wakeup() -> _wakeup.PipeWakeup:
    """Return a new wakeup; it takes over `signal.set_wakeup_fd` until it is closed."""
    return _wakeup.PipeWakeup()


def make_gate() -> _wakeup.PipeGate:
    """Return a new gate."""
    return _wakeup.PipeGate()


def unread(descriptor: int) -> int:
    """How many bytes are in a pipe or terminal."""
    import array  # few commands leave something behind
    import fcntl
    import termios

    size = array.array("i", [0])
    with contextlib.suppress(OSError):
        fcntl.ioctl(descriptor, termios.FIONREAD, size)
    return size[0]


def carry_on(streams: Sequence[tuple[int, int]], sieve: Callable[[], Sieve] | None) -> None:
    """Let a process of its own copy from each source to its target; the sources are closed here."""
    from ci_guard.process import _relay

    _relay.carry_on(streams, sieve)


def same_place(first: int, second: int) -> bool:
    """Whether two open descriptors lead to the same file, pipe, socket or terminal."""
    one, other = os.fstat(first), os.fstat(second)
    return (one.st_dev, one.st_ino, one.st_rdev) == (other.st_dev, other.st_ino, other.st_rdev)


def was_closed(descriptor: int) -> bool:
    """Whether there is only what we have put in its place: whatever we were given is inheritable."""
    return not os.get_inheritable(descriptor)


def needs_terminal(argv: Sequence[str]) -> bool:
    """Whether the command is a shell at our terminal: it manages its jobs by the controlling one only."""
    if not all(os.isatty(descriptor) for descriptor in STANDARD_DESCRIPTORS):
        return False
    from ci_guard.process import _terminal

    return _terminal.is_interactive_shell(argv)


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
    inputs: Mapping[int, int],
    outputs: Mapping[int, Channel],
    mark: str,
) -> _PosixChild:
    """Start the program, in a group of its own unless a terminal is about.

    A background group that reads from a terminal would be stopped by SIGTTIN, and Ctrl-C would not reach it.
    """
    own_group = not any(os.isatty(descriptor) for descriptor in STANDARD_DESCRIPTORS)
    ignored = _dispositions.ignored()
    streams = {**inputs, **{number: channel.theirs for number, channel in outputs.items()}}
    names = (_tree.pipe_name(channel.theirs) for channel in outputs.values())
    pipes = frozenset(name for name in names if name is not None)
    guardian = _guardian.Guardian(own_group=own_group, mark=mark, pipes=pipes)
    try:
        command = _spawn.begin(path, argv, environment, streams, own_group=own_group, ignored=ignored)
    except BaseException:
        guardian.dismiss()
        raise
    guardian.tell(command.pid)
    return _PosixChild(command, guardian, own_group=own_group, mark=mark, outputs=outputs, pipes=pipes)


def _in_foreground() -> bool:
    """Whether what is typed at one of our terminals is sent to our process group."""
    for descriptor in STANDARD_DESCRIPTORS:
        with contextlib.suppress(OSError):
            if os.tcgetpgrp(descriptor) == os.getpgrp():
                return True
    return False
