"""README, docs and code say the same; run as a program this makes the generated parts anew."""

import importlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import click
import pytest

from ci_guard.cli.commands import COMMANDS
from ci_guard.cli.topics import TOPICS
from ci_guard.knowledge.load import load_knowledge
from ci_guard.model.category import Category
from ci_guard.policy.show import reference_table
from ci_guard.record.schema import schema
from rig.events import HANG

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
DOCS = ROOT / "docs"
PAGES = sorted([README, ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *DOCS.glob("*.md")])
LONGEST_README = 150  # lines: it is a front door
LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCE = re.compile(r"(?ms)^```(\w*)\n(.*?)^```")
EXAMPLE = re.compile(r"(?:^|bat '|run: |script: |^\s*- )(ci-guard [^'#|\n]+?)(?:'|\s{2,}|$)", re.MULTILINE)


def topic_table(name: str) -> str:
    """A topic of `ci-guard help` as a table."""
    rows = "".join(
        f"| `{first}` | {rest.replace('|', chr(92) + '|')} |\n" for first, rest in TOPICS[name].rows()
    )
    return f"| | {TOPICS[name].title} |\n| --- | --- |\n{rows}"


def record_tables() -> str:
    """Each part of a record as a table, made of its schema."""
    whole = schema()
    parts = [("The record", whole)] + [(f"`{name}`", part) for name, part in whole["$defs"].items()]
    return "\n".join(_record_part(title, part) for title, part in parts)


def _record_part(title: str, part: dict[str, Any]) -> str:
    rows = "".join(
        f"| `{name}` | {_json_type(each)} | {_meaning(name, each, part)} |\n"
        for name, each in part["properties"].items()
    )
    return f"### {title}\n\n{part['description']}\n\n| key | type | meaning |\n| --- | --- | --- |\n{rows}"


def _json_type(each: dict[str, Any]) -> str:
    if "$ref" in each:
        return f"`{each['$ref'].rpartition('/')[2]}`"
    if "anyOf" in each:
        return " or ".join(map(_json_type, each["anyOf"]))
    if "enum" in each:
        return "one word"
    if "const" in each:
        return f"`{each['const']}`"
    named = each["type"] if isinstance(each["type"], list) else [each["type"]]
    if "array" in named:
        return f"list of {_json_type(each['items'])}".replace("of string", "of strings")
    return " or ".join(named)


def _meaning(name: str, each: dict[str, Any], part: dict[str, Any]) -> str:
    enum: list[str] = each.get("enum") or next(
        (one["enum"] for one in each.get("anyOf", ()) if "enum" in one), []
    )
    values = ", ".join(f"`{value}`" for value in enum)
    told = (one.get("description", "") for one in (each, *each.get("anyOf", ())))
    said = next(filter(None, told), "")
    optional = "" if name in part["required"] or "left out" in said else "left out where there is none"
    return "; ".join(filter(None, (said, values, optional)))


def tool_names() -> str:
    """The tools that are known, by name."""
    return ", ".join(f"`{tool.name}`" for tool in load_knowledge().tools) + "."


# what stands between `<!-- NAME -->` and `<!-- /NAME -->`, by page
GENERATED = {
    "policy.md": {"policy": reference_table},
    "exit-status.md": {
        "exit-status": lambda: topic_table("exit-status"),
        "categories": lambda: topic_table("categories"),
        "outcomes": lambda: topic_table("outcomes"),
    },
    "records.md": {"record": record_tables},
    "explain.md": {"tools": lambda: textwrap.fill(tool_names(), 120, break_on_hyphens=False)},
    "commands.md": {"environment": lambda: topic_table("environment")},
}


def regenerated(name: str) -> str:
    """The page with its generated parts made anew."""
    text = (DOCS / name).read_text(encoding="utf-8")
    for mark, make in GENERATED[name].items():
        pattern = re.compile(rf"(?s)(<!-- {mark} -->\n).*?(<!-- /{mark} -->)")
        assert pattern.search(text), f"{name} has no place for `{mark}`"
        text = pattern.sub(partial(_filled, make), text)
    return text


def _filled(make: Callable[[], str], found: re.Match[str]) -> str:
    return f"{found[1]}{make().strip()}\n{found[2]}"


