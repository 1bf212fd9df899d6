"""The real pip, an old and the newest one, under really injected locks."""

from pathlib import Path

import pytest

from rig import python, tools
from rig.requirement import needs_injection

pytestmark = [needs_injection(), pytest.mark.traced]
V2 = "rigapp 2.0 metadata 2.0 rigdep 2.0"


@pytest.fixture(params=tools.PIP_VERSIONS)
def pip(request, workshop) -> list[str | Path]:
    python.virtual_environment(workshop.venv, workshop.base / "bin" / "python3", request.param)
    return [workshop.venv / "bin" / "python", "-m", "pip"]


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param("openw:*/.venv/bin/rigapp:EACCES:n=2", id="launcher"),
        pytest.param("openw:*/site-packages/rigapp/module_005.py:EBUSY:n=1", id="module"),
        pytest.param("openw:*/rigapp-2.0.dist-info/INSTALLER*:EACCES:n=1", id="metadata"),
    ],
)
def test_a_lock_for_a_moment(workshop, refusing, pip, rule: str) -> None:
    with refusing(rule) as injector:
        result = workshop.guarded(injector, pip, "install", "rigapp")
        assert injector.hits()
    assert result.status == 0, result.output
    assert workshop.says(workshop.venv / "bin" / "rigapp") == V2
    assert result.record["outcome"] == "flaky"
    assert result.categories[0] == "antivirus_lock"
    assert result.categories[-1] is None
    assert result.record["verification"]["whole"] is True
    assert result.step().is_flaky


@pytest.mark.parametrize("pip", tools.PIP_VERSIONS[-1:], indirect=True)
def test_a_clock_that_is_set_back_during_the_run(workshop, refusing, pip) -> None:
    """Comparing the files' times with the clock's would take the whole attempt for older than the run."""
    with refusing("openw:*/.venv/bin/rigapp:EACCES:n=1") as injector:
        result = workshop.guarded(injector, pip, "install", "rigapp", ahead=3600.0)
        assert injector.hits()
    assert result.status == 0, result.output
    assert workshop.says(workshop.venv / "bin" / "rigapp") == V2
    assert (result.record["outcome"], result.record["verification"]["whole"]) == ("flaky", True)


def test_a_lock_that_never_ends(workshop, refusing, pip) -> None:
    with refusing("openw:*/.venv/bin/rigapp:EACCES:forever") as injector:
        result = workshop.guarded(injector, pip, "install", "rigapp", attempts=3)
    assert result.status == 1, result.output
    assert (result.record["outcome"], result.record["category"]) == ("gave_up", "antivirus_lock")
    assert "a scanner holds each fresh file" in result.output
    assert not (workshop.venv / "bin" / "rigapp").exists()


@pytest.mark.parametrize("rule", ["openw:*/.venv/bin/rigapp", "openw:*/site-packages/rigapp/module_01*"])
def test_a_half_done_upgrade(workshop, refusing, pip, rule: str) -> None:
    workshop.run(*pip, "install", "rigapp==1.0")
    with refusing(f"{rule}:EACCES:n=1") as injector:
        result = workshop.guarded(injector, pip, "install", "--upgrade", "rigapp", "rigdep")
        assert injector.hits()
    assert result.status == 0, result.output
    assert result.record["outcome"] == "flaky"
    assert workshop.says(workshop.venv / "bin" / "rigapp") == V2
    (site,) = workshop.venv.glob("lib/python*/site-packages")
    assert sorted(path.name for path in site.glob("rigapp-*.dist-info")) == ["rigapp-2.0.dist-info"]
    assert not (site / "rigapp" / "legacy.py").exists(), "a module of the old version was left"


def test_two_locks_at_different_packages(workshop, refusing, pip) -> None:
    rules = ("openw:*/site-packages/rigdep/module_005.py:EBUSY:n=1", "openw:*/.venv/bin/rigapp:EACCES:n=1")
    with refusing(*rules) as injector:
        result = workshop.guarded(injector, pip, "install", "rigapp")
        assert len(injector.hits()) == 2
    assert result.status == 0, result.output
    assert result.categories == ["antivirus_lock", "antivirus_lock", None]
    assert workshop.says(workshop.venv / "bin" / "rigapp") == V2


def test_a_plain_failure_is_not_retried(workshop, refusing, pip) -> None:
    with refusing("rename:*/nothing:EACCES:n=1") as injector:
        result = workshop.guarded(injector, pip, "install", "rigapp==9.9")
    assert result.status == 1, result.output
    assert result.categories == ["resolution"]
