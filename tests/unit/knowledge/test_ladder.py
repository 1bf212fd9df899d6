"""Whose tweaks a command may get."""

import pytest

from ci_guard.knowledge.load import load_knowledge
from ci_guard.model.knowledge import Tool
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


@pytest.mark.parametrize("tool", load_knowledge().tools, ids=lambda tool: tool.name)
def test_each_tool_has_a_rung_or_says_why_there_is_none(tool: Tool) -> None:
    """Both with evidence: an address, and for a rung a failure that it is for and one that it is not for."""
    if not tool.tweaks:
        assert tool.no_tweaks is not None, "neither a change of the environment nor why none can help"
        assert tool.no_tweaks.reference.startswith("https://")
        return
    assert tool.no_tweaks is None
    for tweak in tool.tweaks:
        assert tweak.reference.startswith("https://"), tweak.id
        assert tweak.examples, tweak.id
        assert tweak.counterexamples, tweak.id
