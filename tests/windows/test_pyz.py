"""The one file that needs nothing: a Windows Python without packages, a locked file, the real uv.exe."""

import subprocess
import sys
from pathlib import Path

import pack_pyz as pyz
import pytest

from rig import tools

ROOT = Path(__file__).parents[2]
SECONDS = 300  # against a hang


@pytest.fixture
def program(workshop, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheels")
    build = [sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(build, capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 0, done.stdout + done.stderr
    target = workshop.root / "ci-guard.pyz"
    pyz.pack([*folder.glob("*.whl"), *pyz.download(tmp_path_factory.mktemp("libraries"))], target)
    return target


def test_a_launcher_is_held(workshop, guard, holder, program: Path) -> None:
    workshop.use_uv(tools.NEWEST_UV)
    workshop.want("2.0")
    workshop.run("uv", "sync")
    launcher = workshop.scripts / "rigapp.exe"
    words = ("uv", "sync", "--reinstall-package", "rigapp")
    done = guard.released_after_attempt_1(holder(launcher), *words, program=("-I", "-S", program))
    assert done.status == 0, done.output
    assert done.categories == ["antivirus_lock", None]
    assert done.record["attempts"][0]["match"]["path"] == workshop.system.spelled(launcher)
    assert done.record["verification"]["whole"] is True
    assert done.step().is_flaky
    assert workshop.says("rigapp") == "rigapp 2.0 metadata 2.0 rigdep 2.0"
