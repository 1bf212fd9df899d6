"""Starts the command on POSIX: by `posix_spawn`, which opens none of the files that `subprocess` does."""

import errno
import os
import signal
import sys
from collections.abc import Mapping

from ci_guard.annotation import Any, Protocol
from ci_guard.process import _dispositions

assert sys.platform != "win32"  # also tells the type checker

SHELL = "/bin/sh"


class Command(Protocol):
    """A process of ours."""

    @property
    def pid(self) -> int: ...

    def wait(self) -> int:
        """Its exit status; less than 0: the signal that ended it."""


class _Spawned:
    """A process that was begun without `subprocess`, which a start need not open."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._code: int | None = None

    def wait(self) -> int:
        if self._code is None:
            self._code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self._code


def begin(
    path: str,
    argv: tuple[str, ...],
    environment: Mapping[str, str],
    streams: Mapping[int, int],
    *,
    own_group: bool,
    ignored: tuple[int, ...],
) -> Command:
    """Start the program; a script without a first line that names its interpreter as execvp(3) does.

    What we ourselves ignore (CPython does: `_dispositions`) is handed down, unless it is reset. Our own
    descriptors are not inheritable; others are meant for the command (make -j, 3>log).
    """

    def start(path: str, argv: tuple[str, ...]) -> Command:
        if signal.SIGCHLD in ignored:
            return _begin_deaf(path, argv, environment, streams, own_group, ignored)
        more: dict[str, Any] = {"setpgroup": 0} if own_group else {}
        pid = os.posix_spawn(
            path,
            argv,
            environment,
            file_actions=[(os.POSIX_SPAWN_DUP2, ours, theirs) for theirs, ours in streams.items()],
            setsigdef=[number for number in _dispositions.OF_CPYTHON if number not in ignored],
            **more,
        )
        return _Spawned(pid)

    try:
        return start(path, argv)
    except OSError as error:
        from ci_guard.process import start_errors

        if error.errno != errno.ENOEXEC or not start_errors.is_script(path):
            raise
    return start(SHELL, (SHELL, path, *argv[1:]))


def _begin_deaf(
    path: str,
    argv: tuple[str, ...],
    environment: Mapping[str, str],
    streams: Mapping[int, int],
    own_group: bool,
    ignored: tuple[int, ...],
) -> Command:
    """As `begin`, for a command that is to find SIGCHLD ignored, which we ourselves must not."""
    import functools
    import subprocess

    return subprocess.Popen(
        argv,
        executable=path,
        env=environment,
        stdin=streams.get(0),
        stdout=streams.get(1),
        stderr=streams.get(2),
        process_group=0 if own_group else None,
        close_fds=False,
        preexec_fn=functools.partial(_prepare, streams, ignored),  # noqa: PLW1509 - it takes no lock
    )


def _prepare(streams: Mapping[int, int], ignored: tuple[int, ...]) -> None:
    """In the command's process: what `subprocess` does not do."""
    for theirs, ours in streams.items():
        if theirs not in (0, 1, 2):
            os.dup2(ours, theirs)
    _dispositions.ignore(ignored)
