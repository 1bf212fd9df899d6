"""git: a half clone, a working tree with stale files, a lock file left by a git process that is gone.

git ends with 0 where it could not replace a file (`unable to unlink old`): old content under a new HEAD,
which the same command again leaves so. A working tree that was there is never reset: a file is written or
removed only where its bytes are proved to be git's own.
Source: git's manual, "git-checkout", "gitrepository-layout"; unpack-trees.c, entry.c, builtin/clone.c.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from functools import partial

from ci_guard.dataclass import dataclass
from ci_guard.model.history import Fault, Repair, RepairAction
from ci_guard.recover.family import (
    Installation,
    Owed,
    RepairOutcome,
    Step,
    Survey,
    Surveyed,
    Trail,
    noted,
    taken_away,
)
from ci_guard.recover.git.repository import MISSING, Repository
from ci_guard.recover.removal import remove_file, remove_tree

CHANGES = frozenset({"checkout", "switch", "pull", "merge", "reset", "restore", "rebase", "submodule"})
LOCKS = ("index.lock", "HEAD.lock", "ORIG_HEAD.lock", "config.lock", "packed-refs.lock", "shallow.lock")
GLOBAL_VALUES = frozenset({"-c", "--git-dir", "--work-tree", "--namespace", "--config-env", "--exec-path"})
CLONE_VALUES = frozenset({
    "-b", "--branch", "-o", "--origin", "-u", "--upload-pack", "--depth", "--reference",
    "--reference-if-able", "--separate-git-dir", "-j", "--jobs", "-c", "--config", "--template",
    "--shallow-since", "--shallow-exclude", "--filter",
    "--server-option", "--bundle-uri", "--revision", "--ref-format",
})  # fmt: skip
STALE = "has the content of another commit"
LEFT = "should be gone"
PROCESSES = "/proc"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingTree(Surveyed):
    """One working tree with its submodules."""

    repository: Repository
    made: bool  # by this command: a clone

    @property
    def folder(self) -> str:
        """The top of the working tree."""
        return self.repository.root

    @property
    def folders(self) -> tuple[str, ...]:
        """The folders that git writes to."""
        return tuple(each for each in (self.folder, os.path.join(self.folder, ".git")) if os.path.isdir(each))

    def survey(self, trail: Trail) -> Survey:
        """Look for files that are neither as the index has them nor anybody's but git's."""
        faults: list[Fault] = []
        warnings: list[Fault] = []
        for repository in self._repositories():
            for path, what, mine in _differences(repository, trail, failed=bool(trail.paths)):
                fault = Fault(project=None, path=os.path.join(repository.root, *path.split("/")), what=what)
                (faults if mine else warnings).append(fault)
        return Survey(examined=os.path.isdir(self.folder), faults=tuple(faults), warnings=tuple(warnings))

    def repair(self, trail: Trail) -> Iterator[RepairOutcome]:
        """Take away a clone that was half made; in a tree that was there, give git's own files back."""
        if self.made and _is_new(self.folder, trail):
            reason = "a clone that this run left half made"
            repair = Repair(action=RepairAction.REMOVE, target=self.folder, project=None, reason=reason)
            yield from taken_away(partial(remove_tree, self.folder), repair, Owed(path=self.folder))
            return
        for each in self._repositories():
            yield from noted(_repair(each, trail))

    def _repositories(self) -> Iterator[Repository]:
        if not self.repository.folder:
            return
        yield self.repository
        for path in self.repository.submodules():
            root = os.path.join(self.folder, *path.split("/"))
            if os.path.lexists(os.path.join(root, ".git")):
                yield Repository(git=self.repository.git, root=root, environment=self.repository.environment)


class Git:
    """The family of git."""

    programs: frozenset[str] = frozenset({"git"})

    def find_installations(self, step: Step, _trail: Trail) -> Iterable[Installation]:
        """The working tree that the command works on, or the one that it makes."""
        directory, words = _command(step)
        if not words:
            return
        environment = _neutral(step.environment)
        if words[0] == "clone":
            place = _cloned_to(words[1:])
            if place:
                root = os.path.normpath(os.path.join(directory, place))
                repository = Repository(git=step.program, root=root, environment=environment)
                yield WorkingTree(repository=repository, made=True)
        elif words[0] in CHANGES:
            top = _top(directory)
            if top is not None:
                wanted = tuple(word for word in words[1:] if not word.startswith("-"))
                repository = Repository(git=step.program, root=top, environment=environment, wanted=wanted)
                yield WorkingTree(repository=repository, made=False)


