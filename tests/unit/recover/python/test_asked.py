"""What `pip install NAME` names is there after a success, or the success is none."""

import os
from pathlib import Path

import pytest

from ci_guard.knowledge.wrappers import parse_command
from ci_guard.recover import promise
from ci_guard.recover.python.asked import asked
from ci_guard.recover.steps import family_of, read_steps
from unit.recover.conftest import Environment
from unit.recover.drive import BEGUN, NoStumbles, trail

WORDS = [
    ("riga", {"riga"}),
    ("-U Riga_B rigc", {"riga-b", "rigc"}),
    ("-q --no-deps --index-url https://index.example/simple riga", {"riga"}),
    ("--index-url=https://index.example/simple riga", {"riga"}),
    ("riga --python 3.12", {"riga"}),
    ("--an-option-of-tomorrow riga rigb", {"rigb"}),
    ("-r requirements.txt", set()),
    ("-c limits riga", {"riga"}),
    ("-e inner riga", {"riga"}),
    ("-e . ./riga ../rigb rig/c", set()),
    ("riga.whl riga-1.0.tar.gz requirements.txt", set()),
    ("riga[cli] rigb==1.0 rigc[a,b]>=2,<3 rigd~=1", {"riga", "rigb", "rigc", "rigd"}),
    ("rigd@https://rig.example/d.whl riga>=1;python_version<'3'", set()),
    ("git+https://rig.example/riga.git", set()),
    ("--dry-run riga", set()),
    ("--root image riga", set()),
    ("--prefix=out riga", set()),
]


@pytest.mark.parametrize(("words", "names"), WORDS)
def test_plain_names_are_read_from_the_line(words: str, names: set[str]) -> None:
    assert asked(words.split(), {}) == names


def test_a_variable_may_send_it_elsewhere() -> None:
    assert asked(["riga"], {"PIP_ROOT": "image"}) == frozenset()


def _verify(environment: Environment, argv: list[str], **variables: str):
    given = {"VIRTUAL_ENV": str(environment.prefix), "PATH": os.environ["PATH"], **variables}
    steps = read_steps(parse_command(argv), given, str(environment.prefix.parent))
    found = promise.find_installations(steps, trail(BEGUN), family_of, NoStumbles())
    return promise.verify(found, trail(BEGUN), (), argv[0], NoStumbles())


def _pip(environment: Environment) -> str:
    """A launcher of pip in the environment, by which its interpreter is found."""
    launcher = environment.scripts / ("pip.exe" if os.name == "nt" else "pip")
    launcher.write_text(f"#!{environment.scripts / 'python'}\n", "utf-8")
    launcher.chmod(0o755)
    return str(launcher)


LINES = [
    (["uv", "pip", "install", "riga"], False),
    (["uv", "--quiet", "pip", "install", "rigb", "riga"], False),
    (["sh", "-c", "cd . && uv pip install riga"], False),
    (["PIP", "install", "riga"], False),
    (["uv", "pip", "install", "rigb"], True),
    (["PIP", "install", "rigb"], True),
    (["uv", "pip", "uninstall", "riga"], True),
    (["uv", "pip", "install", "riga[cli]==1.0"], False),
    (["uv", "pip", "install", "riga; python_version < '3'"], True),
    (["sh", "-c", "uv pip install riga || true"], True),
    (["sh", "-c", "uv pip install riga || uv pip install rigb"], True),
    (["sh", "-c", "uv pip install riga && uv pip uninstall riga"], True),
]


@pytest.mark.parametrize(("argv", "whole"), LINES)
def test_what_the_line_names_is_looked_for(environment: Environment, argv: list[str], whole: bool) -> None:
    environment.install("rigb")
    line = [_pip(environment) if word == "PIP" else word for word in argv]

    verification = _verify(environment, line)

    expected = [] if whole else [("riga", "not installed")]
    assert [(fault.project, fault.what) for fault in verification.faults] == expected
    assert verification.whole is whole


def test_what_only_the_interpreter_finds_is_there(environment: Environment) -> None:
    """As a distribution's own packages, which have no RECORD and satisfy an installer."""
    environment.install("rigb")
    note = environment.site / "riga-1.0.egg-info" / "PKG-INFO"
    note.parent.mkdir()
    note.write_text("Name: riga\nVersion: 1.0\n", "utf-8")

    assert _verify(environment, ["uv", "pip", "install", "riga"]).whole


def test_what_went_into_the_base_python_is_not_there(environment: Environment, tmp_path: Path) -> None:
    """Without its mark the environment's interpreter is the base one, and finds what that has."""
    environment.install("rigb")
    base = tmp_path / "base" / "riga-1.0.dist-info" / "METADATA"
    base.parent.mkdir(parents=True)
    base.write_text("Name: riga\nVersion: 1.0\n", "utf-8")
    path = str(base.parents[1])
    assert _verify(environment, ["uv", "pip", "install", "riga"], PYTHONPATH=path).whole
    (environment.prefix / "pyvenv.cfg").unlink()

    verification = _verify(environment, ["uv", "pip", "install", "riga"], PYTHONPATH=path)

    assert [fault.project for fault in verification.faults] == ["riga"]


@pytest.mark.parametrize("program", ["uv", "pip"])
def test_a_target_folder_has_it_itself(environment: Environment, tmp_path: Path, program: str) -> None:
    (tmp_path / "lib" / "rigb").mkdir(parents=True)
    words = [*(["pip"] if program == "uv" else []), "install", "--target", "lib", "riga"]

    verification = _verify(environment, [program, *words])

    assert [fault.project for fault in verification.faults] == ["riga"]
