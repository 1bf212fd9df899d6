"""Both ways to list the machine's processes agree, and a pid alone proves nothing."""

import os
import shutil
import signal
import subprocess
import sys
import uuid

import pytest

if sys.platform == "win32":
    pytest.skip("Windows has job objects", allow_module_level=True)

from ci_guard.process import _tree
from rig.events import HANG

NOBODY = 2**22 + 1  # beyond the greatest pid of Linux


@pytest.fixture
def sleeper():
    with subprocess.Popen(["sleep", "600"], process_group=0) as process:
        yield process
        process.kill()


@pytest.fixture
def mark() -> str:
    """A mark that no process of another test bears: they run side by side."""
    return uuid.uuid4().hex


@pytest.fixture(params=["proc", "ps"])
def source(request, monkeypatch, tmp_path):
    if request.param == "proc" and not os.path.exists("/proc/self/stat"):
        pytest.skip("no /proc here")
    if request.param == "ps":
        if shutil.which("ps") is None:
            pytest.skip("no `ps` here")
        monkeypatch.setattr(_tree, "PROC", str(tmp_path))
    return request.param


def test_a_living_process_is_listed_with_its_parent_and_group(source, sleeper):
    found = {process.pid: process for process in _tree.living()}
    assert found[sleeper.pid].parent == os.getpid()
    assert found[sleeper.pid].group == sleeper.pid
    assert found[os.getpid()].group == os.getpgrp()


def test_a_tree_remains_until_it_has_ended(source, sleeper, mark):
    tree = _tree.Tree(sleeper.pid, own_group=True, mark=f"X={mark}")
    assert [process.pid for process in tree.refresh()] == [sleeper.pid]
    assert tree.remains()
    tree.send(signal.SIGKILL)
    os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)
    assert not tree.remains()  # a zombie does not count


def test_another_process_with_a_known_pid_is_left_alone(source, sleeper, mark):
    tree = _tree.Tree(1, own_group=False, mark=f"X={mark}")
    tree._known = {sleeper.pid: "another start time"}
    assert not tree.remains()
    tree.send(signal.SIGKILL)
    assert sleeper.poll() is None


def test_the_tree_of_a_command_in_our_own_group_is_not_we_ourselves(source, until, mark):
    with subprocess.Popen(["sh", "-c", "sleep 600 & wait"]) as process:
        try:
            tree = _tree.Tree(process.pid, own_group=False, mark=f"X={mark}")
            until(lambda: len(tree.refresh()) == 2)
            tree.send(signal.SIGTERM)
            assert process.wait(HANG) == -signal.SIGTERM
            until(lambda: not tree.remains())
        finally:
            process.kill()


@pytest.mark.skipif(not hasattr(os, "waitid"), reason="no waitid here")
def test_a_process_that_is_only_a_bearer_of_the_mark_is_found(until, mark):
    if not os.path.exists("/proc/self/environ"):
        pytest.skip("no /proc/PID/environ here")
    environment = {**os.environ, "X": f"outer:{mark}"}
    with subprocess.Popen(["sleep", "600"], env=environment, start_new_session=True) as process:
        try:
            tree = _tree.Tree(NOBODY, own_group=False, mark=f"X={mark}")
            until(tree.refresh)
            tree.send(signal.SIGTERM)
            assert process.wait(HANG) == -signal.SIGTERM
        finally:
            process.kill()
