"""Whose tweaks a command may get."""

import pytest

from ci_guard.knowledge.load import load_knowledge
from ci_guard.recover.tweaks import ladder_of


@pytest.mark.parametrize(
    ("line", "signature", "owners"),
    [
        ("uv sync", "rust.one-path", {"uv"}),
        ("uv tool run something", "uv.hardlink", {"uv"}),
        ("./build.sh", "uv.hardlink", {"uv"}),
        ("./build.sh", "rust.one-path", set()),
        ("python -m pip install x", "python.errno-path", {"pip"}),
        ("sh -c 'uv sync && npm ci'", None, {"uv", "npm"}),
    ],
)
def test_only_tools_that_the_command_runs_change_its_environment(
    line: str, signature: str | None, owners
) -> None:
    import shlex

    ladder = ladder_of(load_knowledge(), shlex.split(line), signature)
    assert {tweak.id.partition(".")[0] for tweak in ladder} == owners
