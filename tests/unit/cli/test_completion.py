"""Completion: the scripts know every command and option, and the shells that are here take them."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ci_guard.cli import main
from ci_guard.cli.commands import COMMANDS
from ci_guard.cli.completion import SHELLS, script, words
from ci_guard.policy.table import options

ASK = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _ci_guard; printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_names_every_command_and_option(capsys: pytest.CaptureFixture[str], shell: str) -> None:
    assert main(["completion", shell]) == 0
    text = capsys.readouterr().out
    assert text == script(shell)
    for name in (*COMMANDS, "init", "quarantine", "exit-status"):
        assert name in text
    for option in options():
        assert option.flag.removeprefix("--") in text


def test_what_may_follow_what() -> None:
    table = words()
    assert set(table[""].commands) == set(COMMANDS)
    assert "--force" in table["policy init"].options
    assert set(table["policy"].commands) == {"init", "check", "show", "test", "schema"}


@pytest.mark.skipif(sys.platform == "win32" or shutil.which("bash") is None, reason="asks a bash of POSIX")
@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        (("po",), ["policy"]),
        (("policy", "sh"), ["show"]),
        (("--attempt",), ["--attempts", "--attempt-timeout"]),
        (("policy", "init", "--f"), ["--force"]),
        (("help", "exi"), ["exit-status"]),
        (("--attempts", "3", "--", "printf"), ["printf"]),
    ],
)
def test_bash_completes(tmp_path: Path, typed: tuple[str, ...], offered: list[str]) -> None:
    file = tmp_path / "completion.bash"
    file.write_text(script("bash"), encoding="utf-8")
    command = ["bash", "--norc", "-c", ASK, "ask", str(file), "ci-guard", *typed]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=tmp_path)
    assert sorted(set(done.stdout.split())) == sorted(offered), done.stderr


@pytest.mark.parametrize(
    ("shell", "check"), [("zsh", ("-n",)), ("fish", ("--no-execute",)), ("bash", ("-n",))]
)
def test_a_shell_that_is_here_can_read_its_script(tmp_path: Path, shell: str, check: tuple[str, ...]) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"no {shell} here")
    file = tmp_path / "script"
    file.write_text(script(shell), encoding="utf-8")
    done = subprocess.run([program, *check, str(file)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
