"""Pythons that uv installs: taken away while they are not finished, if this run has made them."""

import os
import sys
import time
from pathlib import Path

import pytest

from ci_guard.recover.families.uv import Uv
from ci_guard.recover.families.uv_pythons import Pythons, folder_of
from ci_guard.recover.family import Step, Trail
from unit.recover.drive import BEGUN, mended, trail

posix = pytest.mark.skipif(sys.platform == "win32", reason="the interpreter is a shell script")


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """A whole one, and its link by the minor version."""
    place = tmp_path / "pythons" / "cpython-3.13.5-linux"
    (place / "bin").mkdir(parents=True)
    program = place / "bin" / "python3"
    program.write_text("#!/bin/sh\n", "utf-8")
    program.chmod(0o755)
    return place


def _pythons(python: Path) -> Pythons:
    return Pythons(folder=str(python.parent), environment=dict(os.environ))


@posix
def test_a_whole_one_stays(python: Path) -> None:
    seen = trail(BEGUN)
    found = _pythons(python).survey(seen)
    assert (found.examined, found.packages, found.faults) == (True, 1, ())
    assert mended(_pythons(python), seen).repairs == ()


@posix
@pytest.mark.parametrize("inside", ["BUILD", "bin/python3.13", "lib/python3.13/_sysconfigdata.py"])
def test_one_in_which_a_file_was_refused_goes_and_is_owed(python: Path, inside: str) -> None:
    """uv calls it installed, whatever is missing."""
    mending = mended(_pythons(python), trail(BEGUN, paths=[python / inside]))
    assert [each.target for each in mending.repairs] == [str(python)]
    assert [each.path for each in mending.owed] == [str(python)]
    assert not python.exists()


@pytest.mark.parametrize("left", ["", "#!/nowhere\n"])
def test_one_without_an_interpreter_that_starts_is_broken(python: Path, left: str) -> None:
    program = python / "bin" / "python3"
    program.write_text(left, "utf-8")
    if not left:
        program.unlink()
    (fault,) = _pythons(python).survey(trail(BEGUN)).faults
    assert fault.path == str(python)
    assert mended(_pythons(python), trail(BEGUN)).repairs


def test_one_from_before_the_run_stays_whatever_it_is(python: Path) -> None:
    (python / "bin" / "python3").unlink()
    seen = trail(time.time() + 60, paths=[python / "BUILD"])
    assert _pythons(python).survey(seen).examined is False
    assert mended(_pythons(python), seen).repairs == ()


@pytest.mark.parametrize(
    ("words", "since", "expected"),
    [("python install 3.13", 1e12, 1), ("sync", BEGUN, 1), ("sync", 1e12, 0), ("--version", 1e12, 0)],
)
def test_any_uv_may_have_fetched_one(python: Path, words: str, since: float, expected: int) -> None:
    step = Step(
        name="uv",
        program="uv",
        words=tuple(words.split()),
        environment={"UV_PYTHON_INSTALL_DIR": str(python.parent)},
        directory=str(python.parent.parent),
    )
    seen: Trail = trail(since)
    found = [each for each in Uv().find_installations(step, seen) if isinstance(each, Pythons)]
    assert [each.folder for each in found] == [str(python.parent)] * expected


def test_where_uv_keeps_them(tmp_path: Path) -> None:
    home = {"HOME": str(tmp_path), "USERPROFILE": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "data")}
    assert folder_of({**home, "UV_PYTHON_INSTALL_DIR": "own"}, str(tmp_path)) == str(tmp_path / "own")
    assert folder_of(home, "").startswith(str(tmp_path))
