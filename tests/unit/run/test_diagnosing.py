"""Which file a message is about that names two: where a file comes from, and where it goes."""

import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from ci_guard.knowledge.load import load_knowledge
from ci_guard.model.category import Category
from ci_guard.model.history import Diagnosis
from ci_guard.model.process import Capture, Exit, Outcome, Stop
from ci_guard.run.diagnosing import diagnosis_of
from rig.holder import held

LOCK = (
    "Access is denied. (os error 5)" if sys.platform == "win32" else "Device or resource busy (os error 16)"
)
GONE = "File not found. (os error 2)"


class Nowhere:
    """A command whose line names no place."""

    named: tuple[str, ...] = ()

    def folders(self, _argv: Sequence[str]) -> Sequence[str]:
        return ()

    def directories(self, _argv: Sequence[str]) -> Sequence[str]:
        return self.named


class Somewhere(Nowhere):
    def __init__(self, *named: Path) -> None:
        self.named = tuple(map(str, named))


def diagnosed(
    directory: Path, source: Path, target: Path, words: str = LOCK, verb: str = "rename"
) -> Diagnosis:
    text = f"error: Failed to install: a\n  cause: failed to {verb} file from {source} to {target}: {words}"
    capture = Capture("stderr", text.encode(), b"", 0)
    outcome = Outcome(exit=Exit(code=2), started=0.0, duration=1.0, captures=(capture,))
    return diagnosis_of(outcome, ("uv", "sync"), load_knowledge(()), str(directory), Nowhere())


def path_of(diagnosis: Diagnosis) -> str | None:
    assert diagnosis.match is not None
    return diagnosis.match.path


def test_the_target_where_the_fresh_file_is_cleaned_away(tmp_path: Path) -> None:
    target = tmp_path / "module.py"
    target.write_text("old")
    assert path_of(diagnosed(tmp_path, tmp_path / ".tmpAbCdEf", target)) == str(target)


def test_the_source_where_nothing_is_in_the_way(tmp_path: Path) -> None:
    source = tmp_path / ".tmpAbCdEf"
    assert path_of(diagnosed(tmp_path, source, tmp_path / "module.py")) == str(source)


def test_the_source_that_has_vanished_is_what_a_quarantine_took(tmp_path: Path) -> None:
    source, target = tmp_path / ".tmpAbCdEf", tmp_path / "module.py"
    target.write_text("old")
    diagnosis = diagnosed(tmp_path, source, target, GONE)
    assert path_of(diagnosis) == str(source)
    assert diagnosis.category == "antivirus_block"


def test_a_link_that_is_named_before_what_it_points_to(tmp_path: Path) -> None:
    link = tmp_path / ".venv" / "lib64"
    assert path_of(diagnosed(tmp_path, link, Path("lib"), verb="symlink")) == str(link)


@pytest.mark.parametrize(
    ("there", "path", "start"),
    [
        ("sub/a.txt", "a.txt", "sub"),
        ("a.txt sub/a.txt", "a.txt", "."),
        ("sub/vendor/", "vendor/a.txt", "sub"),
        ("sub/", "a.txt", "."),  # it is nowhere: nothing says where it was
        ("", "a.txt", "."),
    ],
)
def test_a_path_counts_from_the_directory_that_the_line_names(
    tmp_path: Path, there: str, path: str, start: str
) -> None:
    for each in there.split():
        place = tmp_path / each
        (place if each.endswith("/") else place.parent).mkdir(parents=True, exist_ok=True)
        if not each.endswith("/"):
            place.touch()
    capture = Capture("stderr", f"error: unable to unlink old '{path}': Permission denied\n".encode(), b"", 0)
    outcome = Outcome(exit=Exit(code=1), started=0.0, duration=1.0, captures=(capture,))
    words = ("git", "-C", "sub", "checkout", "b")
    found = diagnosis_of(outcome, words, load_knowledge(()), str(tmp_path), Somewhere(tmp_path / "sub"))
    assert path_of(found) == str(tmp_path / start / path).replace("/./", "/")


