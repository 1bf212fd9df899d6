"""Finds the policy file of a working directory; knows nothing of what is in it."""

import os

from ci_guard.errors import PolicyError

NAMES = (".ci-guard.yml", ".ci-guard.yaml")
# what lies in the root of a repository: of Git, Mercurial, Subversion, Jujutsu, Bazaar, Darcs, Fossil
ROOTS = (
    ".git", ".hg", ".svn", ".jj", ".bzr", "_darcs", ".fslckout", "_FOSSIL_",
)  # fmt: skip


def find(directory: str) -> str | None:
    """Return the path of the nearest policy file from a directory upwards to its repository's root.

    The root is the folder that has one of `ROOTS`; outside of a repository only the directory itself counts.
    Raises `PolicyError` if two files in one folder both could be it.
    """
    for folder in _folders(os.path.abspath(directory)):
        found = [path for name in NAMES if os.path.lexists(path := os.path.join(folder, name))]
        if len(found) > 1:
            raise PolicyError(
                f"there are two policies: `{found[0]}` and `{found[1]}`",
                hint="keep one of them and delete the other",
            )
        if found:
            return found[0]
    return None


def _folders(directory: str) -> list[str]:
    folders = [directory]
    while not _is_root(folders[-1]):
        parent = os.path.dirname(folders[-1])
        if parent == folders[-1]:
            return [directory]
        folders.append(parent)
    return folders


def _is_root(folder: str) -> bool:
    return any(os.path.lexists(os.path.join(folder, name)) for name in ROOTS)


def searched(directory: str) -> str:
    """The folder that the search from a directory ends at."""
    return _folders(os.path.abspath(directory))[-1]


def shown(path: str, directory: str) -> str:
    """The path as messages show it: relative to the working directory where that is shorter."""
    try:
        relative = os.path.relpath(path, directory)
    except ValueError:  # on another drive of Windows
        return path
    return min(relative, path, key=len)
