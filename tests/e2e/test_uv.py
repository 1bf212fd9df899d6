"""The real uv, several versions, under really injected locks."""

import functools
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rig import tools
from rig.requirement import needs_injection

pytestmark = [needs_injection(), pytest.mark.traced]
V2 = "rigapp 2.0 metadata 2.0 rigdep 2.0"


def test_a_launcher_that_is_held_for_a_moment(workshop, refusing, uv) -> None:
    workshop.want("2.0")
    with refusing("rename:*/bin/rigapp:EACCES:n=2") as injector:
        result = workshop.guarded(injector, [uv], "sync")
        assert len(injector.hits()) == 2
    assert result.status == 0, result.output
    assert workshop.says(workshop.venv / "bin" / "rigapp") == V2
    assert result.record["outcome"] == "flaky"
    assert result.categories == ["antivirus_lock", "antivirus_lock", None]
    assert result.record["attempts"][0]["match"]["path"] == str(workshop.venv / "bin" / "rigapp")
    assert result.record["attempts"][0]["match"]["code"]["number"] == 13
    assert result.record["verification"]["whole"] is True
    assert result.step().is_flaky


def test_two_guards_mend_one_environment_at_once(workshop, refusing) -> None:
    """Each sees what the other's uv has half done, and neither removes it."""
    workshop.want("2.0")
    with refusing("rename:*/bin/rigapp:EACCES:n=2") as injector, ThreadPoolExecutor(2) as pool:
        guarded = functools.partial(
            workshop.guarded, injector, [tools.uv(tools.NEWEST_UV)], "sync", attempts=6
        )
        results = [each.result() for each in [pool.submit(guarded) for _ in range(2)]]
        assert len(injector.hits()) == 2
    assert [result.status for result in results] == [0, 0], "\n".join(result.output for result in results)
    assert workshop.says(workshop.venv / "bin" / "rigapp") == V2
    (site,) = workshop.venv.glob("lib/python*/site-packages")
    assert sorted(path.name for path in site.glob("rig*.dist-info")) == [
        "rigapp-2.0.dist-info",
        "rigdep-2.0.dist-info",
    ]


def test_a_lock_that_never_ends(workshop, refusing, uv) -> None:
    workshop.want("2.0")
    with refusing("rename:*/bin/rigapp:EACCES:forever") as injector:
        result = workshop.guarded(injector, [uv], "sync", attempts=3)
    assert result.status == 2, result.output
    assert (result.record["outcome"], result.record["category"]) == ("gave_up", "antivirus_lock")
    assert len(result.record["attempts"]) == 3
    assert "the same file was refused at each of the 3 attempts" in result.output
    assert not result.step().is_passed


def test_a_clock_that_is_set_back_during_the_run(workshop, refusing) -> None:
    """Comparing the files' times with the clock's would take the whole attempt for older than the run."""
    workshop.want("2.0")
    with refusing("rename:*/bin/rigapp:EACCES:n=1") as injector:
        result = workshop.guarded(injector, [tools.uv(tools.NEWEST_UV)], "sync", ahead=3600.0)
        assert injector.hits()
    assert result.status == 0, result.output
    assert workshop.says(workshop.venv / "bin" / "rigapp") == V2
    assert (result.record["outcome"], result.record["verification"]["whole"]) == ("flaky", True)


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param("rename:*/archive-v0/*:EACCES:n=1", id="cache"),
        pytest.param("link,openw:*/site-packages/rigapp/module_0*:EBUSY:n=1", id="module"),
    ],
)
def test_a_lock_elsewhere(workshop, refusing, uv, rule: str) -> None:
    workshop.want("2.0")
    with refusing(rule) as injector:
        result = workshop.guarded(injector, [uv], "sync")
        assert injector.hits()
    assert result.status == 0, result.output
    assert workshop.says(workshop.venv / "bin" / "rigapp") == V2
    if result.record["outcome"] != "passed":  # uv falls back to copying where the first link is refused
        assert (result.record["outcome"], result.categories[0]) == ("flaky", "antivirus_lock")


