"""Completion: the scripts know every command and option, and the shells that are here take them."""

import os
import select
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ci_guard.cli import main
from ci_guard.cli.commands import COMMANDS
from ci_guard.cli.completion import SHELLS, script, words
from ci_guard.policy.table import options
from rig.events import HANG

ENOUGH = 240.0  # seconds
READY = "it is ready"
# what is typed, and what a Tab makes of it
TYPED = {
    "po": "policy",
    "policy sh": "policy show",
    "--attempt-": "--attempt-timeout",
    "policy init --f": "policy init --force",
    "help exi": "help exit-status",
    "completion po": "completion powershell",
    "explain --format ma": "explain --format markdown",
    "explain x.log --comm": "explain x.log --command",
    "--policy x.yml --attempts 3 --verb": "--policy x.yml --attempts 3 --verbose",
    "--policy uni": "--policy unique-file",
    "explain uni": "explain unique-file",
    "-- unique-pro": "-- unique-program",
    "--attempts 3 -- cat uni": "--attempts 3 -- cat unique-file",
    "jenkins quara": "jenkins quarantine",
}
SET_UP = {
    "bash": "PS1=; bind 'set enable-bracketed-paste off'; bind 'set bell-style none'",
    "zsh": "unsetopt zle_bracketed_paste 2>/dev/null; unset zle_bracketed_paste; PS1=; setopt no_beep",
}
QUIET = {"bash": ("--norc", "--noprofile", "-i"), "zsh": ("-f", "-i")}


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


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with one file and one program that are named like no other, and the scripts."""
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "unique-file").touch()
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "unique-program"
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    for shell in SHELLS:
        (tmp_path / shell).write_text(script(shell), encoding="utf-8")
    return tmp_path


def surroundings(place: Path) -> dict[str, str]:
    path = f"{place / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return {"PATH": path, "HOME": str(place), "TERM": "dumb", "LC_ALL": "C.UTF-8"}


@pytest.mark.skipif(sys.platform == "win32", reason="asks shells of POSIX at a terminal")
@pytest.mark.parametrize("shell", SET_UP)
def test_a_shell_at_a_terminal_completes(place: Path, shell: str) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"no {shell} here")
    import pty

    child, terminal = pty.fork()
    if child == 0:
        os.chdir(place / "here")
        os.execve(program, [shell, *QUIET[shell]], surroundings(place))
    try:
        seen = Screen(terminal)
        shown = "printf '[%s]' \"$*\""
        says = f"'it is'{shlex.quote(READY.removeprefix('it is'))}"  # not as it is typed
        source = f"source {shlex.quote(str(place / shell))}"
        os.write(terminal, f"{SET_UP[shell]}; {source}; ci-guard() {{ {shown}; }}; echo {says}\n".encode())
        seen.wait_for(READY)
        for typed, whole in TYPED.items():
            os.write(terminal, f"ci-guard {typed}\t\n".encode())
            seen.wait_for(f"[{whole}]")
        os.write(terminal, b"exit\n")
    finally:
        os.close(terminal)
        os.waitpid(child, 0)


class Screen:
    """What a terminal has shown."""

    def __init__(self, terminal: int) -> None:
        self.terminal = terminal
        self.text = ""

    def wait_for(self, text: str) -> None:
        """Read until the text was shown, and forget what came before."""
        while text not in self.text:
            if not select.select([self.terminal], [], [], ENOUGH)[0]:
                pytest.fail(f"no {text!r} in {self.text!r}")
            self.text += os.read(self.terminal, 4096).decode("utf-8", "replace")
        self.text = self.text.partition(text)[2]


@pytest.mark.skipif(sys.platform == "win32", reason="asks a fish of POSIX")
@pytest.mark.skipif(shutil.which("fish") is None, reason="no fish here")
def test_fish_completes(place: Path) -> None:
    asked = "".join(f"complete -C {shlex.quote('ci-guard ' + typed)}; echo ---;" for typed in TYPED)
    command = ["fish", "--no-config", "-c", f"source {shlex.quote(str(place / 'fish'))}; {asked}"]
    done = subprocess.run(
        command, env=surroundings(place), cwd=place / "here", capture_output=True, text=True, timeout=ENOUGH
    )
    offered = [
        [row.split("\t")[0] for row in part.splitlines() if row] for part in done.stdout.split("---\n")[:-1]
    ]
    assert offered == [[whole.split()[-1]] for whole in TYPED.values()], done.stderr


@pytest.mark.skipif(shutil.which("pwsh") is None, reason="no pwsh here")
def test_powershell_completes(place: Path) -> None:
    """What it leaves to PowerShell itself, files and guarded commands, is not asked for."""
    ours = {typed: whole for typed, whole in TYPED.items() if "uni" not in typed}
    file = place / "completion.ps1"
    asked = "".join(
        f"(TabExpansion2 -inputScript 'ci-guard {typed}' -cursorColumn {len(f'ci-guard {typed}')})"
        ".CompletionMatches.CompletionText; '---'\n"
        for typed in ours
    )
    file.write_text(f"{script('powershell')}\n{asked}", encoding="utf-8")
    command = ["pwsh", "-NoProfile", "-NonInteractive", "-File", str(file)]
    done = subprocess.run(command, cwd=place / "here", capture_output=True, text=True, timeout=ENOUGH)
    offered: list[list[str]] = [[]]
    for row in done.stdout.splitlines():
        offered.append([]) if row == "---" else offered[-1].append(row)
    assert offered == [*([whole.split()[-1]] for whole in ours.values()), []], done.stderr


@pytest.mark.parametrize(
    ("shell", "check"), [("zsh", ("-n",)), ("fish", ("--no-execute",)), ("bash", ("-n",))]
)
def test_a_shell_that_is_here_can_read_its_script(tmp_path: Path, shell: str, check: tuple[str, ...]) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"no {shell} here")
    file = tmp_path / "script"
    file.write_text(script(shell), encoding="utf-8")
    done = subprocess.run([program, *check, str(file)], capture_output=True, text=True, timeout=HANG)
    assert done.returncode == 0, done.stderr
