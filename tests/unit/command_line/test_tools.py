"""Which tools a command line can run, seen through whatever is wrapped around them."""

import pytest

from ci_guard.command_line.tools import tools_for
from ci_guard.knowledge.load import load_knowledge

KNOWLEDGE = load_knowledge()
ALL = {tool.name for tool in KNOWLEDGE.tools}


@pytest.mark.parametrize(
    ("command", "tools"),
    [
        (["uv", "sync"], {"uv"}),
        (["C:\\Users\\ci\\.local\\bin\\UV.EXE", "sync"], {"uv"}),
        (["/usr/bin/pip3.11", "install", "a"], {"pip"}),
        (["python", "-m", "pip", "install", "a"], {"pip"}),
        (["python3.12", "-X", "utf8", "-m", "pip", "install"], {"pip"}),
        (["py", "-3", "-m", "pip", "install", "a"], {"pip"}),
        (["uv", "run", "--with", "x", "pip", "list"], {"uv", "pip"}),
        (["uv", "tool", "run", "pip"], {"uv", "pip"}),
        (["uv", "tool", "install", "httpx"], {"uv"}),
        (["cmd", "/d", "/c", "uv sync"], {"uv"}),
        (["cmd.exe", "/c", "uv", "sync"], {"uv"}),
        (["sh", "-c", "uv sync"], {"uv"}),
        (["bash", "-lc", "cd app && uv sync && npm ci"], {"uv", "npm"}),
        (["bash", "-c", "PIP_NO_INPUT=1 pip install a || exit 1"], {"pip"}),
        (["pwsh", "-NoProfile", "-Command", "uv sync; npm ci"], {"uv", "npm"}),
        (["env", "-u", "A", "B=1", "uv", "sync"], {"uv"}),
        (["A=1", "uv", "sync"], {"uv"}),
        (["sudo", "-u", "ci", "pip", "install", "a"], {"pip"}),
        (["timeout", "-k", "5", "60", "uv", "sync"], {"uv"}),
        (["nice", "-n", "5", "uv", "sync"], {"uv"}),
        (["corepack", "npm", "ci"], {"npm"}),
        (["wine64", "C:\\uv\\uv.exe", "sync"], {"uv"}),
        (["sudo", "env", "A=1", "timeout", "5", "sh", "-c", "python -m pip install a"], {"pip"}),
        (["./build.sh"], ALL),
        (["bash", "build.sh"], ALL),
        (["python", "setup.py", "install"], ALL),
        (["make", "deps"], ALL),
        (["bash", "-c", "uv sync && make"], ALL),
        (["uv", "run", "pytest"], ALL),
        (["bash"], ALL),
        ([], ALL),
    ],
)
def test_the_tools_of_a_command(command: list[str], tools: set[str]) -> None:
    assert {tool.name for tool in tools_for(KNOWLEDGE, command)} == tools


def test_wrappers_without_an_end_are_given_up() -> None:
    command = ["env"] * 100 + ["uv"]
    assert {tool.name for tool in tools_for(KNOWLEDGE, command)} == ALL
