"""The other places that uv and pip install into: `--target`, `--system`, `--user`, uvx."""

from typing import Any

import pytest

from rig import python, tools
from rig.requirement import needs_injection

pytestmark = [needs_injection(), pytest.mark.traced]
V2 = "rigapp 2.0 metadata 2.0 rigdep 2.0"


@pytest.fixture
def newest() -> list[Any]:
    return [tools.uv(tools.NEWEST_UV)]


def test_uv_target(workshop, refusing, newest) -> None:
    with refusing("link,openw:*/lib/rigapp/module_005.py:EBUSY:n=1") as injector:
        result = workshop.guarded(injector, newest, "pip", "install", "--target", "lib", "rigapp")
        assert injector.hits()
    assert result.status == 0, result.output
    workshop.variables["PYTHONPATH"] = str(workshop.project / "lib")
    assert workshop.says(workshop.project / "lib" / "bin" / "rigapp") == V2
    assert result.record["verification"]["whole"] is True


def test_uv_system(workshop, refusing, newest) -> None:
    with refusing("rename:*/bin/rigapp:EACCES:n=1") as injector:
        result = workshop.guarded(injector, newest, "pip", "install", "--system", "rigapp")
        assert injector.hits()
    assert result.status == 0, result.output
    assert result.record["outcome"] == "flaky"
    assert result.record["attempts"][1]["repairs"]
    assert workshop.says(workshop.base / "bin" / "rigapp") == V2


def test_uvx(workshop, refusing, newest) -> None:
    workshop.variables["PATH"] += ":/usr/bin:/bin"  # the launchers in uv's cache are shell scripts
    with refusing("link,openw:*/rigapp/module_00*.py:EBUSY:n=2") as injector:
        result = workshop.guarded(injector, newest, "tool", "run", "rigapp")
        assert injector.hits()
    assert result.status == 0, result.output
    assert V2 in result.output.splitlines()


@pytest.mark.parametrize("place", ["--user", "--target=lib"])
def test_pip(workshop, refusing, place: str) -> None:
    python.virtual_environment(workshop.venv, workshop.base / "bin" / "python3", tools.NEWEST_PIP)
    site = next(workshop.venv.glob("lib/python*/site-packages"))
    base = next(workshop.base.glob("lib/python*/site-packages"))
    (site / "pip").rename(base / "pip")  # `--user` is refused inside of a virtual environment
    interpreter = workshop.base / "bin" / "python3"
    user = place == "--user"
    rule = "openw:*/.local/bin/rigapp" if user else "openw,rename:*/lib/rigapp*"
    with refusing(f"{rule}:EACCES:n=1") as injector:
        result = workshop.guarded(injector, [interpreter], "-m", "pip", "install", place, "rigapp")
        hits = injector.hits()
    assert result.status == 0, result.output
    folder = workshop.root / "state" / "home" / ".local" if user else workshop.project / "lib"
    if not user:
        workshop.variables["PYTHONPATH"] = str(folder)
    assert workshop.says(folder / "bin" / "rigapp") == V2
    if hits:  # pip goes on by itself where only a rename is refused
        assert result.record["outcome"] in ("flaky", "passed")
    if user:
        assert hits
        assert result.record["verification"]["whole"] is True
