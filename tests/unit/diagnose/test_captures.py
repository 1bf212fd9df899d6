"""Real outputs of real tools, with what was wrong: the text leads to a retry, a stop, or to the machine."""

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from ci_guard.diagnose.classify import classify_text
from ci_guard.knowledge.load import load_knowledge
from ci_guard.model.category import Category, System
from ci_guard.model.history import Diagnosis

pytestmark = pytest.mark.table

KNOWLEDGE = load_knowledge()
CAPTURES: list[dict[str, Any]] = [
    json.loads(line)
    for line in Path(__file__)
    .parents[2]
    .joinpath("fixtures", "captures.jsonl")
    .read_text("utf-8")
    .splitlines()
]


def diagnose(capture: dict[str, Any], *, log: bool) -> Diagnosis:
    """As a saved log, of which nothing else is known, or as a run does it."""
    command = capture["command"]
    posix = capture["id"].startswith("linux")
    return classify_text(
        capture["stdout"] + capture["stderr"],
        argv=shlex.split(command, posix=posix),
        exit_status=None if log else capture["exit_status"],
        system=None if log else System.LINUX if posix else System.WINDOWS,
        knowledge=KNOWLEDGE,
    )


def expected(*kinds: str) -> list[Any]:
    return [pytest.param(one, id=one["id"]) for one in CAPTURES if one["expect"] in kinds]


@pytest.mark.parametrize("log", [True, False], ids=["log", "run"])
@pytest.mark.parametrize("capture", expected("retry"))
def test_a_lock_is_seen(capture: dict[str, Any], log: bool) -> None:
    found = diagnose(capture, log=log)
    assert found.category is Category.ANTIVIRUS_LOCK
    assert not found.ambiguous
    assert found.match is not None
    assert found.match.code is not None
    lines = (capture["stdout"] + capture["stderr"]).split("\n")
    assert found.match.excerpt == lines[found.match.line - 1].strip()[:500]


@pytest.mark.parametrize("log", [True, False], ids=["log", "run"])
@pytest.mark.parametrize("capture", expected("stop"))
def test_what_fails_for_good_is_not_retried(capture: dict[str, Any], log: bool) -> None:
    found = diagnose(capture, log=log)
    assert found.category is not Category.ANTIVIRUS_LOCK
    assert not found.retry_once
    assert found.category is not Category.UNKNOWN


@pytest.mark.parametrize("capture", expected("success"))
def test_a_success_is_no_lock(capture: dict[str, Any]) -> None:
    assert diagnose(capture, log=True).category is not Category.ANTIVIRUS_LOCK
    doubts = "TAR_ENTRY_ERROR E" in capture["stderr"]
    assert (diagnose(capture, log=False).category is not Category.UNKNOWN) == doubts


@pytest.mark.parametrize(
    "capture",
    [one for one in expected("either") if one.values[0]["situation"].startswith(("EACCES", "EPERM"))],
)
def test_a_refusal_on_posix_asks_the_machine(capture: dict[str, Any]) -> None:
    found = diagnose(capture, log=False)
    if found.category is Category.UNKNOWN:
        assert "ensurepip" in capture["stderr"]  # the inner output is not shown
        return
    assert found.category is Category.PERMISSION
    assert found.ambiguous
    assert found.match is not None
    assert found.match.path, "the machine can only be asked about a path"


def test_the_package_is_named() -> None:
    named = {one["id"]: diagnose(one, log=False).packages for one in CAPTURES}
    assert named["linux-uv-sync-entrypoint-rename-EACCES"] == ("rigapp",)
    assert named["win-40-uv-pip-install-dest-held"] == ("httpx",)
    assert named["win-74-pip-install-upgrade-exe-held"] == ("httpx",)
    assert named["linux-uv-0.8.24-sync-cache-archive-rename-EACCES"] == ("rigapp",)
