"""An environment that packages are installed into: where it is, what kind, and its layout on disk.

Knows no command lines (`families`) and nothing of what is installed (`installed`).
"""

import os
from collections.abc import Iterable, Iterator
from enum import StrEnum

from ci_guard.dataclass import dataclass

VENV_MARK = "pyvenv.cfg"  # PEP 405: without it an interpreter in the folder is its base interpreter


class TargetKind(StrEnum):
    """What an environment is, and so who may make it anew."""

    PROJECT = "project"  # the virtual environment that uv makes for a project
    VENV = "venv"  # what `uv venv` makes
    TOOL = "tool"  # the environment of one uv tool
    MANAGED = "managed"  # what pipx, poetry, tox and their like keep for a project or a program
    NEARBY = "nearby"  # `.venv` in the working directory of a script that may have made it
    ENVIRONMENT = "environment"  # a virtual environment that the user has made
    INTERPRETER = "interpreter"  # an interpreter's own packages, or its user site
    DIRECTORY = "directory"  # what --target or --prefix names


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One environment: where its packages and its launchers are."""

    kind: TargetKind
    prefix: str
    site: tuple[str, ...]  # folders that hold *.dist-info
    scripts: tuple[str, ...]  # folders that hold launchers
    links: str | None = None  # a uv tool's folder of executables outside the environment

    @property
    def made_by_command(self) -> bool:
        """Whether the same command makes the whole folder anew when it is not there."""
        return self.kind in (
            TargetKind.PROJECT,
            TargetKind.VENV,
            TargetKind.TOOL,
            TargetKind.MANAGED,
            TargetKind.NEARBY,
        )


def virtual_environment(prefix: str, kind: TargetKind, links: str | None = None) -> Target:
    """The layout of a virtual environment, read from the folder itself."""
    site = [os.path.join(prefix, "Lib", "site-packages")]
    for lib in ("lib", "lib64"):
        folder = os.path.join(prefix, lib)
        site += [os.path.join(folder, version, "site-packages") for version in _children(folder)]
    scripts = [os.path.join(prefix, "bin"), os.path.join(prefix, "Scripts")]
    return Target(kind=kind, prefix=prefix, site=_distinct(site), scripts=_distinct(scripts), links=links)


def is_interpreter(prefix: str) -> bool:
    """Whether the folder is an interpreter with its standard library, not a virtual environment."""
    libraries = [
        os.path.join(prefix, "Lib"),
        *(os.path.join(prefix, "lib", each) for each in _children(f"{prefix}/lib")),
    ]
    return any(os.path.isfile(os.path.join(library, "os.py")) for library in libraries)


def plain_directory(folder: str) -> Target:
    """What `--target FOLDER` fills: packages in the folder, launchers in its `bin`."""
    scripts = [os.path.join(folder, "bin"), os.path.join(folder, "Scripts")]
    return Target(
        kind=TargetKind.DIRECTORY, prefix=folder, site=_distinct([folder]), scripts=_distinct(scripts)
    )


def upwards(directory: str) -> Iterator[str]:
    """The folder and all above it."""
    folder = os.path.abspath(directory)
    while True:
        yield folder
        parent = os.path.dirname(folder)
        if parent == folder:
            return
        folder = parent


def option(words: list[str], *names: str) -> str | None:
    """The last value of an option, given as `--name value`, `--name=value` or `-nvalue`."""
    value = None
    for place, word in enumerate(words):
        for name in names:
            if word == name and place + 1 < len(words):
                value = words[place + 1]
            elif name.startswith("--") and word.startswith(f"{name}="):
                value = word.removeprefix(f"{name}=")
            elif not name.startswith("--") and word.startswith(name) and len(word) > len(name):
                value = word.removeprefix(name).removeprefix("=")
    return value


def _children(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def _distinct(folders: Iterable[str]) -> tuple[str, ...]:
    """Those that exist, each once: `lib64` is a link to `lib`, and Windows takes `Lib` for `lib`."""
    real = {os.path.normcase(os.path.realpath(folder)): folder for folder in reversed(list(folders))}
    return tuple(folder for folder in reversed(real.values()) if os.path.isdir(folder))