def words(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", GENERATED)
def test_the_reference_is_that_of_the_code(name: str) -> None:
    assert regenerated(name) == words(DOCS / name), "run `python tests/structure/test_readme.py`"


def test_the_readme_is_a_front_door() -> None:
    assert len(words(README).splitlines()) < LONGEST_README


def test_every_page_is_linked_from_the_readme_and_in_the_site() -> None:
    site = words(ROOT / "mkdocs.yml")
    for page in DOCS.glob("*.md"):
        assert page.name == "index.md" or f"docs/{page.name}" in words(README), page.name
        assert page.name in site


def test_every_category_is_named() -> None:
    text = words(DOCS / "exit-status.md")
    assert [category for category in Category if f"`{category}`" not in text] == []


def test_every_command_is_named_and_no_other() -> None:
    text = words(DOCS / "commands.md")
    named = set(re.findall(r"^\| `ci-guard (?!\[)(\w+)", text, re.MULTILINE)) | {"run"}
    assert named == set(COMMANDS)


@pytest.mark.parametrize("name", ["explain", "doctor", "evidence", "report"])
def test_the_row_of_a_command_has_all_its_options(name: str) -> None:
    (row,) = re.findall(rf"(?m)^\| `ci-guard {name} .*$", words(DOCS / "commands.md"))
    command = getattr(importlib.import_module(COMMANDS[name].module), COMMANDS[name].attribute)
    options = [each.opts for each in command.params if isinstance(each, click.Option)]
    assert len(options) > 1
    assert [each for each in options if "--policy" not in each and not any(one in row for one in each)] == []


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    text = FENCE.sub("", words(page))
    heads = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", head).strip().lower().replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_link_is_broken(page: Path) -> None:
    for link in LINK.findall(FENCE.sub("", words(page))):
        if link.startswith(("http://", "https://", "mailto:")):
            continue
        target, _, anchor = link.partition("#")
        file = (page.parent / target) if target else page
        assert file.exists(), link
        assert not anchor or anchor in anchors(file), link


def examples() -> list[tuple[str, str]]:
    """Page and line of each guarded command in a code block."""
    return [
        (page.name, line.strip())
        for page in PAGES
        for _, block in FENCE.findall(words(page))
        for line in EXAMPLE.findall(block)
        if " -- " in line and "COMMAND" not in line
    ]


@pytest.mark.parametrize(("page", "line"), sorted(set(examples())))
def test_the_examples_of_the_command_line_are_understood(page: str, line: str, tmp_path: Path) -> None:
    from rig.stand_ins import path_with

    given = ["--dry-run", *shlex.split(line)[1:]]
    path = path_with(tmp_path, given[given.index("--") + 1])
    done = subprocess.run(
        [sys.executable, "-m", "ci_guard", *given],
        env=os.environ | {"PATH": path},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=HANG,
    )
    assert done.returncode == 0, f"{page}: {done.stderr}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_policies_that_are_shown_are_right(page: Path, tmp_path: Path) -> None:
    shown = [
        block for kind, block in FENCE.findall(words(page)) if kind == "yaml" and "version: 1\n" in block
    ]
    for number, block in enumerate(shown):
        policy = tmp_path / f"{number}.yml"
        policy.write_text(block, encoding="utf-8")
        command = [sys.executable, "-m", "ci_guard", "policy", "check", str(policy)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=HANG)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("repository", ["https://git.example/acme/ci-guard", ""])
def test_the_site_can_be_built_and_leads_nowhere_else(repository: str, tmp_path: Path) -> None:
    if shutil.which("mkdocs", path=os.path.dirname(sys.executable)) is None:
        pytest.skip("the site's generator is in the group `docs`")
    site = tmp_path / "site"
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", str(site)]
    environ = os.environ | ({"REPOSITORY_URL": repository} if repository else {})
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=HANG)
    assert done.returncode == 0, done.stderr
    assert (site / "policy" / "index.html").is_file()
    pages = list(site.rglob("index.html"))
    broken = []
    for page in pages:
        for link in re.findall(r'(?:href|src)="?([^"\s>]+)', page.read_text(encoding="utf-8")):
            target = unquote(link.partition("#")[0].partition("?")[0])
            if target and not re.match(r"[a-z]+:", target) and not (page.parent / target).exists():
                broken.append((page.relative_to(site).as_posix(), link))
    assert len(pages) > 15
    assert broken == []
    jenkins = (site / "jenkins" / "index.html").read_text(encoding="utf-8")
    address = f"{repository}/blob/HEAD/integrations/jenkins/README.md"
    assert (address in jenkins) if repository else ("/blob/" not in jenkins)


if __name__ == "__main__":
    for page in GENERATED:
        (DOCS / page).write_text(regenerated(page), encoding="utf-8")
