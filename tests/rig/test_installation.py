"""The harmless things to install, the harmless place to install them to, and the judge of the result."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ci_guard.recover.python.installed import take_inventory
from ci_guard.recover.python.target import TargetKind, virtual_environment
from rig import compare, python, tools, wheels
from rig.events import HANG

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the throw-away Python is made for POSIX")


@pytest.fixture
def interpreter(tmp_path: Path) -> Path:
    """The throw-away Python of a test."""
    return python.clone(tmp_path / "python")


def test_wheels_are_the_same_every_time(tmp_path: Path) -> None:
    first, second = wheels.write_all(tmp_path / "first"), wheels.write_all(tmp_path / "second")
    names = sorted(path.name for path in first.iterdir())
    assert len(names) == 5
    assert all((first / name).read_bytes() == (second / name).read_bytes() for name in names)


@pytest.mark.parametrize("version", tools.PIP_VERSIONS)
def test_a_fresh_environment_has_a_pip_without_a_fault(
    tmp_path: Path, interpreter: Path, version: str
) -> None:
    venv = python.virtual_environment(tmp_path / "venv", interpreter, version)
    inventory = take_inventory(virtual_environment(str(venv), TargetKind.ENVIRONMENT), since=0.0)
    assert [(each.name, each.touched, each.faults) for each in inventory.distributions] == [("pip", True, ())]


@pytest.mark.parametrize("version", tools.UV_VERSIONS)
def test_uv_installs_the_wheels_into_the_copy_alone(tmp_path: Path, interpreter: Path, version: str) -> None:
    variables = python.environment(tmp_path, interpreter, wheels.write_all(tmp_path / "wheels"))
    uv = tools.uv(version)
    shown = subprocess.run([uv, "--version"], env=variables, capture_output=True, text=True, timeout=HANG)
    assert shown.stdout.split()[:2] == ["uv", version]
    install: list[str | Path] = [uv, "pip", "install", "--system", "--no-index", "rigapp==1.0"]
    subprocess.run(install, env=variables, check=True, timeout=HANG)
    assert compare.says(tmp_path / "python" / "bin" / "rigapp", variables) == (
        "rigapp 1.0 metadata 1.0 rigdep 1.0"
    )


@pytest.mark.parametrize("version", tools.PIP_VERSIONS)
def test_pip_installs_the_wheels_into_the_venv(tmp_path: Path, interpreter: Path, version: str) -> None:
    variables = python.environment(tmp_path, interpreter, wheels.write_all(tmp_path / "wheels"))
    venv = python.virtual_environment(tmp_path / "venv", interpreter, version)
    shown = subprocess.run([venv / "bin" / "pip", "--version"], env=variables, capture_output=True, text=True)
    assert shown.stdout.split()[:2] == ["pip", version]
    subprocess.run([venv / "bin" / "pip", "install", "rigapp"], env=variables, check=True, timeout=HANG)
    assert compare.says(venv / "bin" / "rigapp", variables) == "rigapp 2.0 metadata 2.0 rigdep 2.0"


def test_the_judge_sees_each_kind_of_damage(tmp_path: Path, interpreter: Path) -> None:
    variables = python.environment(tmp_path, interpreter, wheels.write_all(tmp_path / "wheels"))
    uv = tools.uv(tools.NEWEST_UV)
    trees = []
    for name in ("one", "two"):
        venv = python.virtual_environment(tmp_path / name / "venv", interpreter)
        install: list[str | Path] = [uv, "pip", "install", "--no-index", "-p", venv, "rigapp"]
        subprocess.run(install, env=variables, check=True, timeout=HANG)
        trees.append(venv)
    reference = compare.snapshot(trees[0], {"root": trees[0]})
    site = next(trees[1].glob("lib/python*/site-packages"))

    def difference() -> compare.Difference:
        return compare.compare(compare.snapshot(trees[1], {"root": trees[1]}), reference)

    assert difference().whole, str(difference())
    (site / ".tmpA1").touch()
    assert difference().whole
    assert len(difference().leftovers) == 1
    (site / "rigapp-2.0.dist-info" / "INSTALLER").unlink()
    assert [Path(path).name for path in difference().metadata] == ["INSTALLER"]
    assert difference().code == ()
    (trees[1] / "bin" / "rigapp").unlink()
    shutil.copy(site / "rigapp" / "module_000.py", site / "rigapp" / "legacy.py")
    assert sorted(Path(path).name for path in difference().code) == ["legacy.py", "rigapp"]
