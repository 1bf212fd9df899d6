"""The tree is what its page says: rooms, levels, sizes, a folder of tests for each room."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / "ci_guard"
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
ROOMS = sorted(path.parent.name for path in PROGRAM.glob("*/__init__.py"))
MODULES = sorted(path for path in PROGRAM.rglob("*.py") if "__pycache__" not in path.parts)
MOST_LINES, FEWEST_LINES = 300, 10
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "base", "core"}


def named(part: str) -> list[list[str]]:
    """The names in the first column of a table of the page, row by row."""
    found = re.search(rf"(?s)<!-- {part} -->\n(.*?)<!-- /{part} -->", PAGE)
    assert found is not None
    rows = [line.split("|")[1] for line in found[1].splitlines()[2:]]
    return [re.findall(r"`(\w+)`", row) for row in rows]


def test_the_page_describes_every_room_and_no_other() -> None:
    assert sorted(name for row in named("rooms") for name in row) == ROOMS


def test_the_page_names_the_levels_of_the_linter() -> None:
    contracts = PROJECT["tool"]["importlinter"]["contracts"]
    (layers,) = [contract["layers"] for contract in contracts if contract["type"] == "layers"]
    assert [set(row) for row in named("layers")] == [set(re.findall(r"\w+", level)) for level in layers]


def test_the_page_is_linked_and_names_files_that_are_there() -> None:
    for page in ("README.md", "CONTRIBUTING.md"):
        assert "docs/architecture.md" in (ROOT / page).read_text(encoding="utf-8"), page
    for path in re.findall(r"`((?:ci_guard|tests)/[\w./]+)`", PAGE):
        assert (ROOT / path).exists() or "NAME" in path or "ROOM" in path, path
    for path in re.findall(r"`((?:\w+/)+\w+\.py)`", PAGE):
        known = (PROGRAM / path, ROOT / path)
        assert any(each.exists() for each in known) or "NAME" in path, path


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PROGRAM).as_posix())
def test_a_module_can_be_read_at_one_sitting(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= MOST_LINES
    assert lines >= FEWEST_LINES or path.name == "__init__.py", "too little for a file of its own"
    assert path.stem.strip("_") not in VAGUE, "a name that says nothing"


def test_every_room_has_tests_and_every_folder_of_tests_a_room() -> None:
    folders = {path.parent.name for path in (ROOT / "tests" / "unit").glob("*/test_*.py")}
    assert sorted(folders) == ROOMS
