"""Watches that a test run leaves the machine's own Python alone, and fails loudly if it did not."""

import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest


def installed() -> dict[str, frozenset[str]]:
    """The distributions in each folder of packages of the base interpreter."""
    places = {"base": sys.base_prefix, "platbase": sys.base_prefix}
    folders = {sysconfig.get_path(kind, vars=places) for kind in ("purelib", "platlib")}
    folders |= {str(folder) for folder in Path(sys.base_prefix, "lib").glob("python3*/*-packages")}
    return {
        folder: frozenset(path.name for path in Path(folder).glob("*.*-info")) for folder in sorted(folders)
    }


@pytest.fixture(scope="session", autouse=True)
def _machine_untouched() -> Iterator[None]:
    """Fails the run if a test installed into the machine's own Python, or removed from it."""
    before = installed()
    yield
    after = installed()
    changed = {folder: before[folder] ^ after[folder] for folder in before if before[folder] != after[folder]}
    if changed:
        pytest.fail(f"a test changed the machine's own Python: {changed}")
