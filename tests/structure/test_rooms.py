"""The tree is what its page says: rooms, levels, sizes, a folder of tests for each room."""

import re
import subprocess
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
# what stands at the top, and why is known of each: a wheel had come in there with a commit of everything
TOP = {
    ".ci", ".devcontainer", ".editorconfig", ".gitattributes", ".github", ".gitignore",
    ".pre-commit-config.yaml", ".pre-commit-hooks.yaml", "CHANGELOG.md", "CONTRIBUTING.md", "Jenkinsfile",
    "LICENSE", "README.md", "SECURITY.md", "action.yml", "benchmarks", "changelog.d", "ci_guard", "docs",
    "examples", "integrations", "mkdocs.yml", "pyproject.toml", "templates", "tests",
}  # fmt: skip
# what is made, not written: no repository keeps it
MADE = re.compile(r"\.(whl|pyc|pyz|egg|so|exe|dll|log|orig|rej|swp|bak|tmp|part|coverage)$|~$|__pycache__")
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


def tracked() -> list[str]:
    if not (ROOT / ".git").exists():
        pytest.skip("this is no checkout: what is in it was chosen when it was packed")
    git = ["git", "-C", str(ROOT), "ls-files", "-z"]
    found = subprocess.run(git, capture_output=True, text=True, encoding="utf-8", check=True)
    return [path for path in found.stdout.split("\0") if path]


def test_the_repository_keeps_what_is_known_and_nothing_that_is_made() -> None:
    files = tracked()
    assert {path.partition("/")[0] for path in files} == TOP
    assert [path for path in files if MADE.search(path)] == []


def test_what_is_not_counted_is_what_only_windows_can_import() -> None:
    omitted = {name.removeprefix("*/") for name in PROJECT["tool"]["coverage"]["report"]["omit"]}
    windows = 'assert sys.platform == "win32"'
    only = {path.relative_to(PROGRAM).as_posix() for path in MODULES if windows in path.read_text("utf-8")}
    assert omitted == only
