"""What publishes is run once: real little programs, which bear the names of those that publish."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rig import records
from rig.events import HANG

BUSY = 16
LOCK = f"error: failed to rename file from /w/.tmpAbC to /w/tool: It is busy (os error {BUSY})"
FAST = "version: 1\nbackoff: {initial: 10ms, maximum: 50ms}\nwait_for_unlock: false\nattempts: 3\n"
SCRIPT = f"""#!/bin/sh
[ "$1" = --version ] && exit # asked after a failure, and nothing is published by it
echo "$0 $*" >> runs.txt
[ "$(wc -l < runs.txt)" -ge 2 ] && exit 0
echo '{LOCK}' >&2
exit 3
"""
pytestmark = [
    pytest.mark.program,
    pytest.mark.skipif(sys.platform == "win32", reason="the little programs are scripts of sh"),
    pytest.mark.traced,
]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("git", "npm", "deploy.sh"):
        (programs / name).write_text(SCRIPT)
        (programs / name).chmod(0o755)
    return tmp_path


def guard(home: Path, policy: str, *words: str) -> "subprocess.CompletedProcess[str]":
    (home / ".ci-guard.yml").write_text(FAST + policy)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CI_GUARD")}
    environment["PATH"] = f"{home / 'programs'}{os.pathsep}{environment['PATH']}"
    return subprocess.run(
        [sys.executable, "-m", "ci_guard", "--report", "json=run.json", *words],
        cwd=home,
        env=environment,
        capture_output=True,
        text=True,
        timeout=HANG,
    )


def runs(home: Path) -> int:
    return len((home / "runs.txt").read_text().splitlines())


@pytest.mark.parametrize(
    ("command", "named"),
    [
        (("git", "push", "origin", "main"), "git push"),
        (("npm", "publish"), "npm publish"),
        (("sh", "-c", "true && git push"), "git push"),
        (("deploy.sh", "prod"), "deploy.sh"),
    ],
)
def test_what_publishes_is_not_run_again(home: Path, command: tuple[str, ...], named: str) -> None:
    done = guard(home, "", "--", *command)
    assert (done.returncode, runs(home)) == (3, 1)
    why = (
        f"no further attempt: `{named}` changes something outside of this machine, so it is not repeated; "
        "say `repeat: safe` in the policy if it may be"
    )
    assert why in done.stderr
    told = records.read(home / "run.json")
    assert (told["exit_status"], len(told["attempts"]), told["attempts"][0]["category"]) == (
        3,
        1,
        "antivirus_lock",
    )


@pytest.mark.parametrize(
    "policy", ["repeat: safe\n", 'commands:\n  - match: "git push*"\n    repeat: safe\n']
)
def test_it_is_where_the_policy_says_that_it_is_safe(home: Path, policy: str) -> None:
    done = guard(home, policy, "--", "git", "push")
    assert (done.returncode, runs(home)) == (0, 2)


def test_what_only_sounds_like_it_is_run_again(home: Path) -> None:
    done = guard(home, "", "--", "npm", "install", "push-dir")
    assert runs(home) == 2, done.stderr


def test_nothing_is_run_again_where_the_policy_says_never(home: Path) -> None:
    done = guard(home, "repeat: never\n", "--", "git", "pull")
    assert (done.returncode, runs(home)) == (3, 1)
    assert "no further attempt: the policy says `repeat: never`" in done.stderr


def test_a_dry_run_says_it_beforehand(home: Path) -> None:
    told = [
        guard(home, policy, *words)
        for policy, words in (
            ("", ("--dry-run", "--", "git", "push")),
            ("repeat: safe\n", ("--dry-run", "--", "git", "push")),
            ("", ("--dry-run", "--", "git", "pull")),
        )
    ]
    assert [done.returncode for done in told] == [0, 0, 0]
    assert ["no further attempt: `git push`" in done.stdout + done.stderr for done in told] == [
        True,
        False,
        False,
    ]
    assert not (home / "runs.txt").exists()
