"""Scratch folders for tweaks: on the target's volume, removed at the end."""

import os
import tempfile

from ci_guard.recover.removal import remove_tree

PREFIX = "ci-guard-"


class Scratch:
    """Makes scratch folders for one run and removes them; a context manager."""

    def __init__(self, directory: str) -> None:
        self._directory = directory
        self._made: list[str] = []

    def __enter__(self) -> "Scratch":
        return self

    def __exit__(self, *_: object) -> None:
        for folder in self._made:
            remove_tree(folder)

    def folder(self, target: str | None) -> str:
        """A fresh folder on the volume of `target`, by preference beside the working directory.

        uv can hard-link and every tool can rename only within one volume; the machine's own temporary folder
        is the last choice: it is what the tweak is to get away from. Raises OSError if none can be made.
        """
        volume = _volume(target if target is not None else self._directory)
        places = [os.path.dirname(os.path.abspath(self._directory)), self._directory, tempfile.gettempdir()]
        same = [place for place in places if _volume(place) == volume]
        problem: OSError | None = None
        for place in (*same, *places):
            try:
                made = tempfile.mkdtemp(prefix=PREFIX, dir=place)
            except OSError as error:
                problem = error
                continue
            self._made.append(made)
            return made
        raise problem or OSError(f"no place for a scratch folder among {places}")


def _volume(path: str) -> int | None:
    while True:
        try:
            return os.stat(path).st_dev
        except OSError:
            parent = os.path.dirname(path)
            if parent == path:
                return None
            path = parent
