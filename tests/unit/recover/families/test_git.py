"""Real repositories with what git leaves when it may not replace a file: found, mended, and nothing else."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from ci_guard.model.history import RepairAction
from ci_guard.recover.beginning import Beginning
from ci_guard.recover.families.git import Git
from ci_guard.recover.family import Installation, Step, Trail
from unit.recover.drive import mended

GIT = shutil.which("git")
pytestmark = pytest.mark.skipif(GIT is None, reason="there is no git on this machine")


@dataclass
class Repository:
    """A repository with two commits: `keep.txt` changes, `gone.txt` goes, `new.txt` comes."""

    root: Path

    @property
    def environment(self) -> dict[str, str]:
        who = {
            f"GIT_{role}_{what}": value
            for role in ("AUTHOR", "COMMITTER")
            for what, value in (("NAME", "Demo"), ("EMAIL", "demo@example.invalid"))
        }
        return {**os.environ, **who, "GIT_CONFIG_NOSYSTEM": "1", "HOME": str(self.root.parent)}

    def git(self, *words: str) -> str:
        done = subprocess.run(
            [GIT or "git", "-C", str(self.root), *words],
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    def write(self, name: str, text: str) -> Path:
        (self.root / name).write_text(text, "utf-8", newline="\n")
        return self.root / name

    def installation(self, *words: str, directory: Path | None = None) -> Installation:
        step = Step(
            name="git",
            program=GIT or "git",
            words=words,
            environment=self.environment,
            directory=str(directory or self.root),
        )
        (found,) = Git().find_installations(step, failed())
        return found


def failed(*paths: Path) -> Trail:
    """A run that has begun before all files, and whose failure named these."""
    return Trail(beginning=Beginning(0.0, 0.0), paths=tuple(map(str, paths)) or ("/named/by/git",))


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "work")
    made.root.mkdir()
    made.git("init", "-q", "-b", "main")
    made.git("config", "core.autocrlf", "false")
    made.write("keep.txt", "old\n")
    made.write("gone.txt", "gone\n")
    made.write("mine.txt", "theirs\n")
    made.git("add", "-A")
    made.git("commit", "-q", "-m", "old")
    made.git("branch", "old")
    made.write("keep.txt", "new\n")
    made.write("new.txt", "new\n")
    (made.root / "gone.txt").unlink()
    made.git("add", "-A")
    made.git("commit", "-q", "-m", "new")
    return made


def test_a_clean_tree_has_no_fault(repository: Repository) -> None:
    found = repository.installation("checkout", "main").verify(failed())

    assert (found.examined, found.faults, found.warnings) == (True, (), ())


def test_old_content_under_a_new_head_is_found_and_given_back(repository: Repository) -> None:
    stale = repository.write("keep.txt", "old\n")
    left = repository.write("gone.txt", "gone\n")
    installation = repository.installation("checkout", "main")

    faults = {fault.path: fault.what for fault in installation.verify(failed()).faults}
    actions = {repair.target: repair.action for repair in mended(installation, failed()).repairs}

    assert faults == {str(stale): "has the content of another commit", str(left): "should be gone"}
    assert actions == {str(stale): RepairAction.RESTORE, str(left): RepairAction.REMOVE}
    assert (stale.read_text("utf-8"), left.exists()) == ("new\n", False)
    assert repository.git("status", "--porcelain") == ""


def test_what_people_have_written_stays_as_it_is(repository: Repository) -> None:
    mine = repository.write("mine.txt", "mine\n")
    other = repository.write("gone.txt", "made anew by somebody\n")
    installation = repository.installation("checkout", "main")

    assert installation.verify(failed()).faults == ()
    assert mended(installation, failed()).repairs == ()
    assert (mine.read_text("utf-8"), other.read_text("utf-8")) == ("mine\n", "made anew by somebody\n")


def test_a_merge_that_stopped_halfway_is_undone_file_by_file(repository: Repository, tmp_path: Path) -> None:
    behind = Repository(tmp_path / "behind")
    repository.git("clone", "-q", str(repository.root), str(behind.root))
    behind.git("reset", "-q", "--hard", "origin/old")
    behind.git("fetch", "-q", "origin", "main")
    behind.write("keep.txt", "new\n")
    behind.write("mine.txt", "mine\n")
    (behind.root / "gone.txt").unlink()

    mended(behind.installation("pull"), failed())

    assert (behind.root / "keep.txt").read_text("utf-8") == "old\n"
    assert (behind.root / "gone.txt").exists()
    assert (behind.root / "mine.txt").read_text("utf-8") == "mine\n"


def test_a_lock_file_of_a_git_that_is_gone_is_removed(repository: Repository) -> None:
    lock = repository.write(".git/index.lock", "")

    repairs = mended(repository.installation("checkout", "main"), failed()).repairs

    assert [repair.target for repair in repairs] == [str(lock)]
    assert not lock.exists()


class _Untouched(Beginning):
    def touched(self, path: str) -> bool:
        return False


def test_a_lock_file_that_was_there_before_stays(repository: Repository) -> None:
    lock = repository.write(".git/index.lock", "")

    mended(repository.installation("checkout", "main"), Trail(beginning=_Untouched(0.0, 0.0)))

    assert lock.exists()


def test_a_half_clone_of_this_run_is_taken_away_and_owed(repository: Repository, tmp_path: Path) -> None:
    half = tmp_path / "half"
    (half / ".git").mkdir(parents=True)
    installation = repository.installation("clone", str(repository.root), "half", directory=tmp_path)

    mending = mended(installation, failed())

    assert [repair.target for repair in mending.repairs] == [str(half)]
    assert [owed.path for owed in mending.owed] == [str(half)]
    assert not half.exists()


def test_a_folder_that_was_there_before_the_clone_stays(repository: Repository, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    installation = repository.installation("clone", str(repository.root), "there", directory=tmp_path)

    assert mended(installation, Trail(beginning=_Untouched(0.0, 0.0))).repairs == ()
    assert (tmp_path / "there").exists()


def test_a_clone_that_lacks_a_file_is_not_whole(repository: Repository, tmp_path: Path) -> None:
    repository.git("clone", "-q", str(repository.root), str(tmp_path / "copy"))
    (tmp_path / "copy" / "keep.txt").unlink()
    installation = repository.installation("clone", str(repository.root), "copy", directory=tmp_path)

    assert [fault.what for fault in installation.verify(failed()).faults] == ["missing"]


@pytest.mark.parametrize(
    ("words", "folder"),
    [
        ("clone https://git.example/inner/riga.git", "riga"),
        ("clone --depth 1 -b main https://git.example/riga", "riga"),
        ("clone git@git.example:riga.git", "riga"),
        ("-c http.sslVerify=true clone https://git.example/riga.git/", "riga"),
        ("-C sub clone ../riga other", "sub/other"),
        ("clone -- https://git.example/riga.git there", "there"),
    ],
)
def test_where_a_clone_goes(tmp_path: Path, words: str, folder: str) -> None:
    step = Step(
        name="git", program="git", words=tuple(words.split()), environment={}, directory=str(tmp_path)
    )

    (found,) = Git().find_installations(step, failed())

    assert Path(found.folder) == tmp_path / folder


@pytest.mark.parametrize(
    "words", ["status", "push origin main", "clone --bare x", "commit -m x", "", "--version"]
)
def test_what_changes_no_working_tree_is_left_alone(repository: Repository, words: str) -> None:
    step = Step(
        name="git",
        program="git",
        words=tuple(words.split()),
        environment=repository.environment,
        directory=str(repository.root),
    )

    assert list(Git().find_installations(step, failed())) == []


def test_a_folder_given_with_c_is_where_git_works(repository: Repository, tmp_path: Path) -> None:
    below = repository.root / "below"
    below.mkdir()

    found = repository.installation("-C", "work", "-C", "below", "checkout", "main", directory=tmp_path)

    assert Path(found.folder) == repository.root
