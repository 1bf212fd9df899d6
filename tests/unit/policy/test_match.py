import pytest

from ci_guard.policy.match import matches


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
    ],
)
def test_matches(pattern: str, command: list[str], fits: bool) -> None:
    assert matches(pattern, command) is fits
