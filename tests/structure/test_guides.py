"""What the pages for contributors name is there: files by their paths, the fields of a signature, rooms."""

import re
from pathlib import Path

import pytest

from ci_guard.model.knowledge import Signature

ROOT = Path(__file__).parents[2]
GUIDES = ("CONTRIBUTING.md", "docs/architecture.md", "docs/adding-a-tool.md")
WHERE = (ROOT, ROOT / "ci_guard", ROOT / "ci_guard" / "knowledge" / "data")
FOR_INSTANCE = re.compile(r"NAME|\*|ROOM")  # stands for a name
A_FILE = re.compile(r"`([\w./*-]+\.(?:py|toml|yaml|txt|md))\b[^`]*`")
A_FLAG = re.compile(r"`(\w+): true`")


@pytest.mark.parametrize("guide", GUIDES)
def test_every_file_that_is_named_is_there(guide: str) -> None:
    named = {
        each for each in A_FILE.findall((ROOT / guide).read_text("utf-8")) if not FOR_INSTANCE.search(each)
    }
    assert named
    assert [each for each in sorted(named) if not any((place / each).exists() for place in WHERE)] == []


def test_every_flag_of_a_signature_that_is_named_is_one() -> None:
    named = set(A_FLAG.findall((ROOT / "docs" / "adding-a-tool.md").read_text("utf-8")))
    assert named
    assert named <= {*Signature.__dataclass_fields__}
