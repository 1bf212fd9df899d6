"""uv is never asked about half an environment: its answer, remembered, would lead into the base Python."""

import sys
from pathlib import Path

import pytest

from ci_guard.recover.beginning import Beginning
from ci_guard.recover.families.uv import Uv
from ci_guard.recover.family import Step, Trail

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
