import pytest

from ci_guard.knowledge.wrappers import parse_command
from ci_guard.model.command import CommandLine
from ci_guard.policy.match import CommandMatcher


@pytest.mark.parametrize(
    ("pattern", "command", "fits"),
    [
        ("uv tool install *", ["uv", "tool", "install", "httpx"], True),
        ("uv tool install *", ["uv", "tool", "install"], True),
        ("uv tool install *", ["uv", "tool", "installer"], False),
        ("uv tool install *", ["/usr/bin/uv", "tool", "install", "x"], True),
        ("uv tool install *", [r"C:\Tools\UV.EXE", "tool", "install", "x"], True),
        ("uv tool install *", ["uv", "--quiet", "tool", "install", "x"], False),
        ("npm ci", ["npm.cmd", "ci"], True),
        ("npm ci", ["npm", "ci", "--quiet"], False),
        ("uv.exe sync", ["uv", "sync"], True),
        ("./build.sh *", ["./build.sh", "all"], True),
        ("*", ["anything"], True),
        ("UV sync", ["uv", "sync"], True),
        ("uv SYNC", ["uv", "sync"], False),
        ("*", [], True),
        ("uv *", [], False),
        ("uv sync*", ["env", "X=1", "uv", "sync"], True),
        ("uv sync*", ["timeout", "60", "uv", "sync"], True),
        ("uv sync*", ["bash", "-c", "cd app && uv sync --frozen"], True),
        ("pip install *", ["python", "-m", "pip", "install", "x"], True),
        ("pip install *", ["py", "-3.11", "-m", "pip", "install", "x"], True),
        ("pip install *", [r"C:\Py\Scripts\pip3.11.exe", "install", "x"], True),
        ("python -m pip *", ["env", "X=1", "python3.11", "-m", "pip", "install", "x"], True),
        ("pip3.11 *", ["timeout", "5", "pip3.11", "install", "x"], True),
        ("timeout * uv sync", ["timeout", "60", "uv", "sync"], True),
        ("npm ci", ["bash", "-c", "uv sync && npm ci"], True),
        ("build", ["npm", "run", "build"], False),
        ("uv sync", ["bash", "-c", "echo uv sync"], False),
    ],
)
def test_matches(pattern: str, command: list[str], fits: bool) -> None:
    assert CommandMatcher(command, parse_command).fits(pattern) is fits


@pytest.mark.parametrize("pattern", ["uv sync", "npm *", "*"])
def test_a_line_is_taken_apart_only_where_that_can_matter(pattern: str) -> None:
    def parse(_: object) -> CommandLine:
        raise AssertionError("taken apart")

    CommandMatcher(["uv", "sync"], parse).fits(pattern)
