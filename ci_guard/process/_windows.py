"""Windows: a job object around the tree, Ctrl+Break as the polite request, 32-bit exit codes.

The job object's calls are in `_job`; consoles are passed bytes like any other descriptor.
"""

import _thread
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping

from ci_guard.errors import UsageError
from ci_guard.model.process import Exit
from ci_guard.process import _job
from ci_guard.process._interface import Channel

assert sys.platform == "win32"  # also tells the type checker

signals: tuple[int, ...] = (signal.SIGINT, signal.SIGBREAK)

SLICE = 0.1  # seconds; Ctrl+C does not interrupt a wait for a lock
EXIT_CODE_BITS = 0xFFFFFFFF
DEFAULT_EXTENSIONS = ".COM;.EXE;.BAT;.CMD"
BATCH_EXTENSIONS = (".bat", ".cmd")
UNQUOTABLE = '"%\r\n'  # cmd.exe acts on these within quotes too


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


class _WindowsChild:
    """A command inside a job object."""

    def __init__(self, command: subprocess.Popen[bytes], job: _job.Job) -> None:
        self._command = command
        self._job = job

    def wait(self) -> None:
        self._command.wait()

    def ask(self, received: int | None) -> None:  # noqa: ARG002 - Windows has one signal for a group
        # Ctrl+C cannot be sent to one group; without a shared console there is nobody to ask
        with contextlib.suppress(OSError, SystemError):  # os.kill raises both without a console
            self._command.send_signal(signal.CTRL_BREAK_EVENT)

    def end(self) -> None:
        self._job.terminate()

    def kill(self) -> None:
        self._job.terminate()

    def remains(self) -> bool:
        return self._job.active() > 0

    def close(self) -> Exit:
        code = self._command.wait() & EXIT_CODE_BITS
        self._job.release()
        return Exit(code=code)


def make_wakeup() -> _LockWakeup:
    """Return a new wakeup."""
    return _LockWakeup()


def same_place(first: int, second: int) -> bool:
    """Whether two open descriptors lead to the same file, pipe or console."""
    one, other = os.fstat(first), os.fstat(second)
    if one.st_ino and other.st_ino:
        return (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino)
    return _job.same_object(first, second)


def open_channel(target: int) -> Channel:  # noqa: ARG001 - consoles get a pipe too
    """Return a pipe; a console's colours are up to the command."""
    return Channel(*os.pipe())


def search_path(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the working directory and the directories of PATH, as cmd.exe searches them."""
    entries = _value(environment, "PATH").split(os.pathsep)
    return (os.curdir, *(entry.strip('"') for entry in entries if entry))


def candidates(program: str, environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the paths that may be meant, with the extensions of PATHEXT where the name has none of them."""
    extensions = (_value(environment, "PATHEXT") or DEFAULT_EXTENSIONS).lower().split(os.pathsep)
    named = program.lower().endswith(tuple(extension for extension in extensions if extension))
    names = [program] if named else [program + extension for extension in extensions]
    if os.path.dirname(program):
        return tuple(names)
    return tuple(os.path.join(directory, name) for directory in search_path(environment) for name in names)


def start(
    path: str,
    argv: tuple[str, ...],
    environment: Mapping[str, str],
    *,
    outputs: Mapping[int, Channel],
    mark: str,  # noqa: ARG001 - the job finds its processes without
) -> _WindowsChild:
    """Start the program suspended, put it into a job, let it go; so no child of it can escape the job."""
    job = _job.Job()
    is_batch = path.lower().endswith(BATCH_EXTENSIONS)
    try:
        command = subprocess.Popen(
            _batch_command_line(path, argv, environment) if is_batch else argv,
            executable=None if is_batch else path,
            env=environment,
            stdout=outputs[1].theirs,
            stderr=outputs[2].theirs,
            creationflags=subprocess.CREATE_NEW_PROCESS_GROUP | _job.CREATE_SUSPENDED,
        )
    except BaseException:
        job.release()
        raise
    try:
        job.adopt(command.pid)
    except BaseException:
        command.kill()
        command.wait()
        job.release()
        raise
    return _WindowsChild(command, job)


def _batch_command_line(path: str, argv: tuple[str, ...], environment: Mapping[str, str]) -> str:
    """Return a command line that cmd.exe takes apart as meant (CVE-2024-24576).

    Raises UsageError for an argument that cmd.exe would act upon even within quotes.
    """
    for argument in argv[1:]:
        if any(character in argument for character in UNQUOTABLE):
            raise UsageError(
                f"the argument `{argument}` cannot be passed safely to the batch file `{path}`",
                hint="cmd.exe acts on quotes, `%` and line breaks; call the program behind the batch file",
            )
    quoted = " ".join(f'"{part}"' for part in (path, *argv[1:]))
    shell = _value(environment, "COMSPEC") or "cmd.exe"
    return f'"{shell}" /e:ON /v:OFF /d /s /c "{quoted}"'


def _value(environment: Mapping[str, str], name: str) -> str:
    """Return a variable's value; names are the same in any case."""
    return next((value for key, value in environment.items() if key.upper() == name), "")
