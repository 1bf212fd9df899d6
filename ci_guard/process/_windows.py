"""Windows: a job object around the tree, the console's own Ctrl+C, 32-bit exit codes.

The job object's calls are in `_job`, names and batch files in `_names` and `_batch`; consoles are passed
bytes like any other descriptor.
"""

import _thread
import _winapi
import contextlib
import msvcrt
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence

from ci_guard.annotation import TYPE_CHECKING, Protocol
from ci_guard.model.process import Exit
from ci_guard.process import _batch, _job, _names, _windows_gate
from ci_guard.process._interface import Channel, InputSource
from ci_guard.process.sieve import Sieve
from ci_guard.windows.paths import extended, plain

assert sys.platform == "win32"  # also tells the type checker

if TYPE_CHECKING:
    from ci_guard.process._windows_still import Freezer

signals: tuple[int, ...] = (signal.SIGINT, signal.SIGBREAK)
suspending: tuple[int, ...] = ()
passed_on: tuple[int, ...] = ()  # there are no others

SLICE = 0.1  # seconds; Ctrl+C does not interrupt a wait for a lock
EXIT_CODE_BITS = 0xFFFFFFFF


class _LockWakeup:
    """A raw lock, released to wake; unlike an event it may be released in a signal handler."""

    def __init__(self) -> None:
        self._lock = _thread.allocate_lock()
        self._lock.acquire()

    def wait(self, seconds: float | None) -> None:
        until = None if seconds is None else time.monotonic() + seconds
        left = SLICE if until is None else min(SLICE, max(0.0, until - time.monotonic()))
        self._lock.acquire(timeout=left)

    def wake(self) -> None:
        with contextlib.suppress(RuntimeError):  # not taken: somebody woke it already
            self._lock.release()

    def close(self) -> None:
        self.wake()


class Container(Protocol):
    """What holds the processes of a command together."""

    def terminate(self) -> None:
        """End all of them at once."""

    def active(self) -> int:
        """How many of them are alive."""

    def release(self) -> None:
        """Give it up; what still runs lives on."""


class _WindowsChild:
    """A command and the job object, or the list of processes, that it is in."""

    def __init__(
        self, command: subprocess.Popen[bytes], container: Container, remarks: tuple[str, ...]
    ) -> None:
        self._command = command
        self._container = container
        self._freezer: Freezer | None = None
        self.remarks = remarks

    def wait(self) -> None:
        self._command.wait()

    def ask(self, received: int | None) -> bool:
        """The console has sent what we received to the command as well, which is in our group.

        There is no way to ask a single program: Ctrl+C goes to all that share the console (the CI agent too),
        Ctrl+Break to a group; and in a group of its own Ctrl+C would not reach the command at all
        (learn.microsoft.com/windows/console/generateconsolectrlevent).
        """
        return received is not None

    def pass_on(self, number: int) -> None:
        pass

    def end(self) -> None:
        self._container.terminate()

    def kill(self) -> None:
        self._container.terminate()

    def remains(self) -> bool:
        return self._container.active() > 0

    def pids(self) -> frozenset[int]:
        return frozenset(self._container.pids()) if isinstance(self._container, _job.Job) else frozenset()

    def hold(self) -> bool:
        if self._freezer is None and isinstance(self._container, _job.Job):
            from ci_guard.process._windows_still import Freezer

            self._freezer = Freezer(self._container)
        # without a job nothing would let the tree go on if we died
        return self._freezer is not None and self._freezer.hold()

    def settle(self) -> None:
        if self._freezer is not None:
            self._freezer.settle()

    def go_on(self) -> None:
        if self._freezer is not None:
            self._freezer.go_on()

    def close(self) -> Exit:
        code = self._command.wait() & EXIT_CODE_BITS
        self._container.release()
        return Exit(code=code)


def suspend() -> None:
    """Windows has no such signal."""


def make_wakeup() -> _LockWakeup:
    """Return a new wakeup."""
    return _LockWakeup()


def make_gate() -> _windows_gate.CancelGate:
    """Return a new gate."""
    return _windows_gate.CancelGate()


def unread(descriptor: int) -> int:
    """How many bytes are in a pipe."""
    try:
        return int(_winapi.PeekNamedPipe(msvcrt.get_osfhandle(descriptor), 0)[0])
    except OSError:  # nobody writes to it any more
        return 0


