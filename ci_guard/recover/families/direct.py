"""pnpm, yarn and bun: whether what the project itself asks for is there, with links to its programs.

A plain second run made every measured state of yarn whole, so nothing of it is taken away. What they may
leave out behind exit 0 are links in `.bin` (pnpm's `Failed to create bin`, bun's `skipping bin links`; of
the links for packages among themselves pnpm says nothing). Where bun cannot move an old package away it
writes the new one over it, without a word: each is compared with bun's own cache.
Source: pnpm's manual, "node_modules structure"; yarn's, "Plug'n'Play"; bun's, "bun install".
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from ci_guard.dataclass import dataclass
from ci_guard.machine.held import open_patiently
from ci_guard.model.history import Fault, Repair, RepairAction
from ci_guard.recover.family import (
    Installation,
    Owed,
    RepairOutcome,
    Step,
    Survey,
    Surveyed,
    Trail,
    taken_away,
)
from ci_guard.recover.json_object import json_object
from ci_guard.recover.node import bun_cache
from ci_guard.recover.node.tree import MODULES, global_tree, is_built, manifest, programs
from ci_guard.recover.removal import remove_file, remove_tree

INSTALL = frozenset({
    "install", "i", "add", "a", "ci", "update", "up", "upgrade", "remove", "rm", "unlink", "link", "import",
    "rebuild", "dedupe", "prune",
})  # fmt: skip
# what has them installs nothing, something else, or in another place
NOT_HERE = frozenset({
    "--no-bin-links", "--lockfile-only", "--dry-run", "--help", "-h", "--dir", "-C", "--cwd", "--prefix",
    "--filter", "-F", "--filter-prod", "--modules-dir", "--modules-folder", "--virtual-store-only", "--mode",
})  # fmt: skip
STORE, STORE_NOTE = ".pnpm", "lock.yaml"  # of pnpm
PLUG_AND_PLAY = (".pnp.cjs", ".pnp.js")
PNP_DATA = b"packageRegistryData"  # every loader has it
WINDOWS_SHIMS = ((".cmd",), (".exe", ".bunx"))  # of npm's kind, or bun's


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectDependencies(Surveyed):
    """What a project's `package.json` asks for; nothing below it is looked at."""

    root: str
    production: bool  # without the packages for development
    cache: str | None = None  # bun's

    @property
    def folder(self) -> str:
        """The folder of the packages."""
        return os.path.join(self.root, MODULES)

    @property
    def folders(self) -> tuple[str, ...]:
        """The folders that are written to."""
        return tuple(each for each in (self.folder, os.path.join(self.folder, ".bin")) if os.path.isdir(each))

    def survey(self, trail: Trail) -> Survey:
        """Look for the packages, and for the links of their programs."""
        loader = next((each for each in self._loaders() if os.path.isfile(each)), None)
        if loader is not None:
            faults = tuple(_loader_faults(loader))
            return Survey(files=1, faults=faults if trail.touched(loader) else (), warnings=())
        names = list(_wanted(self.root, production=self.production))
        mixed = [fault for _, found in self._mixed(trail) for fault in found]
        faults = (*(fault for name in names for fault in self._package(name)), *mixed, *self._hoisted(trail))
        fresh = trail.touched(self.folder) or trail.touched(os.path.join(self.folder, ".bin"))
        there = os.path.isdir(self.folder)
        judged = ((fault, fresh) for fault in faults)
        return Survey.of(names, judged, examined=there)

    def repair(self, trail: Trail) -> Iterator[RepairOutcome]:
        """Take away what bun has mixed up, and pnpm's note that all is there where a link of its own is not.

        Else nothing, since the same command writes what is missing.
        """
        hoisted = next(self._hoisted(trail), None)
        note = os.path.join(self._store(), STORE_NOTE)
        if hoisted is not None:
            reason = f"says that all is installed, but `{hoisted.path}` is missing"
            repair = Repair(action=RepairAction.REMOVE, target=note, project=None, reason=reason)
            yield from taken_away(partial(remove_file, note), repair, Owed(path=note))
        for folder, faults in self._mixed(trail):
            fault = faults[0]
            reason = f"left half done: {os.path.relpath(fault.path or folder, folder)} {fault.what}"
            repair = Repair(action=RepairAction.REMOVE, target=folder, project=fault.project, reason=reason)
            yield from taken_away(partial(remove_tree, folder), repair, Owed(path=folder))

    def _store(self) -> str:
        return os.path.join(self.folder, str(_modules_note(self.folder).get("virtualStoreDir", STORE)))

    def _hoisted(self, trail: Trail) -> Iterator[Fault]:
        """The programs that pnpm lets packages see although they do not ask for them."""
        place = os.path.join(self._store(), MODULES)
        aliases = _modules_note(self.folder).get("hoistedDependencies")
        if not isinstance(aliases, dict) or not trail.touched(place):
            return
        for hoisted in aliases.values():
            for name, where in hoisted.items() if isinstance(hoisted, dict) else ():
                folder = os.path.join(place, *name.split("/"))
                if where == "private" and not is_built(manifest(folder) or {}):
                    yield from _links(name, folder, os.path.join(place, ".bin"))

    def _mixed(self, trail: Trail) -> Iterator[tuple[str, list[Fault]]]:
        """The packages that bun has written in this run, and that are not what its cache holds."""
        if self.cache is None or "patchedDependencies" in (manifest(self.root) or {}):
            return
        for package in global_tree(self.root):
            folder = os.path.join(self.root, *package.place.split("/"))
            if package.built or not trail.touched(folder):
                continue
            faults = list(bun_cache.compared(self.cache, package, folder))
            if faults:
                yield folder, faults

    def _loaders(self) -> Iterator[str]:
        return (os.path.join(self.root, name) for name in PLUG_AND_PLAY)

    def _package(self, name: str) -> Iterator[Fault]:
        folder = os.path.join(self.folder, *name.split("/"))
        path = os.path.join(folder, "package.json")
        found = manifest(folder)
        if found is None and not os.path.lexists(folder) and _modules_note(self.folder):
            return  # pnpm has its reasons: an override with "-", a package for another system
        if found is None:
            yield Fault(project=name, path=path, what="cut off" if os.path.exists(path) else "missing")
            return
        yield from _links(name, folder, os.path.join(self.folder, ".bin"))


