"""Script files: which steps of tools they tell, whichever way they are started."""

import os
from pathlib import Path

import pytest

from ci_guard.command_line.parse import parse
from ci_guard.knowledge.load import load_knowledge
from ci_guard.recover.steps import read_steps

WRAPPERS = load_knowledge(()).wrappers
POSIX = """\
#!/usr/bin/env bash
set -euo pipefail
# uv tool install ruff
cd sub
if [ -n "$CI" ]; then
  UV_LINK_MODE=copy uv sync
fi
front() {
  npm ci
}
front
"""
BATCH = "@echo off\r\ncd sub\r\ncall env\\Scripts\\activate.bat\r\npip install riga || exit /b 1\r\n"
STARTS = (
    "sh build.sh", "bash -e build.sh release", "./build.sh", "./build", "sh build", "sh outer.sh",
    "env CI=1 sh build.sh", "sh -c ./build.sh",
)  # fmt: skip
POWERSHELL = "Set-Location sub\r\nuv sync --frozen\r\n"


def _steps(folder: Path, argv: list[str]) -> list[tuple[str, tuple[str, ...], str]]:
    line = parse(argv, WRAPPERS)
    steps = read_steps(line, {"PATH": os.environ["PATH"]}, str(folder), WRAPPERS)
    assert (steps[-1].name, steps[-1].directory) == ("", str(folder))  # a script may always do more
    return [(step.name, step.words, os.path.relpath(step.directory, folder)) for step in steps if step.name]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "build.sh").write_text(POSIX, "utf-8")
    (tmp_path / "build").write_text(POSIX, "utf-8")
    (tmp_path / "build.bat").write_text(BATCH, "utf-8")
    (tmp_path / "build.ps1").write_text(POWERSHELL, "utf-8")
    (tmp_path / "outer.sh").write_text("sh build.sh\n", "utf-8")
    (tmp_path / "round.sh").write_text("sh round.sh\n", "utf-8")
    (tmp_path / "tool").write_bytes(b"\x7fELF\0uv sync\n")
    return tmp_path


@pytest.mark.parametrize("line", STARTS)
def test_a_script_of_a_posix_shell(project: Path, line: str) -> None:
    argv = ["sh", "-c", "./build.sh"] if "-c" in line else line.split()
    assert _steps(project, argv) == [("uv", ("sync",), "sub"), ("npm", ("ci",), "sub")]


@pytest.mark.parametrize("line", ["build.bat", "cmd /c build.bat", "cmd /c call build.bat"])
def test_a_batch_file(project: Path, line: str) -> None:
    assert _steps(project, line.split()) == [("pip", ("install", "riga"), "sub")]


@pytest.mark.parametrize("line", ["powershell -File build.ps1", "pwsh build.ps1"])
def test_a_script_of_powershell(project: Path, line: str) -> None:
    assert _steps(project, line.split()) == [("uv", ("sync", "--frozen"), "sub")]


@pytest.mark.parametrize("line", ["./tool", "sh missing.sh", "sh round.sh", "python build.sh", "sh -c true"])
def test_what_tells_no_steps(project: Path, line: str) -> None:
    assert _steps(project, line.split()) == []


PLACED = [
    ("build.sh", 'cd "$(dirname "$0")"\nuv sync\n'),
    ("build.sh", 'HERE="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"\ncd "$HERE"\nuv sync\n'),
    ("build.sh", 'cd "$(dirname "$(readlink -f "$0")")"\nuv sync\n'),
    ("build.sh", 'cd "$(dirname "$0")" || exit\ncat > note <<EOF\nnpm ci\nEOF\nuv sync\n'),
    ("build.bat", '@cd /d "%~dp0"\r\ncall uv sync\r\n'),
    ("build.bat", "pushd %~dp0\r\npushd sub\r\npopd\r\nuv sync\r\n"),
    ("build.ps1", "Set-Location $PSScriptRoot\nPush-Location sub\nPop-Location\nuv sync\n"),
    ("build.ps1", "cd (Split-Path -Parent $MyInvocation.MyCommand.Path)\nuv sync\n"),
]


@pytest.mark.parametrize(("name", "text"), PLACED)
def test_a_script_that_goes_to_its_own_folder(tmp_path: Path, name: str, text: str) -> None:
    folder = tmp_path / "scripts"
    (folder / "sub").mkdir(parents=True)
    (folder / name).write_text(text, "utf-8", newline="")
    start = {"build.sh": "sh", "build.bat": "cmd /c", "build.ps1": "pwsh -File"}[name]

    assert _steps(tmp_path, [*start.split(), f"scripts/{name}"]) == [("uv", ("sync",), "scripts")]
