"""The same lock as in `test_uv` and `test_pip`, where the line that is guarded only leads to the tool."""

import shlex
import shutil
from pathlib import Path

import pytest

from rig import python, tools
from rig.requirement import needs_injection

pytestmark = [needs_injection(), pytest.mark.traced]
WRAPPERS = ("bash", "sh", "env", "timeout", "nice")
V2 = "rigapp 2.0 metadata 2.0 rigdep 2.0"


@pytest.fixture(autouse=True)
def wrappers(workshop, tmp_path: Path) -> None:
    """Of the machine's own programs only the wrappers are on the path: no Python, and no uv."""
    folder = tmp_path / "wrappers"
    folder.mkdir()
    for name in WRAPPERS:
        found = shutil.which(name)
        assert found is not None
        (folder / name).symlink_to(found)
    workshop.variables["PATH"] += f":{folder}"


@pytest.mark.parametrize(
    "line",
    [
        "uv sync",  # the plain line, which the others must equal
        "bash -c 'uv sync'",
        "sh -c 'cd . && uv sync'",
        "env X=1 uv sync",
        "timeout 60 uv sync",
        "nice -n 5 env X=1 timeout 60 bash -c 'uv sync'",
    ],
)
def test_uv_behind_another_program(workshop, refusing, line: str) -> None:
    uv = tools.uv(tools.UV_VERSIONS[-1])
    workshop.want("1.0")
    workshop.run(uv, "sync")
    workshop.want("2.0")
    with refusing("rename:*/bin/rigapp:EACCES:n=2") as injector:
        result = workshop.guarded(injector, [uv], line=shlex.split(line))
        assert len(injector.hits()) == 2, result.output
    check(result, workshop)


@pytest.mark.parametrize(
    "line",
    ["python -m pip install rigapp==2.0", "bash -c 'python -m pip install rigapp==2.0'"],
)
def test_pip_behind_another_program(workshop, refusing, line: str) -> None:
    programs = workshop.venv / "bin"
    python.virtual_environment(workshop.venv, workshop.base / "bin" / "python3", tools.PIP_VERSIONS[-1])
    workshop.run(programs / "python", "-m", "pip", "install", "rigapp==1.0")
    with refusing("openw:*/.venv/bin/rigapp:EACCES:n=2") as injector:
        real = programs / "python-real"
        real.symlink_to((programs / "python").readlink())
        (injector.shim("python", real) / "python").replace(programs / "python")
        result = workshop.guarded(injector, [real, "-m", "pip"], line=shlex.split(line))
        assert len(injector.hits()) == 2, result.output
    check(result, workshop)


def check(result, workshop) -> None:
    assert result.status == 0, result.output
    assert workshop.says(workshop.venv / "bin" / "rigapp") == V2
    assert result.record["outcome"] == "flaky"
    assert (result.categories[0], result.categories[-1]) == ("antivirus_lock", None)
    assert result.record["attempts"][1]["repairs"]
    assert result.record["verification"]["whole"] is True
    (site,) = workshop.venv.glob("lib/python*/site-packages")
    assert not (site / "rigapp" / "legacy.py").exists(), "a module of the old version was left"
    assert result.step().is_flaky
