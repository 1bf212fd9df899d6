"""A tool's version is read from what others print of it, whichever tool and whoever prints."""

import pytest

from ci_guard.dataclass import replace
from ci_guard.diagnose.versions import version_in
from ci_guard.knowledge.load import load_knowledge
from ci_guard.knowledge.source import read_version_printings
from ci_guard.model.knowledge import Tool, VersionPrinting

PRINTINGS = read_version_printings()
TOOLS = [tool for tool in load_knowledge().tools if tool.releases]


def written(text: str, tool: Tool) -> str:
    return text.replace("{name}", tool.name).replace("{NAME}", tool.name.upper())


@pytest.mark.parametrize("printing", PRINTINGS, ids=lambda printing: printing.id)
@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_the_version_is_found(tool: Tool, printing: VersionPrinting) -> None:
    assert printing.examples
    for example in printing.examples:
        text = f"some lines\nbefore\n{written(example, tool)}\nand behind"
        assert version_in(tool, text) == "1.2.3", text


@pytest.mark.parametrize("printing", PRINTINGS, ids=lambda printing: printing.id)
@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_another_tools_version_is_not_taken(tool: Tool, printing: VersionPrinting) -> None:
    assert printing.counterexamples
    for counterexample in printing.counterexamples:
        assert version_in(replace(tool, version=None), written(counterexample, tool)) is None, counterexample
