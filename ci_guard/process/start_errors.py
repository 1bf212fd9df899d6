"""Turns the system's refusal to start a program into a sentence that helps.

The OSError stays the cause of the error, so that a lock (Windows 5, 32; POSIX EACCES, EPERM, ETXTBSY) can
still be told from a mistake.
"""

import errno
import os

from ci_guard.errors import CommandNotExecutable, CommandNotFound, NotStarted
from ci_guard.model.error_numbers import UNSTARTABLE_ERRNOS

FIRST_LINE_BYTES = 256  # as the Linux kernel reads
SHEBANG = b"#!"
BINARIES = (b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xca\xfe\xba\xbe")
# winerror.h; CPython makes ENOENT or EINVAL of most of these, which would tell less
ELEVATION_REQUIRED = 740
WINDOWS_BAD_FORMATS = (193, 216)  # ERROR_BAD_EXE_FORMAT, ERROR_EXE_MACHINE_TYPE_MISMATCH
WINDOWS_TOO_LONG = 206  # ERROR_FILENAME_EXCED_RANGE: a command line of more than 32,767 characters
WINDOWS_BLOCKED = {
    225: "an antivirus product says that it contains a virus or unwanted software",
    1260: "a group policy (AppLocker or Software Restriction Policies) blocks it",
    4551: "an application control policy (WDAC, Smart App Control) blocks it",
}


def is_script(path: str) -> bool:
    """Whether a file that the system knows no format of reads like one for a shell: a text, and not empty."""
    line = _first_line(path)
    return bool(line) and b"\0" not in line and not line.startswith(BINARIES)


def explain(path: str, error: OSError) -> NotStarted:
    """Return the error to raise for a program that was found but could not be started."""
    windows = getattr(error, "winerror", None)
    if error.errno == errno.ENOEXEC or windows in WINDOWS_BAD_FORMATS:
        return _unknown_format(path)
    if windows in WINDOWS_BLOCKED:
        return CommandNotExecutable(
            f"`{path}` could not be started: {WINDOWS_BLOCKED[windows]}",
            hint="trying again does not help: ask whoever looks after this machine's security to allow it",
        )
    if windows == ELEVATION_REQUIRED:
        return CommandNotExecutable(
            f"`{path}` must be run as administrator",
            hint="run the CI agent elevated, or use another program",
        )
    if windows == WINDOWS_TOO_LONG:
        return _too_long(path)
    if error.errno == errno.ENOENT:
        return _missing_part(path)
    if error.errno == errno.E2BIG:
        return _too_long(path)
    if error.errno in UNSTARTABLE_ERRNOS:
        return CommandNotExecutable(
            f"`{path}` could not be started: {error.strerror}",
            hint="another program may hold or block it, its volume may forbid execution, "
            "or the interpreter in its first line may not be executable",
        )
    return NotStarted(f"`{path}` could not be started: {error.strerror or error}")


def _too_long(path: str) -> NotStarted:
    return NotStarted(
        f"the arguments and the environment are too long to start `{path}`",
        hint="pass long lists in a file (many tools take `@file`), or shorten the environment",
    )


def _unknown_format(path: str) -> CommandNotExecutable:
    if _first_line(path).startswith(BINARIES):
        return CommandNotExecutable(
            f"`{path}` is a program for another kind of machine", hint="install the build for this system"
        )
    if os.name == "nt":
        return CommandNotExecutable(
            f"`{path}` is not a Windows program",
            hint=f"name what runs it, such as `ci-guard -- sh {path}`; if it is broken, install it again",
        )
    return CommandNotExecutable(
        f"`{path}` is neither a program nor a script with a first line that names its interpreter",
        hint=f"begin it with a line such as `#!/bin/sh`, or run `ci-guard -- sh {path}`",
    )


def _missing_part(path: str) -> NotStarted:
    """The file was there when we looked, and the system says that something is not."""
    line = _first_line(path)
    if line.startswith(SHEBANG):
        named = line[len(SHEBANG) :].decode("utf-8", "replace").strip(" \t")
        if named.endswith("\r"):
            return CommandNotExecutable(
                f"the first line of `{path}` ends in a carriage return, so its interpreter cannot be found",
                hint="the file has Windows line endings; convert it to Unix ones",
            )
        interpreter = named.split(None, 1)[0] if named else ""
        return CommandNotExecutable(
            f"the first line of `{path}` names the interpreter `{interpreter}`, which is not there",
            hint="install it or correct the line; a moved or half-made virtual environment has such scripts",
        )
    if os.path.exists(path):
        return CommandNotExecutable(
            f"`{path}` needs a loader that is not there",
            hint="it was built for another system or C library (glibc or musl)",
        )
    return CommandNotFound(
        f"`{path}` vanished before it could be started", hint="it may have been quarantined"
    )


def _first_line(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(FIRST_LINE_BYTES).split(b"\n", 1)[0]
    except OSError:
        return b""
