"""Windows pip, files that another process really holds, ci-guard in Windows Python."""

import pytest

from rig import tools

V1, V2 = (f"rigapp {version} metadata {version} rigdep {version}" for version in ("1.0", "2.0"))
LEFT_OVER = b"left over"
HELD = {"namespace": "win32", "number": 32}  # ERROR_SHARING_VIOLATION
UPGRADE = ("install", "--upgrade", "rigapp", "rigdep")


def is_recovered(done, held: str, workshop) -> None:
    """It was green at the second attempt with version 2.0, all of it and nothing else."""
    assert done.status == 0, done.output
    assert done.record["outcome"] == "flaky"
    assert done.categories == ["antivirus_lock", None]
    match = done.record["attempts"][0]["match"]
    assert match["path"].lower() == held.lower()  # pip writes what it removes in small letters
    assert match["code"] == HELD
    assert done.step().is_flaky
    assert done.record["verification"]["whole"] is True
    assert workshop.versions() == workshop.versions("rigdep") == ["2.0"]
    assert workshop.says("rigapp") == workshop.says("rigapp-two") == V2
    assert not (workshop.site / "rigapp" / "legacy.py").exists(), "a module of the old version was left"


def test_a_launcher_is_held(workshop, guard, holder) -> None:
    workshop.make_venv(tools.NEWEST_PIP)
    launcher = workshop.scripts / "rigapp.exe"
    launcher.write_bytes(LEFT_OVER)
    done = guard.released_after_attempt_1(holder(launcher), "pip", "install", "rigapp==2.0")
    is_recovered(done, workshop.system.spelled(launcher), workshop)


def test_a_plain_second_run_leaves_the_launcher_out(workshop, holder) -> None:
    """The trap of the test above: exit 0, and what was left over is still there, or nothing."""
    workshop.make_venv(tools.NEWEST_PIP)
    launcher = workshop.scripts / "rigapp.exe"
    launcher.write_bytes(LEFT_OVER)
    held = holder(launcher)
    words = ("pip", "install", "rigapp==2.0")
    failed = workshop.plain(*words)
    assert failed.status == 1, failed.text
    held.release()
    assert "Requirement already satisfied: rigapp==2.0" in workshop.run(*words).text
    assert not launcher.exists() or launcher.read_bytes() == LEFT_OVER


@pytest.mark.parametrize("version", tools.PIP_VERSIONS)
def test_an_upgrade_with_a_held_launcher(workshop, guard, holder, version: str) -> None:
    workshop.make_venv(version)
    workshop.run("pip", "install", "rigapp==1.0")
    assert workshop.says("rigapp") == V1
    launcher = workshop.scripts / "rigapp.exe"
    held = holder(launcher, "r")  # without, pip meets the C library first, which knows EACCES only
    done = guard.released_after_attempt_1(held, "python", "-m", "pip", *UPGRADE)
    is_recovered(done, workshop.system.spelled(launcher), workshop)


def test_a_launcher_held_for_ever(workshop, guard, holder) -> None:
    workshop.make_venv(tools.NEWEST_PIP)
    launcher = workshop.scripts / "rigapp.exe"
    launcher.write_bytes(LEFT_OVER)
    holder(launcher)
    done = guard("pip", "install", "rigapp==2.0", options=("--attempts", "2"))
    assert done.status == 1, done.output
    assert (done.record["outcome"], done.record["category"]) == ("gave_up", "file_in_use")
    assert [attempt["match"]["code"] for attempt in done.record["attempts"]] == [HELD, HELD]
    assert not done.step().is_passed
