"""Questions to git about one working tree, and the two answers to it that lose nothing.

Every file that is written or removed is proved to be git's own: its bytes are those that HEAD or the fetched
commit has had at this path, so git can give them back at any time.
"""

import os
from collections.abc import Iterable, Mapping, Sequence

from ci_guard.dataclass import dataclass
from ci_guard.machine.held import open_patiently
from ci_guard.recover.ask import ask

ASK_SECONDS = 60.0
REFLOG_LINES = 8  # a command moves HEAD once or twice, and it may have been tried some times
HEADS = ("HEAD", "ORIG_HEAD", "FETCH_HEAD", "MERGE_HEAD")
GITLINK = "160000"
MISSING = "D"


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """One working tree. Every question has an empty answer if git cannot say."""

    git: str  # the program
    root: str  # the top of the working tree
    environment: Mapping[str, str]
    wanted: tuple[str, ...] = ()  # words of the command, of which some may name a commit

    @property
    def folder(self) -> str:
        """The folder `.git`, or the one that a file of that name points to; "" without one."""
        answer = self._ask("rev-parse", "--absolute-git-dir").strip()
        return os.path.normpath(answer) if answer else ""

    def differing(self) -> list[tuple[str, str]]:
        """Files that are not as the index has them: the status letter, and the path from the top."""
        words = self._list(
            "diff", "--name-status", "--no-renames", "--no-ext-diff", "--ignore-submodules=all", "-z"
        )
        return list(zip(words[::2], words[1::2], strict=False))

    def submodules(self) -> list[str]:
        """The paths of submodules."""
        rows = (row.partition("\t") for row in self._list("ls-files", "--stage", "-z"))
        return [path for mode, _, path in rows if mode.startswith(GITLINK)]

    def only_in(self, one: str, other: str) -> list[str]:
        """Files that the first commit has and the second has not."""
        return self._list("diff", "--name-only", "--no-renames", "--diff-filter=D", "-z", one, other)

    def commits(self) -> tuple[str, ...]:
        """What HEAD is, was of late and was to be: each an object id, that of HEAD first."""
        names = (*HEADS, *self.wanted, *(f"refs/remotes/origin/{word}" for word in self.wanted))
        found = [
            self._ask("rev-parse", "--quiet", "--verify", f"{name}^{{commit}}").strip() for name in names
        ]
        try:
            with open_patiently(
                os.path.join(self.folder, "logs", "HEAD"), encoding="utf-8", errors="replace"
            ) as file:
                lines = file.readlines()[-REFLOG_LINES:]
        except OSError:
            lines = []
        found += [word for line in reversed(lines) for word in line.split(" ", 2)[:2]]
        return tuple(dict.fromkeys(each for each in found if each.strip("0")))

    def is_of(self, path: str, commits: Iterable[str]) -> bool:
        """Whether the file on disk has the bytes that one of these commits has at its path."""
        there = self._ask("hash-object", f"--path={path}", "--", path).strip()
        return bool(there) and any(there == self.blob(path, commit) for commit in commits)

    def blob(self, path: str, commit: str) -> str:
        """The object id of a file in a commit."""
        return self._ask("rev-parse", "--quiet", "--verify", f"{commit}:{path}").strip()

    def in_index(self, path: str) -> bool:
        """Whether the index has this path."""
        return bool(self._ask("ls-files", "--", path))

    def write_from_index(self, paths: Sequence[str]) -> bool:
        """Give files the content that the index has; whether git did."""
        return self._run("checkout-index", "--force", "--index", "--", *paths) is not None

    def _list(self, *words: str) -> list[str]:
        return [each for each in self._ask(*words).split("\0") if each]

    def _ask(self, *words: str) -> str:
        return self._run("--no-optional-locks", *words) or ""

    def _run(self, *words: str) -> str | None:
        told = ask(
            [self.git, "-c", "core.fsmonitor=false", "-c", "core.quotePath=false", *words],
            environment=self.environment,
            seconds=ASK_SECONDS,
            directory=self.root,
        )
        return os.fsdecode(told) if told is not None else None
