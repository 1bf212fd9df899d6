"""The data files as a whole: complete, consistent, and found by being there."""

import re
from pathlib import Path

import pytest

from ci_guard.ci_server import announcements
from ci_guard.config import patterns
from ci_guard.config.entries import parse_tool
from ci_guard.config.patterns import fault
from ci_guard.config.problems import Problems
from ci_guard.config.source import read_own, read_text
from ci_guard.knowledge.load import load_knowledge
from ci_guard.knowledge.source import DATA
from ci_guard.model.category import Category
from ci_guard.model.knowledge import Signature, Tool, Tweak

KNOWLEDGE = load_knowledge()
TWEAKS = [(tool, tweak) for tool in KNOWLEDGE.tools for tweak in tool.tweaks]


def test_the_tools_are_there() -> None:
    assert {"uv", "pip", "npm"} <= {tool.name for tool in KNOWLEDGE.tools}
    assert {"rust", "python", "windows"} <= set(KNOWLEDGE.runtimes)
    assert KNOWLEDGE.general


def test_the_users_signatures_come_first() -> None:
    own = Signature(id="own", category=Category.NETWORK, pattern="x", reference="", examples=())
    assert load_knowledge((own,)).general[0] is own
    assert own not in load_knowledge().general


def test_no_program_belongs_to_two_tools() -> None:
    programs = [program for tool in KNOWLEDGE.tools for program in tool.programs]
    assert len(programs) == len(set(programs))


def test_every_number_has_one_meaning_on_a_system() -> None:
    seen = set()
    for meaning in KNOWLEDGE.codes:
        for system in meaning.systems or (None,):
            key = (meaning.namespace, meaning.number, system)
            assert key not in seen, key
            seen.add(key)


def test_what_the_system_says_leads_to_one_number() -> None:
    texts = [
        (meaning.namespace, meaning.systems, text) for meaning in KNOWLEDGE.codes for text in meaning.texts
    ]
    assert len(texts) == len(set(texts))


@pytest.mark.parametrize(("tool", "tweak"), TWEAKS, ids=[tweak.id for _, tweak in TWEAKS])
def test_a_tweak_brings_its_proof(tool: Tool, tweak: Tweak) -> None:
    assert tweak.why
    assert tweak.reference.startswith("https://")
    assert tweak.set
    assert tweak.from_attempt >= 2


def test_a_new_cache_is_for_failures_inside_the_cache() -> None:
    (tweak,) = [tweak for _, tweak in TWEAKS if tweak.id == "uv.cache"]
    assert tweak.when_path is not None
    for path in ("C:\\Users\\ci\\AppData\\Local\\uv\\cache\\.tmpAbCdEf", "/ci/.cache/uv/archive-v0/a.py"):
        assert re.search(tweak.when_path, path)
    for path in ("/ws/.venv/bin/tool", "C:\\ws\\.venv\\Scripts\\httpx.exe"):
        assert not re.search(tweak.when_path, path)


# our own patterns may match in more ways than a user's: what each costs on hostile texts is measured in
# tests/unit/diagnose/test_safety.py
MOST_WAYS_OF_OURS = 10**14


def test_every_file_is_strict_yaml(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "MOST_WAYS", MOST_WAYS_OF_OURS)
    paths = list(Path(str(DATA)).rglob("*.yaml"))
    assert len(paths) > len(KNOWLEDGE.tools)
    for path in paths:
        data = path.read_bytes()
        node = read_text(data, path.name)
        assert node == read_own(data, path.name, problems=Problems())
        if path.parent.name in ("tools", "runtimes"):
            assert parse_tool(node) == parse_tool(node, own=True)  # the first one checks every pattern


PATTERNS = [
    *(pattern for place in KNOWLEDGE.places for pattern in (place.pattern, place.unless) if pattern),
    *(mark.pattern for mark in (*announcements.MARKS, *KNOWLEDGE.marks)),
]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_patterns_outside_of_tool_files_are_sound(pattern: str) -> None:
    assert fault(pattern) is None
