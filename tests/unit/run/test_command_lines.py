"""One command in many lines: diagnosis, recovery, policy, tweaks and advice understand the same of each."""

import os
import shlex
import stat
import sys
from pathlib import Path

import pytest

from ci_guard.command_line.tools import tools_for
from ci_guard.knowledge.load import load_knowledge
from ci_guard.knowledge.wrappers import parse_command
from ci_guard.policy.match import CommandMatcher
from ci_guard.recover.families import FAMILIES
from ci_guard.recover.python.target import TargetKind
from ci_guard.recover.tweaks import ladder_of
from unit.command_line.lines import PREFIXES, SHELLS, Words
from unit.recover.drive import find_targets

KNOWLEDGE = load_knowledge()
RUNNERS = ("uv", "poetry", "npx")  # tools themselves, which are known and matched beside what they run
PLAIN = [prefix for prefix in PREFIXES if not set(prefix) & set(RUNNERS)]
MODULES = (("python", "-m"), ("python3.11", "-I", "-m"), ("py", "-3.11", "-m"))
UV: list[Words] = [("uv", "sync"), ("/usr/local/bin/uv", "sync")]
PIP = [("pip", "install", "x"), ("pip3.11", "install", "x")]
PIP += [(*module, "pip", "install", "x") for module in MODULES]


def lines(invocations: list[Words]) -> list[Words]:
    return [
        wrap((*prefix, *words))
        for shell, wrap in SHELLS.items()
        for prefix in PLAIN
        for words in invocations
        if not (shell.startswith(("cmd", "pwsh", "powershell")) and "=" in "".join(prefix[:1]))
    ]


@pytest.mark.parametrize(
    ("tool", "invocations", "pattern"), [("uv", UV, "uv sync *"), ("pip", PIP, "pip install *")]
)
def test_all_who_ask_get_the_same_answer(tool: str, invocations: list[Words], pattern: str) -> None:
    ladder = ladder_of(KNOWLEDGE, invocations[0], None)
    assert ladder
    for argv in lines(invocations):
        assert [known.name for known in tools_for(KNOWLEDGE, argv)] == [tool], argv
        assert ladder_of(KNOWLEDGE, argv, None) == ladder, argv
        assert [each.program for each in parse_command(argv).commands if each.program in FAMILIES] == [
            tool
        ], argv
        assert CommandMatcher(argv, parse_command).fits(pattern), argv


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for folder in ("", "app"):
        place = tmp_path / folder
        (place / ".venv").mkdir(parents=True)
        (place / "pyproject.toml").write_text("")
        (place / ".venv" / "pyvenv.cfg").write_text("")
    return tmp_path


def test_recovery_finds_the_environment_of_uv_in_every_line(project: Path) -> None:
    for argv in lines(UV):
        (found,) = find_targets(parse_command(argv), {}, str(project), [])
        assert (found.kind, found.prefix) == (TargetKind.PROJECT, str(project / ".venv")), argv


@pytest.mark.parametrize(
    "line",
    [
        "cd app && uv sync",
        "cd {root}/app; X=1 timeout 5 uv sync",
        "cd $ROOT/app && uv sync",
        "(cd app && uv sync)",
        "export UV_PROJECT=app; uv sync",
        "UV_PROJECT_ENVIRONMENT={root}/app/.venv uv sync",
    ],
)
def test_recovery_follows_the_line_to_where_a_command_works(project: Path, line: str) -> None:
    argv = ("bash", "-c", line.format(root=project))
    (found,) = find_targets(parse_command(argv), {"ROOT": str(project)}, str(project), [])
    assert (found.kind, Path(found.prefix)) == (TargetKind.PROJECT, project / "app" / ".venv")


def test_each_command_of_a_line_counts(project: Path) -> None:
    argv = ("bash", "-c", "uv sync && cd app && uv sync && npm ci")
    found = find_targets(parse_command(argv), {}, str(project), [])
    assert [Path(each.prefix) for each in found] == [project / ".venv", project / "app" / ".venv"]


def test_where_only_the_shell_could_tell_nothing_is_touched(project: Path) -> None:
    for line in ("cd $(mktemp -d) && uv sync", "cd $NOWHERE && uv sync"):
        assert find_targets(parse_command(("bash", "-c", line)), {}, str(project), []) == ()


@pytest.mark.skipif(sys.platform == "win32", reason="the interpreter is a shell script")
@pytest.mark.parametrize(
    "line",
    [
        "pip install x",
        "env X=1 timeout 5 pip3.11 install x",
        "bash -c 'python -m pip install x'",
        "py -3.11 -m pip install x",
        "python -m uv pip install x",
        "bash -c '. {root}/env/bin/activate && python -m pip install x'",
    ],
)
def test_recovery_asks_the_interpreter_that_the_line_names(tmp_path: Path, line: str) -> None:
    folder = tmp_path / ("env/bin" if "activate" in line else "bin")
    folder.mkdir(parents=True)
    for name in ("python", "py"):
        script = folder / name
        script.write_text(
            '#!/bin/sh\n[ "$1" = -3.11 ] && shift\n'
            f'exec "{sys.executable}" -S -c "import sys; sys.prefix = sys.argv[1]; exec(sys.argv[2])" '
            f'"{tmp_path}/env" "$3"\n'
        )
    for name in ("pip", "pip3.11"):
        (folder / name).write_text(f"#!{folder}/python\n")
    for script in folder.iterdir():
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
    environment = {"PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    argv = shlex.split(line.format(root=tmp_path))
    found = find_targets(parse_command(argv), environment, str(tmp_path), [])
    assert found
    assert found[0].prefix == str(tmp_path / "env")
