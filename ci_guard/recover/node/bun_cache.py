"""bun's cache: every package lies there unpacked, so that a package can be compared with it file by file.

Source: bun's manual, "Global cache"; src/install/PackageManager/PackageManagerDirectories.zig for the names.
"""

import glob
import os
from collections.abc import Iterator, Mapping

from ci_guard.model.history import Fault
from ci_guard.recover.node.tree import MODULES, Package
from ci_guard.recover.user_home import user_home

VARIABLE = "BUN_INSTALL_CACHE_DIR"
BOOKKEEPING = frozenset({".bun-tag", ".bun-patch-tag", ".npmignore", ".gitignore"})


def folder(environment: Mapping[str, str]) -> str:
    """Where the cache is."""
    named = environment.get(VARIABLE)
    if named:
        return named
    base = environment.get("BUN_INSTALL") or os.path.join(user_home(environment), ".bun")
    return os.path.join(base, "install", "cache")


def compared(cache: str, package: Package, place: str) -> Iterator[Fault]:
    """What a package lacks or has too much, against the cache; nothing where the cache has it not."""
    start = os.path.join(cache, *f"{package.name}@{package.version}".split("/"))
    kept = [start, *sorted(glob.glob(f"{glob.escape(start)}@*"))]
    wanted = next((_files(each) for each in kept if os.path.isdir(each)), frozenset())
    if not wanted:
        return
    there = _files(place)
    for name in sorted(wanted - there):
        yield Fault(project=package.name, path=os.path.join(place, name), what="missing")
    for name in sorted(there - wanted):
        what = f"not of version {package.version}"
        yield Fault(project=package.name, path=os.path.join(place, name), what=what)


def _files(start: str) -> frozenset[str]:
    """The files below a folder, without packages in it, as paths from it."""
    found = set()
    for parent, folders, names in os.walk(start):
        folders[:] = [each for each in folders if each != MODULES]
        inside = os.path.relpath(parent, start)
        found |= {os.path.normpath(os.path.join(inside, name)) for name in names if name not in BOOKKEEPING}
    return frozenset(found)
