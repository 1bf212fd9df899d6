"""Scratch folders for tweaks: on the target's volume, removed at the end."""

import os
import sys

from ci_guard.random_name import random_word
from ci_guard.recover.removal import remove_tree

PREFIX = "ci-guard-"
REMOVAL_LIMIT = 3.0  # seconds; the report is on disk by then


class Scratch:
    """Makes scratch folders for one run and removes them; a context manager."""

    def __init__(self, directory: str) -> None:
        self._directory = directory
        self._made: list[str] = []
        self.left: tuple[str, ...] = ()  # the folders that could not be removed in the end

    def __enter__(self) -> "Scratch":
        return self

    def __exit__(self, *_: object) -> None:
        self.left = tuple(folder for folder in self._made if not remove_tree(folder, REMOVAL_LIMIT))

    def folder(self, target: str | None) -> str:
        """A fresh folder on the volume of `target`, by preference beside the working directory.

        uv can hard-link and every tool can rename only within one volume; the machine's own temporary folder
        is the last choice: it is what the tweak is to get away from. Raises OSError if none can be made.
        """
        import tempfile  # with what it imports nine files, for the attempts that need a folder

        volume = _volume(target if target is not None else self._directory)
        places = [*_beside(self._directory), self._directory, tempfile.gettempdir()]
        same = [place for place in places if _volume(place) == volume]
        problem: OSError | None = None
        for place in (*same, *places):
            try:
                made = _fresh(place)
            except OSError as error:
                problem = error
                continue
            self._made.append(made)
            return made
        raise problem or OSError(f"no place for a scratch folder among {places}")


def _beside(directory: str) -> tuple[str, ...]:
    """The folder that holds the directory; not the root of a Windows drive, where every user may write."""
    above = os.path.dirname(os.path.abspath(directory))
    return () if sys.platform == "win32" and os.path.dirname(above) == above else (above,)


def _fresh(place: str) -> str:
    """A new folder that only this user may write to, or on Windows whoever may write to the place.

    There, files keep the access control list of the folder that they are made in when a tool moves them into
    an environment; that of `mkdtemp`, this user's alone (since Python 3.12.4), would shut others out of it.
    """
    if sys.platform != "win32":
        import tempfile

        return tempfile.mkdtemp(prefix=PREFIX, dir=place)
    path = os.path.join(place, PREFIX + random_word())
    os.mkdir(path)
    return path


def _volume(path: str) -> int | None:
    while True:
        try:
            return os.stat(path).st_dev
        except OSError:
            parent = os.path.dirname(path)
            if parent == path:
                return None
            path = parent
