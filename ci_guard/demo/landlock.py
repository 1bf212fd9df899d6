"""A lock for root on Linux, whom mode bits do not stop: the kernel's Landlock, which needs no rights.

A process can put only itself under Landlock rules, so a copy of this file goes into the virtual environment
and its Python calls `restrict` as it starts. The file therefore imports nothing but the standard library.
https://docs.kernel.org/userspace-api/landlock.html
"""

import os
import pkgutil
import struct
import sys
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on all architectures
_ASK_VERSION, _RULE_PATH_BENEATH = 1, 1
_PR_SET_NO_NEW_PRIVS = 38
_REMOVE_FILE, _MAKE_REGULAR, _MAKE_SYMLINK, _REFER = 1 << 5, 1 << 8, 1 << 12, 1 << 13
_VERSION_WITH_REFER = 2  # before it, a rename into another folder is always refused
_MODULE = "ci_guard_demo_landlock"


class LandlockLock:
    """Keeps the Python of a virtual environment from making files in one of its folders."""

    how = "the kernel (Landlock) forbids writing to the folder of the launchers"
    late = False  # the rules have to stand before the attempt's process does anything

    def __init__(self, *, environment: Path, folder: Path, site: Path) -> None:
        self._environment = environment
        self._folder = folder
        self._mark = environment.parent / "locked"
        source = pkgutil.get_data("ci_guard.demo", "landlock.py")  # also out of a zip archive
        assert source is not None
        (site / f"{_MODULE}.py").write_bytes(source)
        start = f"import {_MODULE}; {_MODULE}.restrict({os.fspath(self._mark)!r})\n"
        (site / f"{_MODULE}.pth").write_text(start, "utf-8")

    def hold(self) -> None:
        """Let each Python that starts in the environment from now on be restricted."""
        allowed = [*_siblings(self._environment), *_siblings(self._folder)]
        self._mark.write_text("\n".join(allowed), "utf-8")

    def release(self) -> None:
        """Let those that start from now on be free."""
        self._mark.unlink(missing_ok=True)


def version() -> int:
    """The version of Landlock that the kernel offers; 0 if none."""
    return max(0, _syscall(_CREATE_RULESET, None, 0, _ASK_VERSION))


def restrict(mark: str) -> None:
    """If the file `mark` exists, forbid this process to make files but in the folders that it lists.

    Raises OSError.
    """
    if sys.platform != "linux":
        return
    try:
        with open(mark, encoding="utf-8") as stream:
            allowed = stream.read().splitlines()
    except FileNotFoundError:
        return
    import ctypes

    rights = _REMOVE_FILE | _MAKE_REGULAR | _MAKE_SYMLINK
    rights |= _REFER if version() >= _VERSION_WITH_REFER else 0
    attributes = struct.pack("=Q", rights)
    rules = _checked(_CREATE_RULESET, attributes, len(attributes), 0)
    for folder in allowed:
        beneath = os.open(folder, os.O_PATH | os.O_DIRECTORY)
        _checked(_ADD_RULE, rules, _RULE_PATH_BENEATH, struct.pack("=Qi", rights, beneath), 0)
        os.close(beneath)
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _checked(_RESTRICT_SELF, rules, 0)
    os.close(rules)


def _siblings(folder: Path) -> list[str]:
    return [os.fspath(other) for other in folder.parent.iterdir() if other != folder and other.is_dir()]


def _checked(number: int, *arguments: object) -> int:
    import ctypes

    answer = _syscall(number, *arguments)
    if answer < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"Landlock: {os.strerror(code)}")
    return answer


def _syscall(number: int, *arguments: object) -> int:
    import ctypes

    answer: int = ctypes.CDLL(None, use_errno=True).syscall(number, *arguments)
    return answer
