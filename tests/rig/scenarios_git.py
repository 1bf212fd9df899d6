"""The checkouts by git that the sweep disturbs; the repository that they come from lies beside them."""

import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rig import compare
from rig.few_programs import BarePlace
from rig.scenarios import COMMAND_SECONDS, Place, Scenario, absent

FOLDERS = ("", "src/", "src/deep/", "tools/")
FILES = 4  # in each folder
PROGRAMS = ("git", "sh", "sed", "basename", "dirname", "uname", "cat", "env", "rm", "mv", "mkdir")
GIT = Path(shutil.which("git") or "git").resolve()


class GitPlace(BarePlace):
    """A repository to fetch from, and the folder that is checked out from it."""

    NAMES = PROGRAMS

    @property
    def origin(self) -> Path:
        """The repository to fetch from: `main` has two commits, `old` is the first of them."""
        return self.state / "origin"

    @property
    def checkout(self) -> Path:
        """The working tree that most scenarios begin with."""
        return self.project / "checkout"

    def variables(self) -> dict[str, str]:
        return {
            **super().variables(),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_COUNT": "2",
            "GIT_CONFIG_KEY_0": "protocol.file.allow",
            "GIT_CONFIG_VALUE_0": "always",
            "GIT_CONFIG_KEY_1": "gc.auto",
            "GIT_CONFIG_VALUE_1": "0",
            **{f"GIT_{who}_NAME": "Demo" for who in ("AUTHOR", "COMMITTER")},
            **{f"GIT_{who}_EMAIL": "demo@example.invalid" for who in ("AUTHOR", "COMMITTER")},
            **{f"GIT_{who}_DATE": "2024-01-01T00:00:00Z" for who in ("AUTHOR", "COMMITTER")},
        }

    def git(self, *words: str | Path, folder: Path | None = None) -> None:
        """Run git in a folder; it must pass."""
        self.run(GIT, "-C", folder or self.project, *words)


@dataclass(frozen=True, slots=True, kw_only=True)
class GitScenario(Scenario):
    """One command of git; its result is the working tree, what HEAD is, and what git says is different."""

    folder: str = "checkout"  # in the project
    submodule: bool = False

    def lacking(self) -> str | None:
        return absent(PROGRAMS)

    def place(self, root: Path, wheels: Path) -> GitPlace:
        return GitPlace(root, wheels)

    def real(self, place: Place) -> list[str | Path]:
        return [GIT]

    def snapshot(self, place: Place) -> dict[str, bytes]:
        tree = place.project / self.folder
        found = compare.snapshot(tree, {}, ignored=(".git",)) if tree.is_dir() else {}
        found.pop(".git", None)
        for words in ("rev-parse HEAD", "status --porcelain", "submodule status"):
            found[words] = self._ask(place, *words.split())
        return found

    def speaks(self, place: Place) -> bool:
        return self._ask(place, "fsck", "--connectivity-only") != b""

    def _ask(self, place: Place, *words: str) -> bytes:
        tree = place.project / self.folder
        done = subprocess.run(
            [GIT, "-C", tree, *words], env=place.variables(), capture_output=True, timeout=COMMAND_SECONDS
        )
        return f"{done.returncode}\n".encode() + done.stdout if done.returncode == 0 else b""


def _commit(place: GitPlace, folder: Path, text: str, *, first: bool) -> None:
    for below in FOLDERS:
        (folder / below).mkdir(parents=True, exist_ok=True)
        for number in range(FILES):
            (folder / f"{below}f{number}.txt").write_text(f"{text} {below}{number}\n", "utf-8")
    program = folder / "tools" / "run.sh"
    program.write_text(f"#!/bin/sh\necho {text}\n", "utf-8")
    program.chmod(0o755)
    gone = folder / "src" / "legacy.txt"
    gone.write_text(f"{text}\n", "utf-8") if first else gone.unlink()
    place.git("add", "-A", folder=folder)
    place.git("commit", "-q", "-m", text, folder=folder)


def _origin(place: Place) -> GitPlace:
    assert isinstance(place, GitPlace)
    place.origin.mkdir()
    place.git("init", "-q", "-b", "main", folder=place.origin)
    _commit(place, place.origin, "old", first=True)
    place.git("branch", "old", folder=place.origin)
    _commit(place, place.origin, "new", first=False)
    return place


def _cloned_old(place: Place) -> GitPlace:
    """A clone on its `main`, which is behind that of the origin."""
    made = _origin(place)
    made.git("clone", "-q", made.origin, "checkout")
    made.git("reset", "-q", "--hard", "origin/old", folder=made.checkout)
    return made


def _behind(place: Place) -> None:
    """As after the last build: the origin has moved on since."""
    made = _cloned_old(place)
    made.git("update-ref", "refs/remotes/origin/main", "refs/remotes/origin/old", folder=made.checkout)


def _submodule(place: Place) -> None:
    """A clone whose submodule is not there yet."""
    made = _origin(place)
    above = made.state / "above"
    above.mkdir()
    made.git("init", "-q", "-b", "main", folder=above)
    made.git("submodule", "--quiet", "add", "--name", "inner", made.origin, "inner", folder=above)
    made.git("commit", "-q", "-m", "above", folder=above)
    made.git("clone", "-q", above, "checkout")


def _row(name: str, arguments: str, beginning: Callable[[Place], object]) -> GitScenario:
    def prepare(place: Place) -> None:
        beginning(place)

    return GitScenario(
        name=name, tool="git", arguments=tuple(arguments.split()), prepare=prepare, trees=(), program=""
    )


SCENARIOS: Sequence[GitScenario] = (
    _row("git clone", "clone --no-local ../origin checkout", _origin),
    _row("git checkout", "-C checkout checkout origin/main", _cloned_old),
    _row("git pull", "-C checkout pull --no-rebase", _behind),
    _row("git reset", "-C checkout reset --hard origin/main", _cloned_old),
    _row("git submodule", "-C checkout submodule update --init", _submodule),
)
