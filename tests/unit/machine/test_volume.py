"""What a volume cannot do is no lock: real mounts, in a mount namespace of their own."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ci_guard.diagnose.judge import judge
from ci_guard.machine.volume import can_link, is_mount_point
from ci_guard.model.category import Category, System
from ci_guard.model.evidence import Evidence
from ci_guard.model.history import Code, Diagnosis, Match, Namespace

pytestmark = pytest.mark.traced
ROOT = Path(__file__).parents[3]
ASK = """
import dataclasses, json, sys
from ci_guard.machine.evidence import examine
told = examine(sys.argv[1], sys.argv[2] or None, float(sys.argv[3]), sys.argv[4])
print(json.dumps({**dataclasses.asdict(told), "refusal": None}))
"""


def may_mount() -> bool:
    if sys.platform == "win32" or shutil.which("unshare") is None:
        return False
    tried = ["unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"]
    return subprocess.run(tried, capture_output=True, check=False).returncode == 0


needs_mounts = pytest.mark.skipif(not may_mount(), reason="mounting needs root and Linux")


def asked(folder: Path, script: str, path: Path, operation: str) -> Evidence:
    """What the machine says about the path after a shell script has mounted something."""
    ask = [sys.executable, "-c", ASK, str(path), operation, str(time.time()), str(folder)]
    told = subprocess.run(
        ["unshare", "-m", "sh", "-ec", f'{script}\n"$@"', "sh", *ask],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    return Evidence(**json.loads(told.stdout))


def judged(evidence: Evidence, code: Code, operation: str | None, category: Category) -> Diagnosis:
    match = Match(signature="s", code=code, operation=operation, path=evidence.path)
    said = Diagnosis(category=category, ambiguous=category is Category.PERMISSION, match=match)
    return judge(said, evidence, System.LINUX)


BUSY = Code(Namespace.ERRNO, 16)
DENIED = Code(Namespace.ERRNO, 13)


@needs_mounts
@pytest.mark.parametrize("operation", ["exec", ""])
def test_no_program_runs_on_a_volume_that_forbids_it(tmp_path: Path, operation: str) -> None:
    program = tmp_path / "m" / "tool"
    program.parent.mkdir()
    script = "mount -t tmpfs -o noexec none m; printf '#!/bin/sh\\n' > m/tool; chmod +x m/tool"
    evidence = asked(tmp_path, script, program, operation)
    assert evidence.allowed is False
    assert "noexec" in evidence.sentences[-1]  # which is the one that people read first
    found = judged(evidence, DENIED, operation or None, Category.PERMISSION)
    assert (found.category, found.ambiguous) == (Category.PERMISSION, False)


@needs_mounts
@pytest.mark.parametrize("script", ["mount -t tmpfs none m", "mount --bind other m"])
def test_a_mount_point_cannot_be_removed(tmp_path: Path, script: str) -> None:
    for name in ("m", "other"):
        (tmp_path / name).mkdir()
    evidence = asked(tmp_path, script, tmp_path / "m", "remove")
    assert evidence.mount_point
    found = judged(evidence, BUSY, "remove", Category.ANTIVIRUS_LOCK)
    assert found.category is Category.CONFIGURATION
    assert "mounted" in found.advice[0]


@needs_mounts
def test_a_file_that_is_mounted_over_is_a_mount_point(tmp_path: Path) -> None:
    for name in ("hosts", "mine"):
        (tmp_path / name).touch()
    evidence = asked(tmp_path, "mount --bind mine hosts", tmp_path / "hosts", "rename")
    assert evidence.mount_point


@needs_mounts
def test_a_volume_that_is_read_only_is_no_lock(tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    evidence = asked(tmp_path, "mount -t tmpfs -o ro none m", tmp_path / "m" / "new", "create")
    assert evidence.allowed is False or evidence.made is False
    assert judged(evidence, DENIED, "create", Category.PERMISSION).category is Category.PERMISSION


# By the kernel, or where it does not know exFAT by FUSE, whose server lives until the volume is unmounted. A
# loop device is looked for and then taken: whoever else does so waits for the lock, which no server inherits.
NOT_MOUNTED = 77
EXFAT = f"""
mounted() {{
    truncate -s 16M image && mkfs.exfat image || return
    mount -o loop image m && return
    device=$(losetup --find --show image) || return
    mount.exfat-fuse "$device" m 9<&- && mounts=yes
    losetup --detach "$device"
    test "$mounts"
}}
(: </dev/loop-control) || exit {NOT_MOUNTED}
exec 9</dev/loop-control
flock 9
mounted >&2 || exit {NOT_MOUNTED}
exec 9<&-
trap 'umount m' EXIT
"""


@needs_mounts
def test_a_volume_without_symbolic_links(tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    try:
        evidence = asked(tmp_path, EXFAT, tmp_path / "m" / "link", "symlink")
    except subprocess.CalledProcessError as error:
        if error.returncode != NOT_MOUNTED:
            raise
        pytest.skip(f"no exFAT can be mounted here, which takes mkfs.exfat and a driver: {error.stderr}")
    assert evidence.linkable is False
    assert (
        judged(evidence, Code(Namespace.ERRNO, 1), "symlink", Category.PERMISSION).category
        is Category.CONFIGURATION
    )


@pytest.mark.skipif(sys.platform == "win32", reason="not asked on Windows")
def test_an_ordinary_folder(tmp_path: Path) -> None:
    assert not is_mount_point(str(tmp_path))
    assert can_link(str(tmp_path), symbolic=True, prefix=".probe-")
    assert can_link(str(tmp_path), symbolic=False, prefix=".probe-")
    assert can_link(str(tmp_path / "missing"), symbolic=True, prefix=".probe-") is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("evidence", "operation", "category"),
    [
        (Evidence(path="/a", mount_point=True), "rename", Category.CONFIGURATION),
        (Evidence(path="/a", mount_point=True), None, Category.CONFIGURATION),
        (Evidence(path="/a", mount_point=True), "open", Category.ANTIVIRUS_LOCK),
        (Evidence(path="/a"), "remove", Category.ANTIVIRUS_LOCK),
        (Evidence(path="/a", linkable=False), "symlink", Category.CONFIGURATION),
        (Evidence(path="/a", linkable=True), "symlink", Category.ANTIVIRUS_LOCK),
    ],
)
def test_what_no_waiting_makes_possible(
    evidence: Evidence, operation: str | None, category: Category
) -> None:
    assert judged(evidence, BUSY, operation, Category.ANTIVIRUS_LOCK).category is category
