"""The sentences about attempts."""

import json
from dataclasses import replace

import pytest

from ci_guard.model.category import Category
from ci_guard.model.history import Attempt, Code, Diagnosis, Match, Namespace
from ci_guard.model.process import Capture, Exit, Stop
from ci_guard.reports.formats import FORMATS, find_format
from ci_guard.reports.sentences import show_capture, tell_attempt, tell_cause, tell_verification
from unit.reports import samples


def diagnose(match: Match | None, exit_: Exit, stop: Stop | None = None) -> Attempt:
    outcome = replace(samples.make_outcome(1, stop=stop), exit=exit_)
    diagnosis = Diagnosis(category=Category.UNKNOWN, match=match)
    return Attempt(number=1, argv=("x",), outcome=outcome, diagnosis=diagnosis)


@pytest.mark.parametrize(
    ("match", "exit_", "stop", "cause"),
    [
        (
            Match(signature="s", code=Code(Namespace.ERRNO, 16), path="/a"),
            Exit(code=1),
            None,
            "errno 16 on /a",
        ),
        (Match(signature="s", operation="open", path="/a"), Exit(code=1), None, "while opening /a"),
        (Match(signature="s", operation="rename"), Exit(code=1), None, "while renaming a file"),
        (Match(signature="s", operation="scandir", path="/a"), Exit(code=1), None, "during scandir of /a"),
        (Match(signature="s", excerpt="first\nsecond"), Exit(code=1), None, "first"),
        (None, Exit(code=3), None, "exit status 3"),
        (None, Exit(signal=9), None, "ended by signal 9"),
        (None, Exit(signal=15), Stop(timeout=60.0), "stopped after 60.0 s"),
    ],
)
def test_cause(match: Match | None, exit_: Exit, stop: Stop | None, cause: str) -> None:
    assert tell_cause(diagnose(match, exit_, stop)) == cause


def test_a_passed_attempt_says_so() -> None:
    run = samples.shown(samples.PASSED)
    assert tell_attempt(run, run.attempts[0]) == "attempt 1 of 4 after 12.0 s: passed"


def test_a_proof_lists_faults_and_a_run_without_one_says_nothing() -> None:
    assert tell_verification(samples.shown(samples.PASSED)) == []
    assert tell_verification(samples.shown(samples.INCOMPLETE))[1:] == [
        f"missing or broken: ruff: {samples.LOCKED_PATH}: missing"
    ]


@pytest.mark.parametrize("name", FORMATS)
def test_what_was_not_examined_is_never_called_complete(name: str) -> None:
    shown = find_format(name).render(samples.shown(samples.UNVERIFIED)).decode().replace("\\", "")
    assert "ci-guard cannot examine what `make` installed" in shown
    assert "complete" not in shown
    assert "0 packages" not in shown
    assert "not verified" in shown or json.loads(shown)["verification"]["whole"] is None


def test_bytes_that_are_left_out_are_told() -> None:
    assert show_capture(Capture("stdout", b"a\n", b"b\n", 1234)) == "a\n… 1,234 bytes left out …\nb\n"