@pytest.mark.skipif(sys.platform == "win32", reason="the words are those of POSIX")
def test_a_path_that_counts_from_a_folder_that_nobody_names_stays_as_it_was_told(tmp_path: Path) -> None:
    """uv unpacks the archive of a Python aside."""
    text = """\
error: Failed to install cpython-3.13.5-linux-x86_64-gnu
  cause: Failed to extract archive: python.tar.gz
  cause: Invalid tar file
  cause: failed to create file python/bin/python3.13: Permission denied (os error 13)
  cause: Permission denied (os error 13)
"""
    capture = Capture("stderr", text.encode(), b"", 0)
    outcome = Outcome(exit=Exit(code=1), started=0.0, duration=1.0, captures=(capture,))
    words = ("uv", "python", "install")
    found = diagnosis_of(outcome, words, load_knowledge(()), str(tmp_path), Nowhere())
    assert path_of(found) == "python/bin/python3.13"
    assert found.category == "antivirus_lock"


@pytest.mark.skipif(sys.platform != "win32", reason="share modes of Windows")
@pytest.mark.parametrize("verb", ["copy", "rename"])
@pytest.mark.parametrize("one", ["source", "target"])
def test_the_one_of_two_that_is_held(tmp_path: Path, verb: str, one: str) -> None:
    files = {name: tmp_path / name for name in ("source", "target")}
    for file in files.values():
        file.write_text("x")
    with held(files[one]):
        found = diagnosed(tmp_path, files["source"], files["target"], verb=verb)
    assert path_of(found) == str(files[one])
    assert found.category == "antivirus_lock"


@pytest.mark.parametrize("ended", [Exit(code=0), Exit(code=9), Exit(signal=signal.SIGTERM)])
def test_an_interrupt_is_told_as_received_however_the_command_ended(tmp_path: Path, ended: Exit) -> None:
    outcome = Outcome(
        exit=ended,
        started=0.0,
        duration=1.0,
        captures=(),
        stopped=Stop(signal=signal.SIGTERM, rungs=("ask",)),
    )
    diagnosis = diagnosis_of(outcome, ("uv", "sync"), load_knowledge(()), str(tmp_path), Nowhere())
    assert (diagnosis.category, diagnosis.evidence) == (Category.INTERRUPTED, ("ci-guard received SIGTERM",))


def test_a_signal_without_a_name_is_told_by_its_number(tmp_path: Path) -> None:
    outcome = Outcome(
        exit=Exit(code=0), started=0.0, duration=1.0, captures=(), stopped=Stop(signal=999, rungs=())
    )
    diagnosis = diagnosis_of(outcome, ("uv", "sync"), load_knowledge(()), str(tmp_path), Nowhere())
    assert diagnosis.evidence == ("ci-guard received signal 999",)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps nobody from renaming a mount point")
@pytest.mark.parametrize("mounted", ["source", "target", None])
@pytest.mark.parametrize(
    "words",
    [
        "mv: cannot move '{}' to '{}': Device or resource busy",
        "OSError: [Errno 16] Device or resource busy: '{}' -> '{}'",
        "Error: EBUSY: resource busy or locked, rename '{}' -> '{}'",
        "error: failed to rename file from {} to {}: Device or resource busy (os error 16)",
    ],
)
def test_what_is_busy_is_either_file_if_it_is_mounted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str, mounted: str | None
) -> None:
    for name in ("source", "target"):
        (tmp_path / name).touch()
    ours = str(tmp_path / mounted) if mounted else ""
    for module in ("ci_guard.run.diagnosing", "ci_guard.machine.evidence"):
        monkeypatch.setattr(f"{module}.is_mount_point", lambda path: path == ours)
    text = words.format("source", "target")
    capture = Capture("stderr", text.encode(), b"", 0)
    outcome = Outcome(exit=Exit(code=1), started=0.0, duration=1.0, captures=(capture,))
    found = diagnosis_of(outcome, ("riga",), load_knowledge(()), str(tmp_path), Nowhere())
    assert found.category is (Category.CONFIGURATION if mounted else Category.ANTIVIRUS_LOCK)
    if mounted:
        assert path_of(found) == ours
