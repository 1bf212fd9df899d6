from typing import Any

import pytest

from ci_guard.config.entries import parse_signature, parse_tool, parse_tweak
from ci_guard.config.source import read_text
from ci_guard.errors import PolicyError
from ci_guard.model.category import Category, System
from ci_guard.model.knowledge import Signature, Tool, Tweak

TOOL = """\
tool: uv
programs: [uv, uvx]
runtimes: [rust]
signatures:
  - id: uv.persist
    category: antivirus_lock
    pattern: 'failed to persist (?P<path>\\S+)'
    reference: astral-sh/uv#9531
    examples: ['failed to persist a.exe']
    systems: [windows]
    retry_once: true
tweaks:
  - id: uv.copy
    why: hard links keep the cached file open
    reference: manual
    set: {UV_LINK_MODE: copy}
"""


def mistakes(text: str, **options: Any) -> list[str]:
    with pytest.raises(PolicyError) as caught:
        parse_tool(read_text(text, "uv.yaml"), **options)
    return str(caught.value).splitlines()[1:]


def test_a_tool_is_read() -> None:
    assert parse_tool(read_text(TOOL, "uv.yaml")) == Tool(
        name="uv",
        programs=("uv", "uvx"),
        runtimes=("rust",),
        signatures=(
            Signature(
                id="uv.persist",
                category=Category.ANTIVIRUS_LOCK,
                pattern=r"failed to persist (?P<path>\S+)",
                reference="astral-sh/uv#9531",
                examples=("failed to persist a.exe",),
                systems=(System.WINDOWS,),
                retry_once=True,
            ),
        ),
        tweaks=(
            Tweak(
                id="uv.copy",
                why="hard links keep the cached file open",
                reference="manual",
                set={"UV_LINK_MODE": "copy"},
            ),
        ),
    )


def test_a_run_time_has_no_programs_and_may_carry_the_callers_keys() -> None:
    text = "runtime: rust\ncodes: [1]\nsignatures: []\n"
    tool = parse_tool(read_text(text, "rust.yaml"), extra=frozenset({"codes"}))
    assert (tool.name, tool.programs) == ("rust", ())
    assert mistakes(text)[0].startswith("uv.yaml:2:1: unknown key `codes`")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("tool: uv\n", "", "uv.yaml:1:1: either `tool:` or `runtime:` has to name the subject"),
        ("programs: [uv, uvx]\n", "", "uv.yaml:1:1: key `programs` is missing; add `programs:`"),
        ("[uv, uvx]", "uv", "uv.yaml:2:11: expected a list of programs, found `uv`; write `[uv]`"),
        ("runtimes: [rust]", "runtime: rust", "uv.yaml:1:1: either `tool:` or `runtime:`"),
        (
            "    reference: astral-sh/uv#9531\n",
            "",
            "uv.yaml:5:5: key `reference` is missing; add `reference:`",
        ),
        ("['failed to persist a.exe']", "[]", "uv.yaml:5:5: no example of the output"),
        (
            "retry_once: true",
            "retryonce: true",
            "uv.yaml:11:5: unknown key `retryonce`; did you mean `retry_once`?",
        ),
        (
            "retry_once: true",
            "retry_once: yes",
            "uv.yaml:11:17: expected `true` or `false`, found `yes`; write `true`",
        ),
        (
            "[windows]",
            "[window]",
            "uv.yaml:10:15: expected an operating system, found `window`; did you mean `windows`?",
        ),
        ("antivirus_lock", "lock", "uv.yaml:6:15: expected a category, found `lock`"),
        ("?P<path>", "?P<file>", "uv.yaml:7:14: group `file` has no meaning"),
        (r"\S+)'", r"\S+'", "uv.yaml:7:14: `failed to persist (?P<path>\\S+` is not a regular expression"),
        ("    category: antivirus_lock\n", "", "uv.yaml:5:5: signature `uv.persist` has no category and its"),
        ("copy}", "1}", 'uv.yaml:16:25: expected a text, found `1`; put it in quotes: `"1"`'),
        (
            "{UV_LINK_MODE:",
            "{UV LINK:",
            'uv.yaml:16:11: expected the name of an environment variable, found `"UV',
        ),
        ("    why: hard links keep the cached file open\n", "", "uv.yaml:13:5: key `why` is missing"),
    ],
)
def test_each_mistake_has_its_place(old: str, new: str, expected: str) -> None:
    assert old in TOOL
    found = mistakes(TOOL.replace(old, new))
    assert any(line.startswith(expected) for line in found), found


def test_a_repeated_id_is_found() -> None:
    entry = TOOL[TOOL.index("  - id: uv.persist") : TOOL.index("tweaks:")]
    found = mistakes(TOOL.replace("tweaks:", entry + "tweaks:"))
    assert found == ["uv.yaml:12:9: repeated id `uv.persist`, first written on line 5"]


def test_a_number_decides_where_there_is_no_category() -> None:
    text = "id: x\npattern: 'os error (?P<code>\\d+)'\nnamespace: win32\n"
    assert parse_signature(read_text(text, "p.yml"), strict=False).category is None
    with pytest.raises(PolicyError, match="does not say what its number means"):
        parse_signature(read_text(text.replace("namespace: win32\n", ""), "p.yml"), strict=False)


def test_the_users_own_signature_needs_no_proof() -> None:
    node = read_text("id: x\npattern: locked\ncategory: antivirus_lock\n", "p.yml")
    signature = parse_signature(node, strict=False)
    assert (signature.reference, signature.examples) == ("", ())
    with pytest.raises(PolicyError, match=r"(?s)reference.*missing.*examples.*missing"):
        parse_signature(node, strict=True)


def test_a_tweak_begins_with_the_second_attempt_at_the_earliest() -> None:
    text = "id: x\nwhy: y\nreference: z\nfrom_attempt: 1\nset: {A: b}\n"
    with pytest.raises(PolicyError, match=r"p\.yml:4:15: expected a whole number from 2"):
        parse_tweak(read_text(text, "p.yml"))
