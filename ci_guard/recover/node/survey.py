"""What of an installed tree of packages is missing: each package, each file of it, each of its programs.

A package is compared with its tarball in npm's cache: by one number where that says that all is there, else
file by file. A size alone is no fault: scripts of packages and patches change files for good reasons.
"""

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from ci_guard.dataclass import dataclass
from ci_guard.model.counting import counted
from ci_guard.model.history import Fault
from ci_guard.recover.node import cacache
from ci_guard.recover.node.tree import MODULES, Package, manifest

WINDOWS_SHIMS = ("", ".cmd", ".ps1")  # npm/cmd-shim lib/index.js writes all three


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """Where packages lie, and what is known about how they came there."""

    root: str
    packages: tuple[Package, ...]
    cache: str
    refused: frozenset[str] = frozenset()  # files that npm said it could not write
    links_programs: bool = True
    global_programs: str | None = None  # the folder of the programs of npm's global prefix
    registry: str = ""  # where packages come from that no lock file lists

    def folder(self, package: Package) -> str:
        """The folder of a package."""
        return os.path.join(self.root, *package.place.split("/"))

    def bin_folder(self, package: Package) -> str:
        """The folder that the programs of a package are linked from."""
        if self.global_programs is not None and package.place == f"{MODULES}/{package.name}":
            return self.global_programs
        return os.path.join(self.root, *package.bin_folder.split("/"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What there is of one package."""

    package: Package
    files: int  # how many were looked at
    faults: tuple[Fault, ...]
    warnings: tuple[Fault, ...]


def examine(tree: Tree, touched: Callable[[str], bool]) -> Iterator[Found]:
    """Look at each package; a fault is one of this run if the run has changed something there."""
    named = _by_package(tree)
    for package in tree.packages:
        folder = tree.folder(package)
        fresh = touched(folder)
        files, faults, warnings = _package(tree, package, named.get(package.place, ()), thorough=fresh)
        mine = [fault for fault in faults if fresh or touched(_existing(fault.path or folder))]
        old = [fault for fault in faults if fault not in mine]
        yield Found(package=package, files=files, faults=tuple(mine), warnings=(*warnings, *old))


def _package(
    tree: Tree, package: Package, named: Collection[str], *, thorough: bool
) -> tuple[int, list[Fault], list[Fault]]:
    """The number of files that were looked at, what is wrong, and what is odd."""
    folder = tree.folder(package)
    if package.link:
        there = os.path.exists(folder)
        return 1, [] if there else [_fault(package, folder, "missing")], []
    if not os.path.isdir(folder):
        return 0, [_fault(package, folder, "missing")] if package.needed else [], []
    found = manifest(folder)
    path = os.path.join(folder, "package.json")
    if found is None:
        return 0, [_fault(package, path, "missing" if not os.path.exists(path) else "cut off")], []
    faults: list[Fault] = []
    if package.version is not None and found.get("version") not in (None, package.version):
        faults.append(_fault(package, path, f"of version {found['version']} instead of {package.version}"))
    files, missing = _files(tree, package, found, named) if thorough or named else (1, [])
    if package.built and not named:
        warnings = [each for each in missing if each.path != path]
    else:
        faults, warnings = faults + missing, []
    faults += [_fault(package, each, "missing") for each in named if not os.path.lexists(each)]
    faults += _needed(tree, package)
    if tree.links_programs:
        faults += _programs(tree, package)
    return files, list(dict.fromkeys(faults)), warnings


def _files(
    tree: Tree, package: Package, found: Mapping[str, object], named: Collection[str]
) -> tuple[int, list[Fault]]:
    """Compare the files with those of the tarball, if npm's cache has it."""
    folder = tree.folder(package)
    integrity = package.integrity or _integrity(tree, package, found)
    path = cacache.tarball(tree.cache, integrity) if integrity else None
    if path is None:
        return 1, []
    size, files = cacache.size_of(folder)
    if size == cacache.unpacked_size(path):
        return files, []
    members = cacache.members(path)
    if members is None:
        return files, []
    return len(members), list(_compared(package, folder, members, named))


def _compared(
    package: Package, folder: str, members: Mapping[str, int], named: Collection[str]
) -> Iterator[Fault]:
    for inside, size in members.items():
        path = os.path.join(folder, *inside.split("/"))
        try:
            there = os.stat(path).st_size
        except OSError:
            yield _fault(package, path, "missing")
            continue
        if there == 0 < size:
            yield _fault(package, path, "empty")
        elif there != size and os.path.normcase(path) in named:
            yield _fault(package, path, f"{counted(there, 'byte')} instead of {size:,}")


def _programs(tree: Tree, package: Package) -> Iterator[Fault]:
    """The links to programs; a program whose file the package never had gets none."""
    links, folder = tree.bin_folder(package), tree.folder(package)
    if tree.global_programs is not None and links != tree.global_programs and not os.path.isdir(links):
        return  # npm links the programs of what a global package needs for that package alone
    for program, file in package.bin.items():
        link = os.path.join(links, *program.split("/"))
        target = os.path.normpath(os.path.join(folder, *file.split("/")))
        if not os.path.exists(target):
            if os.path.islink(link) and os.path.realpath(link) == os.path.realpath(target):
                yield _fault(package, target, "missing")
        elif os.name == "nt":
            shims = (link + suffix for suffix in WINDOWS_SHIMS)
            yield from (_fault(package, shim, "missing") for shim in shims if not os.path.exists(shim))
        elif not os.path.exists(link):
            yield _fault(package, link, "missing")
        elif not os.access(link, os.X_OK):
            yield _fault(package, link, "not executable")


def _needed(tree: Tree, package: Package) -> Iterator[Fault]:
    """The packages that this one needs, looked for where Node.js looks: in every `node_modules` upwards."""
    for name in package.wants:
        above = package.place
        places = []
        while above:
            places.append(f"{above}/{MODULES}/{name}")
            above = above.rpartition(f"/{MODULES}/")[0]
        places.append(f"{MODULES}/{name}")
        if not any(os.path.isdir(os.path.join(tree.root, *place.split("/"))) for place in places):
            yield Fault(project=name, path=os.path.join(tree.root, *places[-1].split("/")), what="missing")


def _integrity(tree: Tree, package: Package, found: Mapping[str, object]) -> str:
    """Of a package that no lock file lists: as the cache knows its address in the registry."""
    base = package.name.rpartition("/")[2]
    url = f"{tree.registry.rstrip('/')}/{found.get('name')}/-/{base}-{found.get('version')}.tgz"
    return cacache.integrity_of(tree.cache, url) if tree.registry else ""


def _by_package(tree: Tree) -> dict[str, frozenset[str]]:
    """The refused files by the place of the package that they belong to."""
    found: dict[str, set[str]] = {}
    start = os.path.normcase(os.path.join(os.path.realpath(tree.root), ""))
    places = {package.place for package in tree.packages}
    for path in tree.refused:
        real = os.path.normcase(os.path.join(os.path.realpath(_existing(os.path.dirname(path))), ""))
        whole = os.path.normcase(os.path.normpath(path))
        if not real.startswith(start) and not whole.startswith(start):
            continue
        inside = os.path.relpath(whole, start).replace(os.sep, "/").split("/")
        for length in range(len(inside) - 1, 1, -1):
            place = "/".join(inside[:length])
            if place in places:
                found.setdefault(place, set()).add(whole)
                break
    return {place: frozenset(paths) for place, paths in found.items()}


def _existing(path: str) -> str:
    """The path, or the nearest folder above it that is there."""
    while not os.path.lexists(path):
        parent = os.path.dirname(path)
        if parent == path:
            break
        path = parent
    return path


def _fault(package: Package, path: str, what: str) -> Fault:
    return Fault(project=package.name, path=path, what=what)


def faulty(found: Iterable[Found]) -> tuple[Found, ...]:
    """Those that this run has left broken."""
    return tuple(each for each in found if each.faults)
