"""What a lock file has installed in any case; the rest of it may be left out for good reasons."""

import json
import os
from pathlib import Path

import pytest

from ci_guard.knowledge.wrappers import parse_command
from ci_guard.recover import promise
from ci_guard.recover.python.locked import locked
from ci_guard.recover.steps import family_of, read_steps
from unit.recover.conftest import Environment
from unit.recover.drive import BEGUN, NoStumbles, trail

POETRY = """\
[[package]]
name = "Riga_B"
version = "1.0"
optional = false
groups = ["main", "dev"]

[[package]]
name = "for-windows"
version = "1.0"
groups = ["main"]
markers = "sys_platform == 'win32'"

[[package]]
name = "of-an-extra"
version = "1.0"
optional = true
groups = ["main"]

[[package]]
name = "for-tests"
version = "1.0"
groups = ["dev"]

[[package]]
name = "of-an-old-lock"
version = "1.0"
"""
PDM = """\
[[package]]
name = "riga-b"
groups = ["default"]

[[package]]
name = "conditional"
groups = ["default"]
marker = "sys_platform == 'win32'"
"""
PIPENV = {"default": {"riga-b": {"version": "==1.0"}, "x": {"markers": "y"}}, "develop": {"z": {}}}
LOCKS = {"poetry.lock": POETRY, "pdm.lock": PDM, "Pipfile.lock": json.dumps(PIPENV)}


@pytest.mark.parametrize("name", LOCKS)
def test_what_is_there_in_any_case(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(LOCKS[name], "utf-8")
    assert locked(str(tmp_path), name, ["install"]) == {"riga-b"}
    assert locked(str(tmp_path), name, ["install", "--only=dev"]) == frozenset()


@pytest.mark.parametrize("text", [None, "", "[[package]]\n", "package = 3\n", "{", "[1]"])
@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_file_that_says_nothing(tmp_path: Path, name: str, text: str | None) -> None:
    if text is not None:
        (tmp_path / name).write_text(text, "utf-8")
    assert locked(str(tmp_path), name, []) == frozenset()


@pytest.mark.parametrize(
    ("line", "lock", "mark"),
    [
        ("poetry install", "poetry.lock", "pyproject.toml"),
        ("pdm sync", "pdm.lock", "pyproject.toml"),
        ("pipenv sync", "Pipfile.lock", "Pipfile"),
    ],
)
@pytest.mark.parametrize("there", [True, False])
def test_what_the_lock_file_names_is_looked_for(
    environment: Environment, tmp_path: Path, line: str, lock: str, mark: str, there: bool
) -> None:
    environment.prefix.rename(tmp_path / ".venv")
    placed = Environment.__new__(Environment)
    placed.prefix = tmp_path / ".venv"
    placed.site = next(
        iter(placed.prefix.glob("lib/python*/site-packages")), placed.prefix / "Lib/site-packages"
    )
    placed.scripts = placed.prefix / environment.scripts.name
    placed.install("riga_b" if there else "other")
    (tmp_path / mark).touch()
    (tmp_path / lock).write_text(LOCKS[lock], "utf-8")
    variables = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "USERPROFILE": str(tmp_path)}
    steps = read_steps(parse_command(line.split()), variables, str(tmp_path))
    seen = trail(BEGUN)

    found = promise.verify(
        promise.find_installations(steps, seen, family_of, NoStumbles()), seen, (), line, NoStumbles()
    )

    assert [(fault.project, fault.what) for fault in found.faults] == [("riga-b", "not installed")] * (
        not there
    )
