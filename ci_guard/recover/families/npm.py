"""npm, npx and `npm -g`: which `node_modules` a command line works on, and what npm puts back.

A second `npm install` says "up to date" over half packages, since it believes its own note,
`node_modules/.package-lock.json`, and the folders' names. So the repair takes away exactly the broken
packages and that note. `npm ci` removes everything by itself. A folder of npx is its cache: removed whole.
Source: npm's manual, "npm install", "npm ci", "npm exec", "folders"; npm/cli workspaces/libnpmexec.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator
from enum import Enum, auto
from functools import partial

from ci_guard.dataclass import dataclass
from ci_guard.model.history import Repair, RepairAction
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
from ci_guard.recover.node.log import refused
from ci_guard.recover.node.settings import Settings
from ci_guard.recover.node.survey import Tree, examine
from ci_guard.recover.node.tree import HIDDEN, MODULES, global_tree, manifest, read_tree
from ci_guard.recover.removal import remove_file, remove_tree

REGISTRY = "https://registry.npmjs.org"
HASH_LENGTH = 16
NPX_LOCK = "concurrency.lock"
# with the aliases and the misspellings that npm takes (npm/cli lib/utils/cmd-list.js)
CLEAN = frozenset({
    "ci", "clean-install", "ic", "install-clean", "isntall-clean", "cit", "install-ci-test", "sit",
})  # fmt: skip
INSTALL = frozenset({
    "install", "add", "i", "in", "ins", "inst", "insta", "instal", "isnt", "isnta", "isntal", "isntall", "it",
    "install-test", "update", "up", "upgrade", "udpate", "dedupe", "ddp", "link", "ln", "rebuild", "rb",
    "prune", "uninstall", "remove", "rm", "un", "unlink",
})  # fmt: skip
EXECUTE = frozenset(("exec", "x"))
VALUE_OPTIONS = frozenset({
    "--prefix", "-C", "--cache", "--registry", "--userconfig", "--loglevel", "--workspace", "-w", "--omit",
    "--include", "--call", "-c",
})  # fmt: skip


class PutsBack(Enum):
    """What the same command makes again when it is gone."""

    EVERYTHING = auto()  # it begins by removing everything itself
    PACKAGES = auto()
    FOLDER = auto()  # npm's own cache of what npx ran


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeModules(Surveyed):
    """One `node_modules` folder, of a project, of npx or of npm's global prefix."""

    root: str  # the folder that `node_modules` is in
    settings: Settings
    puts_back: PutsBack
    global_programs: str | None = None

    @property
    def folder(self) -> str:
        """The folder of the packages."""
        return os.path.join(self.root, MODULES)

    @property
    def folders(self) -> tuple[str, ...]:
        """The folders that npm writes to."""
        programs = self.global_programs or os.path.join(self.folder, ".bin")
        return tuple(each for each in (self.folder, programs) if os.path.isdir(each))

    @property
    def locks(self) -> tuple[str, ...]:
        """The folder by which npx keeps others of its kind out (libnpmexec/lib/index.js); npm takes none."""
        return (os.path.join(self.root, NPX_LOCK),) if self.puts_back is PutsBack.FOLDER else ()

    def survey(self, trail: Trail) -> Survey:
        """Compare what is there with what npm believes to have installed, and with its cache."""
        tree = self._tree(trail)
        found = list(examine(tree, trail.touched))
        known = {package.name for package in tree.packages}
        whole = {each.package.name for each in found if not each.faults}
        return Survey(
            examined=bool(tree.packages) or os.path.isdir(self.folder),
            packages=len(tree.packages),
            files=sum(each.files for each in found),
            # what npm no longer wants, it will not put back
            there=frozenset(whole | (trail.repaired - known)),
            faults=tuple(fault for each in found for fault in each.faults),
            warnings=tuple(fault for each in found for fault in each.warnings),
        )

    def repair(self, trail: Trail) -> Iterator[RepairOutcome]:
        """Take away npm's note that all is installed, and the packages that are broken.

        In this order: with the note npm would not put back what is gone.
        """
        if self.puts_back is PutsBack.EVERYTHING:
            return
        if self.puts_back is PutsBack.FOLDER:
            yield from self._remove_folder(trail)
            return
        tree = self._tree(trail)
        broken = [each for each in examine(tree, trail.touched) if each.faults]
        if broken:
            remove_file(os.path.join(self.folder, HIDDEN))
        for each in broken:
            folder, name, fault = tree.folder(each.package), each.package.name, each.faults[0]
            what = f"{os.path.relpath(fault.path, self.root)} {fault.what}" if fault.path else fault.what
            reason = f"left half done: {what}"
            repair = Repair(action=RepairAction.REMOVE, target=folder, project=name, reason=reason)
            yield from taken_away(partial(remove_tree, folder), repair, Owed(path=folder, project=name))

    def _tree(self, trail: Trail) -> Tree:
        named = refused(self.settings.logs, trail.touched)
        lying = self.global_programs is not None
        packages = None if lying else read_tree(self.root)
        return Tree(
            root=self.root,
            packages=global_tree(self.root) if packages is None else packages,
            cache=self.settings.cache,
            refused=frozenset((*named, *trail.paths)),
            links_programs=self.settings.switch("bin-links", default=True),
            global_programs=self.global_programs,
            registry=self.settings.text("registry", REGISTRY) if packages is None else "",
        )

    def _remove_folder(self, trail: Trail) -> Iterator[RepairOutcome]:
        if trail.touched(self.root) or trail.touched(self.folder):
            reason = "a cache of npx, left by an attempt that failed"
            repair = Repair(action=RepairAction.REMOVE, target=self.root, project=None, reason=reason)
            yield from taken_away(partial(remove_tree, self.root), repair, Owed(path=self.root))


