"""`python -m ci_guard` from anywhere: isolated, in another encoding, beside files with unlucky names."""

import functools
import os
import subprocess
import sys
from pathlib import Path

import pytest

import ci_guard
from rig.events import HANG

GIVEN = os.environ.get("PYTHONPATH", "").split(os.pathsep)
# absolute: a `.` in the caller's PYTHONPATH would be the folder of the test
VARIABLES = {**os.environ, "PYTHONPATH": os.pathsep.join(os.path.abspath(each) for each in GIVEN if each)}
ISOLATED = ("-I", "-E")


@functools.cache
def installed() -> bool:
    """Whether this Python has ci-guard without being told where; with `tests/run` it has."""
    asked = [sys.executable, "-I", "-c", "import ci_guard, click, yaml"]
    return subprocess.run(asked, capture_output=True, timeout=HANG).returncode == 0


def guard(*flags: str, folder: Path, words: tuple[str, ...]) -> "subprocess.CompletedProcess[bytes]":
    if set(flags) & set(ISOLATED) and not installed():
        pytest.skip("ci-guard is not installed in this Python, and an isolated one does not read PYTHONPATH")
    command = [sys.executable, *flags, "-m", "ci_guard", *words]
    return subprocess.run(command, cwd=folder, env=VARIABLES, capture_output=True, timeout=HANG)


@pytest.mark.parametrize(
    "flags", [(), ("-I",), ("-P",), ("-X", "utf8=0"), ("-X", "utf8=1"), ("-E", "-s")], ids=" ".join
)
def test_it_guards_from_any_folder(flags: tuple[str, ...], tmp_path: Path) -> None:
    folder = tmp_path / "ein Ordner mit Ümläuten"
    folder.mkdir()
    done = guard(*flags, folder=folder, words=("--", sys.executable, "-c", "import sys; sys.exit('Ä')"))
    assert done.returncode == 1
    assert b"ci-guard: " in done.stderr
    assert guard(*flags, folder=folder, words=("--version",)).stdout.strip().decode() == (
        f"ci-guard {ci_guard.__version__}"
    )
    assert list(folder.iterdir()) == []


def test_no_module_of_the_folder_becomes_a_part_of_it_beside_what_python_itself_takes(tmp_path: Path) -> None:
    """Python looks there for what `runpy` needs before any module of anybody begins: what `-m this` takes."""
    names = {name for name in sys.stdlib_module_names if not name.startswith("_")}
    for name in names - set(sys.builtin_module_names):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('taken: ' + __name__)\n", encoding="utf-8")
    (tmp_path / "nothing.py").touch()

    def free_what_is_taken(*words: str) -> int:
        freed = 0
        while True:
            command = [sys.executable, "-m", *words]
            done = subprocess.run(command, cwd=tmp_path, env=VARIABLES, capture_output=True, timeout=HANG)
            if b"taken: " not in done.stderr:
                assert done.returncode == 0, done.stderr
                return freed
            (tmp_path / f"{done.stderr.split()[-1].decode()}.py").unlink()
            freed += 1

    free_what_is_taken("nothing")
    assert free_what_is_taken("ci_guard", "--", sys.executable, "-I", "-c", "") == 0


@pytest.mark.parametrize("flags", [(), ("-P",), ("-I",)], ids=" ".join)
def test_what_lies_in_the_folder_does_not_become_a_part_of_it(flags: tuple[str, ...], tmp_path: Path) -> None:
    for name in ("click.py", "yaml.py", "json.py", "shlex.py", "subprocess.py"):
        (tmp_path / name).write_text("raise SystemExit('taken from the folder')\n", encoding="utf-8")
    done = guard(*flags, folder=tmp_path, words=("explain", "--format", "json", "-"))
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.startswith(b"{")
