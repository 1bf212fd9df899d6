"""The file of byte code for all modules of a start: used where it is true, ignored where it is not."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import ci_guard
from rig.events import HANG

pytestmark = pytest.mark.program
PACKAGE = Path(ci_guard.__file__).parent
SHOW = """
import sys
from ci_guard import bundle
bundle.use()
import ci_guard.errors
print(type(sys.modules['ci_guard.errors'].__spec__.loader).__name__)
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A copy of the package that may be written to."""
    ignored = shutil.ignore_patterns("__pycache__", "*.yaml")
    shutil.copytree(PACKAGE, tmp_path / "ci_guard", ignore=ignored)
    return tmp_path


def python(place: Path, *words: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("CI_GUARD", "COVERAGE", "PYTHON"))
    }
    return subprocess.run(
        [sys.executable, *words],
        cwd=place,
        env=environment | {"PYTHONPATH": str(place)} | variables,
        capture_output=True,
        text=True,
        timeout=HANG,
        stdin=subprocess.DEVNULL,
    )


def guarded(place: Path, **variables: str) -> None:
    done = python(place, "-m", "ci_guard", "--", sys.executable, "-c", "print('ran')", **variables)
    assert (done.returncode, done.stdout, done.stderr) == (0, "ran\n", "")


def bundles(place: Path) -> list[Path]:
    return list((place / "ci_guard" / "__pycache__").glob("*.bin"))


def failed(place: Path) -> None:
    done = python(place, "-m", "ci_guard", "--", sys.executable, "-c", "exit(3)")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("ci-guard: ")


def is_used(place: Path) -> bool:
    done = python(place, "-c", SHOW)
    assert done.stderr == ""
    return done.stdout.strip() == "_Loader"


def test_the_second_start_reads_one_file(place: Path) -> None:
    guarded(place)
    assert len(bundles(place)) == 1
    assert is_used(place)
    before = bundles(place)[0].stat().st_mtime_ns
    guarded(place)
    assert bundles(place)[0].stat().st_mtime_ns == before


LOADED = """
import sys
from ci_guard import bundle
bundle.use()
from ci_guard.run import recovery
ours = [module for name, module in sys.modules.items() if name.startswith("ci_guard.run")]
print({type(module.__spec__.loader).__name__ for module in ours})
"""


def test_what_a_failure_needs_is_in_a_second_file(place: Path) -> None:
    guarded(place)
    failed(place)
    start, more = sorted(bundles(place), key=lambda path: len(path.name))
    before = (start.stat().st_mtime_ns, more.stat().st_mtime_ns)
    done = python(place, "-c", LOADED)
    assert (done.stdout.strip(), done.stderr) == ("{'_Loader'}", "")
    failed(place)
    guarded(place)
    assert before == (start.stat().st_mtime_ns, more.stat().st_mtime_ns)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX: as a user would see it by strace")
def test_a_start_does_not_read_the_second_file(place: Path) -> None:
    guarded(place)
    failed(place)
    more = max(bundles(place), key=lambda path: len(path.name))
    more.unlink()
    os.mkfifo(more)  # who opened it would wait for ever
    guarded(place)


def test_a_source_that_has_changed_counts(place: Path) -> None:
    guarded(place)
    source = place / "ci_guard" / "errors.py"
    source.write_text(source.read_text(encoding="utf-8") + "\nADDED = 1\n", encoding="utf-8")
    assert not is_used(place)
    guarded(place)
    assert is_used(place)


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\0" * 100])
def test_a_damaged_file_is_ignored_and_replaced(place: Path, content: bytes) -> None:
    guarded(place)
    bundles(place)[0].write_bytes(content)
    assert not is_used(place)
    guarded(place)
    assert is_used(place)


def test_a_cut_file_is_ignored(place: Path) -> None:
    guarded(place)
    file = bundles(place)[0]
    file.write_bytes(file.read_bytes()[:-500])
    assert not is_used(place)


def test_nothing_is_written_where_python_may_write_no_byte_code(place: Path) -> None:
    guarded(place, PYTHONDONTWRITEBYTECODE="1")
    assert bundles(place) == []


def test_where_it_cannot_be_written_all_is_as_without(place: Path) -> None:
    (place / "ci_guard" / "__pycache__").write_text("in the way")
    guarded(place)
    guarded(place)
