"""A pattern of paths: from the words of a tool's data to a real folder, and which files it means."""

import fnmatch
import os
from collections.abc import Callable, Iterable, Iterator, Mapping

from ci_guard.dataclass import dataclass
from ci_guard.expression import expression

MOST = 500  # entries of one folder that are looked at
_VARIABLE = expression(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """Paths below a folder, whose name stands for itself, whatever characters it has."""

    folder: str  # absolute
    names: tuple[str, ...]  # one for each level below, at least one; a `*` stands for anything

    def __str__(self) -> str:
        """As people read it."""
        return os.path.join(self.folder, *self.names)

    def fits(self, path: str) -> bool | None:
        """Whether it means this path; None: a folder on the way to what it means."""
        below = _below(path, self.folder)
        if below is None:
            return False
        parts = below.split(os.sep)
        if len(parts) > len(self.names) or not all(map(fnmatch.fnmatch, parts, self.names)):
            return False
        return True if len(parts) == len(self.names) else None

    def entries(self, heed: Callable[[str], object]) -> Iterator["os.DirEntry[str]"]:
        """What is there now; `heed` hears of each folder before it is read, which opens no file in it."""
        folders = [self.folder]
        for name in self.names[:-1]:
            if is_pattern(name):
                folders = [entry.path for entry in _in_each(folders, name, heed)]
            else:
                folders = [os.path.join(folder, name) for folder in folders]
        yield from _in_each(folders, self.names[-1], heed)


def resolve(text: str, variables: Mapping[str, str], directory: str) -> Pattern | None:
    """The pattern with its variable put in; None if that is not set.

    `{A|B/x}` is the value of A, or else the folder x in the value of B; what has no variable counts from
    `directory`.
    """
    match = _VARIABLE.match(text)
    if match is None:
        return _split(directory, text)
    for choice in match[1].split("|"):
        name, _, rest = choice.partition("/")
        if value := variables.get(name):
            return _split(os.path.join(directory, value, rest), text[match.end() :])
    return None


def beside(path: str, name: str) -> Pattern:
    """What has such a name in the folder of a file."""
    return Pattern(folder=os.path.dirname(path), names=(name,))


def itself(path: str) -> Pattern:
    """One file alone."""
    return beside(path, "".join(f"[{sign}]" if sign in "*?[" else sign for sign in os.path.basename(path)))


def listed(folder: str, name: str) -> Iterator["os.DirEntry[str]"]:
    """What in the folder has such a name; nothing if it cannot be read."""
    try:
        with os.scandir(folder) as entries:
            for _, entry in zip(range(MOST), entries, strict=False):
                if fnmatch.fnmatch(entry.name, name):
                    yield entry
    except OSError:  # not there, or not yet
        return


def written(entry: "os.DirEntry[str]") -> float | None:
    """Seconds since the epoch; None: it has gone. Windows tells it with the name, and no file is opened."""
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError:
        return None
    return max(status.st_mtime, status.st_ctime)


def is_pattern(text: str) -> bool:
    """Whether it stands for more than itself."""
    return any(sign in text for sign in "*?[")


def _in_each(
    folders: Iterable[str], name: str, heed: Callable[[str], object]
) -> Iterator["os.DirEntry[str]"]:
    for folder in folders:
        heed(folder)
        yield from listed(folder, name)


def _split(folder: str, rest: str) -> Pattern:
    """The words up to the first pattern are a folder, with the last one a name at the least."""
    words = [word for word in rest.replace("\\", "/").split("/") if word]
    plain = next((place for place, word in enumerate(words) if is_pattern(word)), len(words) - 1)
    return Pattern(folder=os.path.normpath(os.path.join(folder, *words[:plain])), names=tuple(words[plain:]))


def _below(path: str, folder: str) -> str | None:
    start = os.path.join(folder, "")
    same = os.path.normcase(path[: len(start)]) == os.path.normcase(start)
    return path[len(start) :] if same and len(path) > len(start) else None
