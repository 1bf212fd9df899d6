"""Which file a path stands for: a program on the PATH, a way without detours, the folder that is there."""

import os
import sys


def program_of(path: str, directory: str) -> str:
    """Where a program lies that was named without a folder."""
    if os.path.lexists(path) or os.path.dirname(path) != directory.rstrip("\\/"):
        return path
    name = os.path.basename(path)
    own = [os.path.join(directory, ".venv", folder) for folder in ("bin", "Scripts")]
    for folder in (*own, *os.environ.get("PATH", "").split(os.pathsep)):
        for suffix in ("", ".exe"):
            if folder and os.path.lexists(os.path.join(folder, name + suffix)):
                return os.path.join(folder, name + suffix)
    return path


def straight_of(path: str) -> str:
    """The path without `..`, where that means the same (on POSIX it does not behind a symbolic link)."""
    straight = os.path.normpath(path)
    if straight == path or sys.platform == "win32":
        return straight
    same = os.path.realpath(os.path.dirname(straight)) == os.path.realpath(os.path.dirname(path))
    return straight if same else path


def nearest_folder(folder: str) -> str:
    """The folder, or the one above it that exists."""
    while not os.path.isdir(folder):
        above = os.path.dirname(folder)
        if above in ("", folder):
            return os.curdir
        folder = above
    return folder