@pytest.mark.parametrize("operation", ["unlink:*/site-packages/rigapp/module_01*", "rename:*/bin/rigapp"])
def test_a_half_done_upgrade(workshop, refusing, uv, operation: str) -> None:
    workshop.want("1.0")
    workshop.run(uv, "sync")
    workshop.want("2.0")
    with refusing(f"{operation}:EACCES:n=1") as injector:
        result = workshop.guarded(injector, [uv], "sync")
        assert injector.hits()
    assert result.status == 0, result.output
    assert result.record["outcome"] == "flaky"
    assert result.record["attempts"][1]["repairs"]
    assert workshop.says(workshop.venv / "bin" / "rigapp") == V2
    (site,) = workshop.venv.glob("lib/python*/site-packages")
    assert sorted(path.name for path in site.glob("rigapp-*.dist-info")) == ["rigapp-2.0.dist-info"]
    assert not (site / "rigapp" / "legacy.py").exists(), "a module of the old version was left"


def test_two_locks_at_different_packages(workshop, refusing, uv) -> None:
    workshop.want("2.0")
    rules = (
        "link,openw:*/site-packages/rigdep/module_005.py:EBUSY:n=1",
        "rename:*/bin/rigapp-two:EACCES:n=1",
    )
    with refusing(*rules) as injector:
        result = workshop.guarded(injector, [uv], "sync")
        assert injector.hits()
    assert result.status == 0, result.output
    assert workshop.says(workshop.venv / "bin" / "rigapp") == V2
    assert result.record["verification"]["whole"] is True


def test_a_tool(workshop, refusing, uv) -> None:
    with refusing("symlink,link,openw:*/rigapp-two:EACCES:n=1") as injector:
        result = workshop.guarded(injector, [uv], "tool", "install", "rigapp")
        assert injector.hits()
    assert result.status == 0, result.output
    assert result.record["outcome"] == "flaky"
    folder = Path(workshop.variables["UV_TOOL_BIN_DIR"])
    assert workshop.says(folder / "rigapp") == V2
    assert sorted(path.name for path in folder.iterdir()) == ["rigapp", "rigapp-data.py", "rigapp-two"]


def test_a_virtual_environment_whose_making_failed(workshop, refusing) -> None:
    """The trap: a plain second `uv sync` would install into the base Python, with exit 0."""
    workshop.want("2.0")
    site = next(workshop.base.glob("lib/python*/site-packages"))
    before = sorted(os.listdir(site))
    with refusing("openw:*/.venv/bin/activate:EACCES:n=1") as injector:
        result = workshop.guarded(injector, [tools.uv(tools.NEWEST_UV)], "sync")
        assert injector.hits()
    assert result.status == 0, result.output
    assert (workshop.venv / "pyvenv.cfg").exists()
    assert workshop.says(workshop.venv / "bin" / "rigapp") == V2
    assert sorted(os.listdir(site)) == before


def test_a_launcher_in_quarantine(workshop, refusing) -> None:
    """The fresh file is gone: at most one more attempt, and said as what it is."""
    workshop.want("2.0")
    with refusing("rename:*/bin/rigapp:ENOENT:forever") as injector:
        result = workshop.guarded(injector, [tools.uv(tools.NEWEST_UV)], "sync", attempts=6)
    assert result.status != 0, result.output
    assert result.categories == ["antivirus_block", "antivirus_block"]
    assert "quarantine" in result.output


def test_a_plain_failure_is_not_retried(workshop, refusing, uv) -> None:
    workshop.want("9.9")
    with refusing("rename:*/nothing:EACCES:n=1") as injector:
        result = workshop.guarded(injector, [uv], "sync")
    assert result.status == 1, result.output
    assert result.categories == ["resolution"]
