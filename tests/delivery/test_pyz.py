"""ci-guard.pyz as a user has it: one file, a bare Python, nothing installed, nothing written beside it."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import pack_pyz as pyz
import pytest

from ci_guard import __version__
from ci_guard.cli.commands import COMMANDS
from ci_guard.demo import landlock
from rig import records

ROOT = Path(__file__).parents[2]
SECONDS = 300  # against a hang
BARE = (sys.executable, "-I", "-S")  # no site-packages, no variables of Python
HOLDS = {"click", "junit_xml", "pyyaml", "six", "tenacity", "ci_guard"}
LOCKED = "error: failed to remove file `C:\\w\\x.exe`: Access is denied. (os error 5)\n"
# writes a file, once it has failed as uv does on a locked one; its first word is the file
PROGRAM = """
import os, sys
mark = sys.argv[1] + ".tried"
if not os.path.exists(mark):
    open(mark, "w").close()
    sys.exit("error: failed to remove file `x.exe`: Access is denied. (os error 5)")
with open(sys.argv[1], "w") as stream:
    stream.write("made")
"""
POLICY = "version: 1\nbackoff: {initial: 10ms, maximum: 50ms}\nwait_for_unlock: false\n"
needs_a_lock = pytest.mark.skipif(
    sys.platform != "win32" and os.geteuid() == 0 and not landlock.version(),
    reason="root without Landlock: nothing here can refuse a write",
)


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The wheel of this tree and those that the requirements name."""
    folder = tmp_path_factory.mktemp("wheels")
    build = [sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(build, capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 0, done.stdout + done.stderr
    (ours,) = folder.glob("*.whl")
    return [ours, *pyz.download(tmp_path_factory.mktemp("libraries"))]


@pytest.fixture(scope="session")
def built(wheels: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of texts only: what a Python runs for which there is no byte code."""
    program = tmp_path_factory.mktemp("built") / "ci-guard.pyz"
    pyz.pack(wheels, program)
    return program


@pytest.fixture(scope="session")
def fast(wheels: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With byte code for this Python."""
    program = tmp_path_factory.mktemp("fast") / "ci-guard.pyz"
    pyz.pack(wheels, program, pythons=[sys.executable])
    return program


class Place:
    """A user's folders, with the program in one of its own; all that is written anywhere shows."""

    def __init__(self, root: Path, program: Path) -> None:
        self.root = root
        self.work = root / "work"
        for name in ("work", "temporary", "home", "program"):
            (root / name).mkdir()
        self._program = Path(shutil.copy(program, root / "program"))

    def run(self, *words: str, given: str = "") -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*BARE, "-X", "utf8=0", str(self._program), *words],
            cwd=self.work,
            env=self._variables(),
            input=given,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",  # Windows writes in its own code page
            timeout=SECONDS,
        )

    def files(self) -> set[str]:
        return {path.relative_to(self.root).as_posix() for path in self.root.rglob("*") if path.is_file()}

    def _variables(self) -> Mapping[str, str]:
        home, temporary = str(self.root / "home"), str(self.root / "temporary")
        places = ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "XDG_CACHE_HOME", "XDG_CONFIG_HOME")
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("CI_GUARD", "PYTHON"))
        }
        return {**kept, **dict.fromkeys(places, home), **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), temporary)}


@pytest.fixture
def place(tmp_path: Path, fast: Path) -> Place:
    return Place(tmp_path, fast)


def test_two_builds_have_the_same_bytes(built: Path, wheels: list[Path], tmp_path: Path) -> None:
    copies = [Path(shutil.copyfile(wheel, tmp_path / wheel.name)) for wheel in reversed(wheels)]
    pyz.pack(copies, tmp_path / "again.pyz")
    assert (tmp_path / "again.pyz").read_bytes() == built.read_bytes()


def test_the_tree_gives_the_same_bytes_as_its_wheel(built: Path, wheels: list[Path], tmp_path: Path) -> None:
    pyz.pack(wheels[1:], tmp_path / "tree.pyz", tree=ROOT)
    assert (tmp_path / "tree.pyz").read_bytes() == built.read_bytes()


def test_it_holds_texts_and_licences_and_no_program(built: Path) -> None:
    with zipfile.ZipFile(built) as archive:
        names = archive.namelist()
        assert names == sorted(names)
        assert {(entry.date_time, entry.compress_type) for entry in archive.infolist()} == {
            (pyz.LONG_AGO, zipfile.ZIP_STORED)
        }
        for name in names:
            archive.read(name).decode("utf-8")  # raises for anything but text
    modules = [PurePosixPath(name) for name in names if not name.startswith(pyz.LICENCES)]
    assert {path.suffix for path in modules} == {".py", ".json", ".txt", ".html", ".css", ".js"}
    assert {path.parts[0] for path in modules if path.suffix != ".py"} == {"ci_guard"}
    licensed = {PurePosixPath(name).parts[1].split("-")[0] for name in names if name.startswith(pyz.LICENCES)}
    assert licensed == HOLDS


def test_two_builds_with_byte_code_have_the_same_bytes(
    fast: Path, built: Path, wheels: list[Path], tmp_path: Path
) -> None:
    pyz.pack(wheels, tmp_path / "again.pyz", pythons=[sys.executable])
    assert (tmp_path / "again.pyz").read_bytes() == fast.read_bytes()
    with zipfile.ZipFile(fast) as more, zipfile.ZipFile(built) as less:
        added = set(more.namelist()) - set(less.namelist())
        assert {name.partition("/")[0] for name in added} == {pyz.BYTE_CODE}
        assert all(more.read(name) == less.read(name) for name in less.namelist())


