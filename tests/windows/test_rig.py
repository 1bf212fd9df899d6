"""The rig itself: without these, the other tests here would prove nothing."""

import sys

import pytest

from rig import tools, windows

BREAKPOINT = 0x80000003  # STATUS_BREAKPOINT: more than the 8 bits that Unix has for a status


def test_a_program_has_pipes_and_a_status_of_32_bits(system) -> None:
    code = "import sys, os; print('out', flush=True); print('err', file=sys.stderr, flush=True)"
    done = system.run(system.guard, "-I", "-c", f"{code}; os._exit({BREAKPOINT - 2**32})")
    assert (done.status, done.stdout.split(), done.stderr.split()) == (BREAKPOINT, [b"out"], [b"err"])


def test_the_python_is_one_of_windows(system) -> None:
    done = system.run(system.guard, "-I", "-c", "import sys, ci_guard, yaml; print(sys.platform)")
    assert (done.status, done.stdout.split()) == (0, [b"win32"]), done.text


def test_nothing_of_this_machine_reaches_a_program(system, workshop, monkeypatch) -> None:
    monkeypatch.setenv("UV_CACHE_DIR", "of the caller")
    code = "import os; print(os.environ.get('UV_CACHE_DIR'), os.environ['TEMP'])"
    environment = {"TEMP": r"C:\elsewhere"}
    done = system.run(system.guard, "-I", "-c", code, environment=environment)
    assert done.stdout.decode().split() == ["None", r"C:\elsewhere"]


@pytest.mark.parametrize("share", ["", "r", "rw", "rwd"])
def test_a_held_file_is_refused_as_windows_refuses_it(system, workshop, holder, share: str) -> None:
    file = workshop.project / "held"
    file.write_text("x")
    probe = "import os, sys; os.unlink(sys.argv[1])"
    held = holder(file, share)
    refused = system.run(system.guard, "-I", "-c", probe, file)
    assert (b"[WinError 32]" in refused.stderr) == ("d" not in share), refused.text
    held.release()
    again = system.run(system.guard, "-I", "-c", probe, file)
    assert again.status == (0 if "d" not in share else 1), again.text
    assert not file.exists()


@pytest.mark.parametrize("version", tools.UV_VERSIONS)
def test_there_is_every_version_of_uv(system, version: str) -> None:
    assert system.run(system.uv(version), "--version").stdout.split()[:2] == [b"uv", version.encode()]


def test_a_program_can_be_ended_alone(system) -> None:
    code = "import time; print('begun', flush=True); time.sleep(600)"
    started = system.start([system.guard, "-I", "-c", code], folder=system.drive)
    assert started.process.stdout.readline().strip() == b"begun"
    started.terminate()
    assert started.done().status != 0


@pytest.mark.skipif(sys.platform == "win32", reason="no Wine there")
def test_the_drives_are_private(system, tmp_path) -> None:
    with windows.opened(tmp_path) as other:
        (other.drive / "w").mkdir(exist_ok=True)
        assert other.drive != system.drive
        assert other.run(other.guard, "-I", "-c", "print(1)").stdout.strip() == b"1"
    assert not other.drive.exists()
    assert system.run(system.guard, "-I", "-c", "print(1)").stdout.strip() == b"1"