def _command(step: Step) -> tuple[str, list[str]]:
    """Where git works, and the sub-command with its words. Each `-C` counts from the one before."""
    directory, words = step.directory, list(step.words)
    while words and words[0].startswith("-"):
        word = words.pop(0)
        if word == "-C" and words:
            directory = os.path.join(directory, words.pop(0))
        elif word in GLOBAL_VALUES and words:
            words.pop(0)
    return os.path.normpath(directory), words


def _neutral(environment: Mapping[str, str]) -> dict[str, str]:
    """Questions are never answered in another language, nor by a pager or a prompt."""
    return {**environment, "LC_ALL": "C", "GIT_PAGER": "cat", "GIT_TERMINAL_PROMPT": "0"}


def _cloned_to(words: list[str]) -> str | None:
    """The folder that `git clone WORDS...` makes."""
    places: list[str] = []
    left = iter(words)
    for word in left:
        if word in CLONE_VALUES:
            next(left, None)
        elif word == "--":
            places += left
        elif word in ("--bare", "--mirror"):
            return None
        elif not word.startswith("-"):
            places.append(word)
    if len(places) > 1:
        return places[1]
    if not places:
        return None
    last = places[0].rstrip("/\\").removesuffix("/.git").replace("\\", "/").rpartition("/")[2]
    return last.rpartition(":")[2].removesuffix(".git").removesuffix(".bundle") or None


def _top(directory: str) -> str | None:
    folder = os.path.abspath(directory)
    while not os.path.lexists(os.path.join(folder, ".git")):
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent
    return folder


def _is_new(folder: str, trail: Trail) -> bool:
    """Whether nothing directly in the folder is older than the run."""
    try:
        names = os.listdir(folder)
    except OSError:
        return False
    return trail.touched(folder) and all(trail.touched(os.path.join(folder, name)) for name in names)


def _differences(repository: Repository, trail: Trail, *, failed: bool) -> Iterator[tuple[str, str, bool]]:
    """Path, what is wrong, and whether this run left it so; `failed`: whether git has told that it may be."""
    folder = repository.folder
    if not any(
        trail.touched(os.path.join(folder, name)) for name in ("", "index", "HEAD", "logs/HEAD", *LOCKS)
    ):
        return
    commits = repository.commits() if failed else ()
    for letter, path in repository.differing():
        whole = os.path.join(repository.root, *path.split("/"))
        if letter == MISSING:
            yield path, "missing", trail.touched(_existing(whole))
        else:
            yield path, STALE, repository.is_of(path, commits)
    for older in commits[1:]:
        for path in repository.only_in(older, commits[0]):
            there = os.path.lexists(os.path.join(repository.root, *path.split("/")))
            if there and not repository.in_index(path) and repository.is_of(path, (older,)):
                yield path, LEFT, True


def _repair(repository: Repository, trail: Trail) -> Iterator[Repair]:
    for name in LOCKS:
        path = os.path.join(repository.folder, name)
        if trail.touched(path) and not _in_use(repository.root) and remove_file(path):
            reason = "a lock file left by a git process that is gone"
            yield Repair(action=RepairAction.REMOVE, target=path, project=None, reason=reason)
    found = list(_differences(repository, trail, failed=True))
    stale = [path for path, what, mine in found if mine and what != LEFT]
    if stale and repository.write_from_index(stale):
        for path in stale:
            target = os.path.join(repository.root, *path.split("/"))
            yield Repair(
                action=RepairAction.RESTORE, target=target, project=None, reason="git left it as it was"
            )
    for path in dict.fromkeys(path for path, what, _ in found if what == LEFT):
        target = os.path.join(repository.root, *path.split("/"))
        if remove_file(target):
            yield Repair(action=RepairAction.REMOVE, target=target, project=None, reason="git left it there")


def _in_use(root: str) -> bool:
    """Whether a git works in this tree now; on Windows a lock file that is in use cannot be removed."""
    if os.name == "nt":
        return False
    if not os.path.isdir(PROCESSES):
        return True
    real = os.path.join(os.path.realpath(root), "")
    for name in os.listdir(PROCESSES):
        if not name.isdigit():
            continue
        try:
            with open(os.path.join(PROCESSES, name, "comm"), encoding="utf-8", errors="replace") as file:
                is_git = file.read().startswith("git")
            if is_git and os.path.join(os.readlink(os.path.join(PROCESSES, name, "cwd")), "").startswith(
                real
            ):
                return True
        except OSError:
            continue
    return False


def _existing(path: str) -> str:
    while not os.path.lexists(path) and os.path.dirname(path) != path:
        path = os.path.dirname(path)
    return path
