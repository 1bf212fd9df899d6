"""The Markdown summary: says what happened, and lets nothing of the output become markup."""

import re

import pytest

from ci_guard.reports import markdown
from ci_guard.reports.markdown import escape
from unit.reports import samples

GITHUB_LIMIT = 1_048_576  # bytes of a step summary


def show(name: str) -> str:
    return markdown.render(samples.shown(samples.ALL[name])).decode()


def test_a_recovered_run_says_what_happened_and_what_helped() -> None:
    text = show("flaky")
    assert text.startswith("### ci-guard: uv sync: passed after recovery\n")
    assert "| 1 of 4 | 12.0 s | antivirus lock | Windows error 5 while renaming C:" in text
    assert "| 3 of 4 | 12.0 s | passed |  |" in text
    helped = text.partition("**What helped**")[2].partition("**What to do**")
    assert "tweak uv-copy" in helped[0]
    assert "verified complete" in helped[0]
    assert "- exclude the build folder from real-time scanning" in helped[2]


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("passed", "passed"),
        ("gave-up", "gave up"),
        ("failed", "failed"),
        ("aborted", "aborted"),
        ("timed-out", "timed out"),
        ("not-started", "could not be started"),
        ("provisional", "aborted during attempt 2"),
    ],
)
def test_the_verdict_is_in_the_heading(name: str, verdict: str) -> None:
    assert show(name).splitlines()[0] == f"### ci-guard: uv sync: {verdict}"


def test_an_incomplete_result_says_what_is_missing() -> None:
    assert "missing or broken: ruff: C:" in show("incomplete").partition("**What to do**")[2]


@pytest.mark.parametrize("name", samples.ALL)
def test_every_summary_is_small_and_free_of_html(name: str) -> None:
    text = show(name)
    assert len(text.encode()) < GITHUB_LIMIT
    assert "<" not in text
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} <= {5}


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("<script>&", "&lt;script&gt;&amp;"),
        ("a|b", r"a\|b"),
        ("[x](y)", r"\[x\](y)"),
        ("`x` *y* _z_ ~~w~~ $v$", r"`x` \*y\* \_z\_ \~\~w\~\~ \$v\$"),
        ("a `C:\\x_y*` b`c", r"a `C:\x_y*` b\`c"),
        ("`a|b` `<i>`", r"\`a\|b\` \`&lt;i&gt;\`"),
        ("C:\\new|x", r"C:\\new\|x"),
        ("- item", r"\- item"),
        ("12. item", r"12\. item"),
        ("# head", r"\# head"),
        ("one\n\n| two |", r"one \| two \|"),
        ("see https://evil.example", "see https&#58;//evil.example"),
    ],
)
def test_escape(text: str, escaped: str) -> None:
    assert escape(text) == escaped
