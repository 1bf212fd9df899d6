"""The packages that npm believes to have installed: `node_modules/.package-lock.json`, or the lock file.

Source: npm's manual, "package-lock.json", "Hidden lockfiles"; npm/cli workspaces/arborist/lib/shrinkwrap.js.
"""

import os
from collections.abc import Iterator, Mapping
from typing import Any

from ci_guard.dataclass import dataclass, field
from ci_guard.expression import expression
from ci_guard.recover.json_object import json_object

MODULES = "node_modules"
HIDDEN = ".package-lock.json"
INSTALL_SCRIPTS = ("preinstall", "install", "postinstall")
_PROGRAM = expression(r"(?!\.{1,2}$)[\w.$~-]+")  # others are encoded, or dropped
LOCKS = ("npm-shrinkwrap.json", "package-lock.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """One installed package, as the lock file has it."""

    place: str  # with `/`, from the root: "node_modules/a/node_modules/@b/c"
    version: str | None = None
    integrity: str = ""
    bin: Mapping[str, str] = field(default_factory=dict)  # program -> file in the package
    link: bool = False  # a link to a folder of the workspace
    built: bool = False  # its own scripts ran, and may have changed or removed files of it
    needed: bool = True  # False: npm may have good reasons to leave it out
    wants: tuple[str, ...] = ()  # the packages that it cannot do without, where no lock file lists them

    @property
    def name(self) -> str:
        """The name, with its scope."""
        return self.place.rpartition(f"{MODULES}/")[2]

    @property
    def bin_folder(self) -> str:
        """The folder that its programs are linked from, with `/`, from the root."""
        return self.place.removesuffix(self.name) + ".bin"


def read_tree(root: str) -> tuple[Package, ...] | None:
    """The packages of a project; None if nothing says which there are."""
    hidden = _packages(os.path.join(root, MODULES, HIDDEN))
    if hidden is not None:
        return tuple(_made(hidden, certain=True))
    for name in LOCKS:
        locked = _packages(os.path.join(root, name))
        if locked is not None:
            return tuple(_made(locked, certain=False))
    return None


def global_tree(library: str) -> tuple[Package, ...]:
    """The packages that lie in a folder without a lock file, as `lib` of npm's global prefix is."""
    return tuple(_lying(library, ""))


def manifest(folder: str) -> Mapping[str, Any] | None:
    """The `package.json` in a folder; None if it is missing or no whole JSON object."""
    return json_object(os.path.join(folder, "package.json"))


def programs(manifest_of: Mapping[str, Any], name: str) -> dict[str, str]:
    """The programs that a manifest declares: `bin` is a mapping, or one file under the package's name.

    All managers drop the scope of a name; a file outside of the package gets no link from most.
    Source: npm/normalize-package-data and npm-normalize-package-bin; pnpm's pkg-manager/package-bins.
    """
    declared = manifest_of.get("bin")
    if isinstance(declared, str):
        declared = {name: declared}
    if not isinstance(declared, dict):
        return {}
    pairs = ((str(program).rpartition("/")[2], file) for program, file in declared.items())
    return {
        program: file
        for program, file in pairs
        if isinstance(file, str) and file and _PROGRAM.fullmatch(program) and ".." not in file.split("/")
    }


def is_built(manifest_of: Mapping[str, Any]) -> bool:
    """Whether a package has scripts that run when it is installed, and may change it."""
    scripts = manifest_of.get("scripts")
    return isinstance(scripts, dict) and not scripts.keys().isdisjoint(INSTALL_SCRIPTS)


def _packages(path: str) -> Mapping[str, Any] | None:
    packages = (json_object(path) or {}).get("packages")
    return packages if isinstance(packages, dict) else None


def _made(packages: Mapping[str, Any], *, certain: bool) -> Iterator[Package]:
    for place, entry in packages.items():
        if f"{MODULES}/" not in place or not isinstance(entry, dict):
            continue  # the project itself, or a member of its workspace
        left_out = any(entry.get(key) for key in ("optional", "devOptional", "dev", "peer", "extraneous"))
        name = place.rpartition(f"{MODULES}/")[2]
        yield Package(
            place=place,
            version=entry.get("version"),
            integrity=str(entry.get("integrity") or ""),
            bin=programs(entry, name),
            link=bool(entry.get("link")),
            built=bool(entry.get("hasInstallScript")),
            needed=certain or not left_out,
        )


def _lying(root: str, above: str) -> Iterator[Package]:
    for name in _names(os.path.join(root, above, MODULES)):
        place = f"{above}{MODULES}/{name}"
        folder = os.path.join(root, *place.split("/"))
        if os.path.islink(folder):
            continue
        found = manifest(folder) or {}
        version = found.get("version")
        yield Package(
            place=place,
            version=version if isinstance(version, str) else None,
            bin=programs(found, name),
            built=is_built(found),
            wants=_wants(found),
        )
        if os.path.isdir(os.path.join(folder, MODULES)):
            yield from _lying(root, f"{place}/")


def _wants(found: Mapping[str, Any]) -> tuple[str, ...]:
    needed, optional = found.get("dependencies"), found.get("optionalDependencies")
    if not isinstance(needed, dict):
        return ()
    return tuple(name for name in needed if not isinstance(optional, dict) or name not in optional)


def _names(modules: str) -> Iterator[str]:
    """The packages in one `node_modules`: those of a scope lie one folder deeper."""
    try:
        entries = sorted(os.listdir(modules))
    except OSError:
        return
    for entry in entries:
        if entry.startswith("@"):
            try:
                inside = sorted(os.listdir(os.path.join(modules, entry)))
            except OSError:
                continue
            yield from (f"{entry}/{name}" for name in inside if not name.startswith("."))
        elif not entry.startswith("."):
            yield entry