def carry_on(streams: Sequence[tuple[int, int]], sieve: Callable[[], Sieve] | None) -> None:
    """Let a process for each stream copy from the source to its target; the sources are closed here."""
    from ci_guard.process import _windows_relay

    _windows_relay.carry_on(streams, sieve)


def same_place(first: int, second: int) -> bool:
    """Whether two open descriptors lead to the same file, pipe or console."""
    one, other = os.fstat(first), os.fstat(second)
    if one.st_ino and other.st_ino:
        return (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino)
    return _job.same_object(first, second)


def was_closed(_descriptor: int) -> bool:
    """Not told apart here: programs ask for their streams by handle."""
    return False


def needs_terminal(_argv: Sequence[str]) -> bool:
    """Consoles have no foreground group that a shell must own."""
    return False


def open_channel(target: int) -> Channel:  # noqa: ARG001 - consoles get a pipe too
    """Return a pipe; a console's colours are up to the command."""
    return Channel(*os.pipe())


def open_source(descriptor: int) -> InputSource:
    """Return the way of a pipe's bytes to one attempt."""
    from ci_guard.process._windows_stdin import WindowsSource

    return WindowsSource(descriptor)


def search_path(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the working directory and the directories of PATH, as cmd.exe searches them."""
    return _names.search_path(environment)


def candidates(program: str, environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the paths that may be meant, with the extensions of PATHEXT."""
    return _names.candidates(program, environment)


def is_program(path: str) -> bool:
    """Whether the system can start the file; an app execution alias is one, though it has no bytes.

    os.stat falls back to the alias itself, which cannot be opened as a file (ERROR_CANT_ACCESS_FILE).
    """
    return os.path.isfile(extended(path)) and not _names.is_document(path)


def remedy(path: str) -> str:
    """How a file is run that is no program by itself."""
    return _names.remedy(path) if _names.is_document(path) else "name the program that runs it before it"


def start(
    path: str,
    argv: tuple[str, ...],
    environment: Mapping[str, str],
    *,
    inputs: Mapping[int, int],
    outputs: Mapping[int, Channel],
    mark: str,  # noqa: ARG001 - the job finds its processes without
) -> _WindowsChild:
    """Start the program suspended, put it into a job, let it go; so no child of it can escape the job.

    A path beyond MAX_PATH is taken with its prefix, unlike one in the command line
    (github.com/bazelbuild/bazel/pull/29921). The command stays in our process group: what the console sends
    us (Ctrl+C, Ctrl+Break, its closing) reaches it as it would without us.
    """
    line: str | tuple[str, ...] = argv
    program = extended(path)
    if _names.is_batch(path):
        program = _shell(environment)
        line = _batch.command_line(program, plain(path), argv[1:])
    command = subprocess.Popen(
        line,
        executable=program,
        env=environment,
        stdin=inputs.get(0),
        stdout=outputs[1].theirs,
        stderr=outputs[2].theirs,
        creationflags=_job.CREATE_SUSPENDED,
    )
    try:
        container, remarks = _contain(command.pid)
        _job.resume(command.pid)
    except BaseException:
        command.kill()
        command.wait()
        raise
    return _WindowsChild(command, container, remarks)


def _contain(pid: int) -> tuple[Container, tuple[str, ...]]:
    """A job with the process in it; where the system refuses that, its tree alone, and what that means."""
    try:
        job = _job.Job()
    except OSError as error:
        return _tree(pid, error)
    try:
        job.adopt(pid)
    except OSError as error:
        job.release()
        return _tree(pid, error)
    return job, ()


def _tree(pid: int, error: OSError) -> tuple[Container, tuple[str, ...]]:
    from ci_guard.process._snapshot import Tree

    remark = (
        f"no job object could take the command ({error.strerror or error}; the CI agent's own job may forbid "
        "it): when it was ended, processes whose parent had ended before were not found"
    )
    return Tree(pid), (remark,)


def _shell(environment: Mapping[str, str]) -> str:
    """The path of cmd.exe: COMSPEC if that is one, as it is by default, else the system's.

    Never a bare name, which would be looked for in the working directory, and no other shell.
    """
    named = _names.value(environment, "COMSPEC")
    if os.path.basename(named).lower() == "cmd.exe" and os.path.isabs(named):
        return named
    root = _names.value(environment, "SystemRoot") or os.environ.get("SYSTEMROOT", r"C:\Windows")
    return os.path.join(root, "System32", "cmd.exe")