class Npm:
    """The family of npm and npx."""

    programs: frozenset[str] = frozenset({"npm", "npx"})

    def find_installations(self, step: Step, _trail: Trail) -> Iterable[Installation]:
        """The `node_modules` of `npm WORDS...`."""
        words, command = _command(step)
        if command is None:
            return
        settings = Settings(words, step.environment, step.directory)
        if command in EXECUTE:
            yield from _npx(words, settings)
        elif settings.switch("global") or settings.text("location") == "global":
            yield from _global(settings, step)
        else:
            below = settings.text("prefix") if "--prefix" in " ".join(words) or "-C" in words else ""
            directory = os.path.join(step.directory, below)
            puts_back = PutsBack.EVERYTHING if command in CLEAN else PutsBack.PACKAGES
            for root in _projects(directory):
                local = Settings(words, step.environment, root)
                yield NodeModules(root=root, settings=local, puts_back=puts_back)


def _command(step: Step) -> tuple[list[str], str | None]:
    """The words, and the sub-command among them that installs; None if none does."""
    words = list(step.words)
    if step.name == "npx":
        return words, "exec"
    known = CLEAN | INSTALL | EXECUTE
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word in VALUE_OPTIONS:
            skip = True
        elif not word.startswith("-"):
            return words, word if word in known else None
    return words, None


def _projects(directory: str) -> Iterator[str]:
    """The project that npm takes for the current one, and the workspace that it is a member of."""
    above = os.path.abspath(directory)
    found = None
    while True:
        is_project = os.path.isfile(os.path.join(above, "package.json"))
        if found is None and (is_project or os.path.isdir(os.path.join(above, MODULES))):
            found = above
            yield above
        elif found is not None and is_project and (manifest(above) or {}).get("workspaces"):
            yield above
            return
        parent = os.path.dirname(above)
        if parent == above:
            return
        above = parent


def _global(settings: Settings, step: Step) -> Iterator[NodeModules]:
    prefix = settings.text("prefix") or _prefix_of(step.program, step)
    if not prefix:
        return
    windows = os.name == "nt"
    root = prefix if windows else os.path.join(prefix, "lib")
    programs = prefix if windows else os.path.join(prefix, "bin")
    yield NodeModules(root=root, settings=settings, puts_back=PutsBack.PACKAGES, global_programs=programs)


def _prefix_of(npm: str, step: Step) -> str:
    """The default of npm's `prefix`: on Windows a folder of the user, else what Node.js is installed in."""
    if os.name == "nt":
        roaming = step.environment.get("APPDATA")
        return os.path.join(roaming, "npm") if roaming else ""
    return os.path.dirname(os.path.dirname(os.path.abspath(npm)))


def _npx(words: list[str], settings: Settings) -> Iterator[NodeModules]:
    """The folder in npm's cache for the packages that the words ask for; named by them."""
    wanted = _wanted(words)
    if not wanted:
        return
    text = "\n".join(sorted(wanted, key=str.casefold))
    name = hashlib.sha512(text.encode()).hexdigest()[:HASH_LENGTH]
    root = os.path.join(settings.cache, "_npx", name)
    if os.path.isdir(root):
        yield NodeModules(root=root, settings=settings, puts_back=PutsBack.FOLDER)


def _wanted(words: list[str]) -> list[str]:
    """The packages of `npx -p A -p B program` or `npx A ...`."""
    packages: list[str] = []
    left = iter(words[1:] if words[:1] and words[0] in EXECUTE else words)
    for word in left:
        if word in ("-p", "--package"):
            packages.append(next(left, ""))
        elif word.startswith("--package="):
            packages.append(word.partition("=")[2])
        elif word in VALUE_OPTIONS:
            next(left, None)
        elif word == "--":
            return packages or list(left)[:1]
        elif not word.startswith("-"):
            return packages or [word]
    return packages
