"""The families that ci-guard knows, by the names of their programs; one is opened when it is needed.

Together they open more files than all the rest of a failed step, which needs one of them or none.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import cast

from ci_guard.recover.family import Family

# the module, what in it is the family (a class) or the families (a tuple), the programs
_WHERE = (
    ("uv", "Uv", ("uv", "uvx")),
    ("pip", "Pip", ("pip",)),
    ("pipx", "Pipx", ("pipx",)),
    ("venv", "Venv", ("venv", "virtualenv")),
    ("keepers", "KEEPERS", ("poetry", "pdm", "hatch", "pipenv", "tox", "nox", "pre-commit")),
    ("conda", "Conda", ("conda", "mamba", "micromamba")),
    ("npm", "Npm", ("npm", "npx")),
    ("git", "Git", ("git",)),
    ("direct", "Direct", ("pnpm", "yarn", "bun")),
    ("composer", "Composer", ("composer",)),
    ("cargo", "Cargo", ("cargo",)),
    ("maven", "Maven", ("mvn", "mvnw", "mvnd")),
    ("dotnet", "Dotnet", ("dotnet",)),
    ("rustup", "Rustup", ("rustup", "rustup-init")),
)


@cache
def _load(module: str, name: str) -> tuple[Family, ...]:
    found = getattr(import_module(f"{__name__}.{module}"), name)
    return found if isinstance(found, tuple) else (cast(Family, found()),)


class _Families(Mapping[str, Family]):
    """By program; whether there is a family can be told without opening it."""

    def __init__(self) -> None:
        self._where = {program: (module, name) for module, name, programs in _WHERE for program in programs}

    def __getitem__(self, program: str) -> Family:
        families = _load(*self._where[program])
        return next(family for family in families if program in family.programs)

    def __iter__(self) -> Iterator[str]:
        return iter(self._where)

    def __contains__(self, program: object) -> bool:
        return program in self._where

    def __len__(self) -> int:
        return len(self._where)


FAMILIES: Mapping[str, Family] = _Families()


def unread() -> Family:
    """The family for a line of which nobody can tell what it starts."""
    return _load("nearby", "Nearby")[0]