def _links(name: str, folder: str, links: str) -> Iterator[Fault]:
    """The links to the programs of a package that are missing in a folder of links."""
    for program, file in programs(manifest(folder) or {}, name).items():
        if os.path.exists(os.path.join(folder, *file.split("/"))):  # else it gets no link
            link = os.path.join(links, *program.split("/"))
            if os.name == "nt":
                if not any(all(os.path.exists(link + end) for end in ends) for ends in WINDOWS_SHIMS):
                    yield Fault(project=name, path=link, what="missing")
            elif not os.path.exists(link):
                yield Fault(project=name, path=link, what="missing")
            elif not os.access(link, os.X_OK):
                yield Fault(project=name, path=link, what="not executable")


def _modules_note(modules: str) -> Mapping[str, Any]:
    """What pnpm notes of its `node_modules`; nothing of another tool's, or of an old pnpm's."""
    return json_object(os.path.join(modules, ".modules.yaml")) or {}


class Direct:
    """The family of pnpm, yarn and bun."""

    programs: frozenset[str] = frozenset({"pnpm", "yarn", "bun"})

    def find_installations(self, step: Step, _trail: Trail) -> Iterable[Installation]:
        """The project that the command installs; yarn does so without a word, too."""
        words = [word for word in step.words if not word.startswith("-")]
        installs = (not words and step.name == "yarn") or bool(words and words[0] in INSTALL)
        everywhere = {"-g", "--global"} & {*step.words} or words[:1] == ["global"]
        elsewhere = NOT_HERE & {word.partition("=")[0] for word in step.words}
        root = _project(step.directory)
        if installs and not everywhere and not elsewhere and root is not None:
            asked = {"--prod", "-P", "--production", "-p", "--omit=dev"} & {*step.words}
            production = bool(asked) or step.environment.get("NODE_ENV") == "production"
            cache = bun_cache.folder(step.environment) if step.name == "bun" else None
            yield DirectDependencies(root=root, production=production, cache=cache)


def _project(directory: str) -> str | None:
    folder = os.path.abspath(directory)
    while not os.path.isfile(os.path.join(folder, "package.json")):
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent
    return folder


def _wanted(root: str, *, production: bool) -> Iterator[str]:
    found = manifest(root) or {}
    optional = found.get("optionalDependencies")
    for key in ("dependencies",) if production else ("dependencies", "devDependencies"):
        names = found.get(key)
        if isinstance(names, dict):
            yield from (name for name in names if not isinstance(optional, dict) or name not in optional)


def _loader_faults(loader: str) -> Iterator[Fault]:
    try:
        with open_patiently(loader, "rb") as file:
            whole = PNP_DATA in file.read() if os.path.getsize(loader) else False
    except OSError:
        whole = False
    if not whole:
        yield Fault(project=None, path=loader, what="cut off")
