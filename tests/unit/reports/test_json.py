"""The JSON record: what the contract promises, readable by strict readers."""

import json

import pytest

from ci_guard.model.history import Run
from ci_guard.reports import json as record
from rig import records
from unit.reports import samples


def read(run: Run) -> dict[str, object]:
    def refuse(constant: str) -> None:
        raise AssertionError(f"not JSON: {constant}")

    value: dict[str, object] = json.loads(
        record.render(samples.shown(run)).decode("utf-8"), parse_constant=refuse
    )
    records.check(value)
    return value


def test_a_recovered_run_reads_back_whole() -> None:
    assert read(samples.FLAKY) == {
        "schema": "ci-guard/run/1",
        "version": "1.0.0",
        "command": ["uv", "sync"],
        "name": "uv sync",
        "outcome": "flaky",
        "finished": True,
        "exit_status": 0,
        "category": "antivirus_lock",
        "explanation": "passed at attempt 3 after an antivirus lock",
        "started": "2026-11-22T09:14:03.250+00:00",
        "duration": 97.412,
        "host": "jenkins",
        "agent": "win-build-07",
        "directory": ".",
        "attempts_allowed": 4,
        "attempts": [lock(1, None), lock(2, {"seconds": 2.0, "reason": "the file was still held"}), HELPED],
        "verification": {
            "whole": True,
            "reason": None,
            "environments": [r"C:\builds\app\.venv"],
            "packages": 12,
            "files": 2210,
            "faults": [],
            "warnings": [],
            "removed": [],
            "duration": 0.8,
        },
    }


def lock(number: int, waited: object) -> dict[str, object]:
    return {
        "number": number,
        "argv": ["uv", "sync"],
        "exit_status": 2,
        "signal": None,
        "started": "2026-11-22T09:14:03.250+00:00",
        "duration": 12.0,
        "stopped": None,
        "category": "antivirus_lock",
        "retryable": True,
        "match": {
            "signature": "rust-os-error",
            "code": {"namespace": "win32", "number": 5},
            "operation": "rename",
            "path": samples.LOCKED_PATH,
            "holders": [],
            "line": 3,
            "excerpt": "failed to rename file ... Access is denied. (os error 5)",
        },
        "evidence": ["the file could be opened 1.4 s later"],
        "packages": ["ruff"],
        "advice": ["exclude the build folder from real-time scanning"],
        "decision": {"again": True, "reason": "a scanner held the file", "delay": 2.0},
        "waited": waited,
        "environment": [],
        "repairs": [],
        "holds": [],
    }


HELPED = {
    "number": 3,
    "argv": ["uv", "sync"],
    "exit_status": 0,
    "signal": None,
    "started": "2026-11-22T09:14:03.250+00:00",
    "duration": 12.0,
    "stopped": None,
    "category": None,
    "retryable": False,
    "match": None,
    "evidence": [],
    "packages": [],
    "advice": [],
    "decision": None,
    "waited": {"seconds": 4.2, "reason": "the file was still held"},
    "environment": [
        {
            "tweak": "uv-copy",
            "set": {"UV_LINK_MODE": "copy"},
            "kept": ["UV_CACHE_DIR"],
            "why": "a copy is not scanned through its link",
            "reference": "astral-sh/uv#9531",
        }
    ],
    "repairs": [
        {
            "action": "remove",
            "target": r"C:\builds\app\.venv\Lib\site-packages\~uff",
            "project": None,
            "reason": "half removed",
        }
    ],
    "holds": [],
}


@pytest.mark.parametrize("name", samples.ALL)
def test_every_run_is_strict_json_with_the_keys_in_one_order(name: str) -> None:
    assert list(read(samples.ALL[name])) == list(read(samples.FLAKY))


@pytest.mark.parametrize(
    ("name", "retryable"),
    [
        ("gave-up", [True, True, True]),
        ("failed", [False]),
        ("failed-after-lock", [True, False]),
        ("timed-out", [False]),
    ],
)
def test_retryable_says_what_the_policy_would_have_tried_again(name: str, retryable: list[bool]) -> None:
    attempts = read(samples.ALL[name])["attempts"]
    assert isinstance(attempts, list)
    assert [attempt["retryable"] for attempt in attempts] == retryable


def test_a_stopped_attempt_says_how() -> None:
    attempts = read(samples.TIMED_OUT)["attempts"]
    assert isinstance(attempts, list)
    assert attempts[0]["stopped"] == {"timeout": 60.0, "signal": None, "rungs": ["ask", "kill"]}


def test_text_that_utf8_cannot_hold_is_visible() -> None:
    name = read(samples.NASTY)["name"]
    assert isinstance(name, str)
    assert "#xDC84" in name
    assert "#x07" in name


def test_a_number_that_json_does_not_know_is_null() -> None:
    assert read(samples.make_run(samples.PASSED.outcome, (), duration=float("nan")))["duration"] is None
