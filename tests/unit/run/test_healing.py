"""What healed is one sentence, and its line stands in a policy as it is."""

import re
from pathlib import Path

import pytest

from ci_guard.knowledge.wrappers import parse_command
from ci_guard.model.history import AppliedTweak, Attempt, Hold, Waited
from ci_guard.model.policy import Policy
from ci_guard.policy.read import read_policy
from ci_guard.run.healing import FREE, tell_healing
from unit.run.contexts import ended

COPY = AppliedTweak(tweak="uv.copy", set={"UV_LINK_MODE": "copy"})
ODD = AppliedTweak(tweak="git.odd", set={"KEY": "it's: {yes} #1", "OTHER": "0"})
SCRATCH = AppliedTweak(tweak="uv.cache", set={"UV_CACHE_DIR": "/w/ci-guard-abc"})
KEPT = AppliedTweak(tweak="uv.kept", kept=("UV_LINK_MODE",))
HELD = (Hold(file="a.exe", seconds=15.2, started=0.0), Hold(file="b.exe", seconds=3.0, started=0.0))
BACKOFF, FREED = Waited(seconds=4.0, reason="backoff"), Waited(seconds=9.0, reason=FREE)


def attempt(
    number: int, *tweaks: AppliedTweak, waited: Waited = BACKOFF, holds: tuple[Hold, ...] = ()
) -> Attempt:
    return Attempt(
        number=number, argv=("uv", "sync"), outcome=ended(0), tweaks=tweaks, waited=waited, holds=holds
    )


FIRST = attempt(1)
CASES = [
    ([FIRST, attempt(2, COPY)], "UV_LINK_MODE=copy", "environment: {UV_LINK_MODE: 'copy'}"),
    ([FIRST, attempt(2, COPY, holds=HELD)], "UV_LINK_MODE=copy", "environment: {UV_LINK_MODE: 'copy'}"),
    ([FIRST, attempt(2, ODD)], "KEY=it's", "environment: {KEY: 'it''s: {yes} #1', OTHER: '0'}"),
    ([FIRST, attempt(2, SCRATCH)], "UV_CACHE_DIR=", "remember: true"),
    ([FIRST, attempt(2, COPY), attempt(3, COPY, waited=FREED)], "waiting 9.0 s", "wait_for_unlock: true"),
    ([FIRST, attempt(2, COPY), attempt(3, COPY, SCRATCH)], "UV_CACHE_DIR=", "remember: true"),
    ([FIRST, attempt(2, KEPT)], "another attempt after 4.0 s", "attempts: 6"),
    ([FIRST, attempt(2, holds=HELD)], "15.2 s at the longest", "patience: {limit: 120s}"),
    ([attempt(1, holds=HELD)], "15.2 s at the longest", "patience: {limit: 120s}"),
]  # fmt: skip


@pytest.mark.parametrize(("attempts", "words", "line"), CASES)
def test_one_sentence_with_a_line_that_a_policy_takes(
    attempts: list[Attempt], words: str, line: str, tmp_path: Path
) -> None:
    sentence = tell_healing(attempts, Policy())
    assert sentence is not None
    assert words in sentence
    pasted = re.search(r"in the policy: `(.*)`$", sentence)
    assert pasted is not None
    assert pasted[1] == line
    file = tmp_path / ".ci-guard.yml"
    file.write_text(f"version: 1\n{pasted[1]}\n", "utf-8")
    read_policy(str(file), file.name, ("uv",), parse_command)  # raises what is wrong with it


def test_where_nothing_was_needed_nothing_is_said() -> None:
    assert tell_healing([FIRST], Policy()) is None
