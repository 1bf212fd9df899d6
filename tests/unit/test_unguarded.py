"""The way out where ci-guard's own files are locked before the command has started."""

import subprocess
import sys

import pytest

from ci_guard.unguarded import guarded_command
from rig.events import HANG


@pytest.mark.parametrize(
    ("line", "environ", "command"),
    [
        ("-- uv sync", {}, "uv sync"),
        ("run --attempts 3 -- uv sync -- x", {}, "uv sync -- x"),
        ("--policy FILE -- uv", {}, "uv"),
        ("-- uv", {"CI_GUARD_DRY_RUN": "0"}, "uv"),
        # no command is asked for, or not to be run
        ("--dry-run -- uv", {}, ""),
        ("-- uv", {"CI_GUARD_DRY_RUN": "1"}, ""),
        ("--help -- uv", {}, ""),
        ("explain --command x -- log", {}, ""),
        ("uv sync", {}, ""),
        ("--", {}, ""),
        ("", {}, ""),
    ],
)
def test_which_command_is_to_be_run(line: str, environ: dict[str, str], command: str) -> None:
    assert guarded_command(line.split(), environ) == tuple(command.split())


@pytest.mark.traced
@pytest.mark.parametrize(
    ("command", "status"),
    [
        ((sys.executable, "-c", "raise SystemExit(7)"), 7),
        (("there-is-none-such",), 127),
    ],
)
def test_the_commands_own_status(command: tuple[str, ...], status: int) -> None:
    program = "import sys; from ci_guard.unguarded import run_unguarded as run\n"
    program += "sys.exit(run(tuple(sys.argv[1:]), ImportError('x.py is held')))"
    done = subprocess.run([sys.executable, "-c", program, *command], capture_output=True, timeout=HANG)
    assert done.returncode == status
    assert b"ci-guard: warning: no guard, since a file of ci-guard itself cannot be used: x.py" in done.stderr
