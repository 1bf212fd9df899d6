"""uv is never asked about half an environment: its answer, remembered, would lead into the base Python."""

import sys
import time
from pathlib import Path

import pytest

from ci_guard.recover.beginning import Beginning
from ci_guard.recover.families.uv import Uv
from ci_guard.recover.families.venv import Venv
from ci_guard.recover.family import Step, Trail
from unit.recover.conftest import Environment
from unit.recover.drive import BEGUN, mended, trail

posix = pytest.mark.skipif(sys.platform == "win32", reason="the program that tells is a shell script")


@posix
@pytest.mark.parametrize("named", ["venv", "./venv", "sub/not-there"])
def test_a_folder_that_is_no_environment_yet_is_looked_at_and_not_asked_for(
    tmp_path: Path, named: str
) -> None:
    (tmp_path / "venv" / "bin").mkdir(parents=True)
    asked = tmp_path / "asked"
    uv = tmp_path / "uv"
    uv.write_text(f"#!/bin/sh\necho >> {asked}\n", "utf-8")
    uv.chmod(0o755)
    step = Step(
        name="uv",
        program=str(uv),
        words=("pip", "install", "--python", named, "rigapp"),
        environment={},
        directory=str(tmp_path),
    )

    (found,) = Uv().find_installations(step, Trail(beginning=Beginning(0.0, 0.0)))

    assert Path(found.folder) == tmp_path / named
    assert not asked.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is no lib64")
@pytest.mark.parametrize(("maker", "made_anew"), [("uv = 0.13.9", True), ("virtualenv = 21.0", False)])
def test_an_environment_of_uv_without_lib64_is_unfinished(
    environment: Environment, tmp_path: Path, maker: str, made_anew: bool
) -> None:
    """virtualenv makes no such link; uv makes it late, and goes on with what is there at the next attempt."""
    (tmp_path / "pyproject.toml").touch()
    prefix = environment.prefix.rename(tmp_path / ".venv")
    (prefix / "lib64").unlink(missing_ok=True)
    with (prefix / "pyvenv.cfg").open("a") as file:
        file.write(f"{maker}\n")
    step = Step(name="uv", program="uv", words=("sync",), environment={}, directory=str(tmp_path))
    seen = trail(BEGUN)
    (found,) = Uv().find_installations(step, seen)

    assert [each.target for each in mended(found, seen).repairs] == [str(prefix)] * made_anew
    assert prefix.exists() is not made_anew


@pytest.mark.parametrize(("alone", "old", "found"), [(True, True, 1), (False, True, 0), (False, False, 1)])
def test_an_environment_that_was_there_is_left_to_what_is_installed_into_it(
    environment: Environment, tmp_path: Path, alone: bool, old: bool, found: int
) -> None:
    """`python -m venv env && env/bin/pip install riga`: made anew it would lack what others have put in."""
    step = Step(
        name="venv",
        program="python3",
        words=(environment.prefix.name,),
        environment={},
        directory=str(tmp_path),
        alone=alone,
    )
    seen = trail(time.time() + 60 if old else BEGUN)
    assert len(list(Venv().find_installations(step, seen))) == found