LOADED = """
import atexit, runpy, sys
def tell():
    ours = [module for name, module in sys.modules.items() if name.partition(".")[0] in ("ci_guard", "click")]
    print(*sorted({type(module.__spec__.loader).__name__ for module in ours}), len(ours), file=sys.stderr)
atexit.register(tell)
sys.argv[1:2] = []
runpy.run_path(sys.argv.pop(1), run_name="__main__")
"""


@pytest.mark.parametrize(
    "words", [("--", sys.executable, "-c", ""), ("--", sys.executable, "-c", "exit(3)"), ("--help",)]
)
def test_all_modules_come_from_the_byte_code(fast: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    done = subprocess.run(
        [*BARE, "-c", LOADED, "-", str(fast), *words],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    loaders, modules = done.stderr.splitlines()[-1].rsplit(" ", 1)
    assert (loaders, int(modules) > 20) == ("_Loader", True)


def test_a_start_reads_the_first_part_of_the_byte_code_only(fast: Path, tmp_path: Path) -> None:
    program = tmp_path / "ci-guard.pyz"
    with zipfile.ZipFile(fast) as whole, zipfile.ZipFile(program, "w") as cut:
        for name in whole.namelist():
            cut.writestr(name, b"" if name.endswith(".more.bin") else whole.read(name))
    passing = [*BARE, str(program), "--", sys.executable, "-c", "print('ran')"]
    done = subprocess.run(passing, cwd=tmp_path, capture_output=True, text=True, timeout=SECONDS)
    assert (done.returncode, done.stdout, done.stderr) == (0, "ran\n", "")


def test_a_file_that_two_wheels_hold_is_refused(wheels: list[Path], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is there already"):
        pyz.pack([*wheels, wheels[0]], tmp_path / "never.pyz")
    assert not (tmp_path / "never.pyz").exists()


def test_it_recovers_a_locked_step_and_reports_in_every_format(place: Place) -> None:
    (place.work / ".ci-guard.yml").write_text(POLICY, encoding="utf-8")
    before = place.files()
    reports = ("--junit", "run.xml", "--report", "json=run.json", "--report", "markdown=run.md")
    done = place.run(*reports, "--", *BARE, "-c", PROGRAM, "made.txt")
    assert done.returncode == 0, done.stderr
    assert "recovered at attempt 2" in done.stderr
    assert place.files() - before == {
        f"work/{name}" for name in ("made.txt", "made.txt.tried", "run.xml", "run.json", "run.md")
    }
    record = records.read(place.work / "run.json")
    assert (record["outcome"], len(record["attempts"])) == ("flaky", 2)
    assert "flakyFailure" in (place.work / "run.xml").read_text(encoding="utf-8")


def test_a_step_that_passes_prints_and_writes_nothing(place: Place) -> None:
    before = place.files()
    done = place.run("--", *BARE, "-c", "import sys; print(sys.stdin.read())", given="through")
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "through", "")
    assert place.files() == before


def test_every_other_command_works_and_writes_nothing(place: Place) -> None:
    before = place.files()
    explained = place.run("explain", "--command", "uv sync", "--format", "json", given=LOCKED)
    assert json.loads(explained.stdout)["category"] == "antivirus_lock"
    assert "astral-sh/uv" in place.run("tools", "uv").stdout
    assert json.loads(place.run("policy", "schema").stdout)["properties"]
    assert "attempts: 6" in place.run("policy", "show", "--", "uv", "sync").stdout
    assert place.run("--version").stdout.strip() == f"ci-guard {__version__}"
    for command in COMMANDS:
        assert place.run(command, "--help").returncode == 0
    assert place.files() == before


def test_a_policy_is_started_and_checked(place: Place) -> None:
    before = place.files()
    assert place.run("policy", "init").returncode == 0
    assert place.files() - before == {"work/.ci-guard.yml", "work/.ci-guard.schema.json"}
    assert place.run("policy", "check").returncode == 0
    (place.work / "wrong.yml").write_text("version: 1\natempts: 2\n", encoding="utf-8")
    wrong = place.run("policy", "check", "wrong.yml")
    assert wrong.returncode == 125
    assert "wrong.yml:2:1" in wrong.stderr


@needs_a_lock
def test_the_demonstration_runs_and_leaves_nothing_behind(place: Place) -> None:
    before = place.files()
    done = place.run("demo")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "NOT SO" not in done.stdout
    assert place.files() == before


def test_what_lies_in_the_project_does_not_become_a_part_of_it(place: Place) -> None:
    for name in ("click.py", "yaml.py", "ci_guard.py", "json.py"):
        (place.work / name).write_text("raise SystemExit('taken from the project')\n", encoding="utf-8")
    assert place.run("tools").returncode == 0


def test_a_python_that_is_too_old_is_told_so(built: Path) -> None:
    old = (
        f"import runpy, sys; sys.version_info = (3, 10); runpy.run_path({str(built)!r}, run_name='__main__')"
    )
    done = subprocess.run([*BARE, "-c", old], capture_output=True, text=True, timeout=SECONDS)
    assert (done.returncode, done.stdout) == (125, "")
    assert done.stderr.startswith("ci-guard: error: Python 3.11 or later is needed")
