"""No report of any format shows a secret, wherever in the run it stands."""

from dataclasses import replace

import pytest

from ci_guard.model.category import Category
from ci_guard.model.history import (
    AppliedTweak,
    Attempt,
    Code,
    Decision,
    Diagnosis,
    Fault,
    Match,
    Namespace,
    Repair,
    RepairAction,
    Run,
    Verification,
    Waited,
)
from ci_guard.model.process import Capture
from ci_guard.redact.redacted import redact_run
from ci_guard.redact.secrets import find_secrets
from ci_guard.reports.formats import FORMATS, find_format
from unit.reports import samples

SECRET = "correct-horse-battery"
KNOWN = find_secrets({"DEPLOY_TOKEN": SECRET})


def make_leaky() -> Run:
    """A run that has the secret in every text that it holds, and an option's value in its command lines."""
    diagnosis = Diagnosis(
        category=Category.ANTIVIRUS_LOCK,
        match=Match(
            signature=SECRET, code=Code(Namespace.WIN32, 5), operation=SECRET, path=SECRET, excerpt=SECRET
        ),
        evidence=(SECRET,),
        packages=(SECRET,),
        advice=(SECRET,),
    )
    captures = (
        Capture("stdout", head=b"correct-horse-", tail=b"battery"),
        Capture("stderr", head=SECRET.encode()),
    )
    attempt = Attempt(
        number=1,
        argv=("tool", "--password", "hunter2", SECRET),
        outcome=replace(samples.make_outcome(2), captures=captures),
        diagnosis=diagnosis,
        decision=Decision(again=True, reason=SECRET),
        waited=Waited(seconds=1.0, reason=SECRET),
        tweaks=(
            AppliedTweak(tweak=SECRET, set={"A": SECRET, "MY_TOKEN": "hunter2"}, kept=(SECRET,), why=SECRET),
        ),
        repairs=(Repair(action=RepairAction.REMOVE, target=SECRET, project=SECRET, reason=SECRET),),
    )
    verification = Verification(
        whole=False,
        reason=SECRET,
        environments=(SECRET,),
        faults=(Fault(project=SECRET, path=SECRET, what=SECRET),),
        warnings=(Fault(project=SECRET, path=SECRET, what=SECRET),),
        removed=(SECRET,),
    )
    return replace(
        samples.make_run(samples.GAVE_UP.outcome, (attempt, replace(attempt, number=2))),
        command=("tool", "--password", "hunter2", SECRET),
        name=SECRET,
        explanation=SECRET,
        agent=SECRET,
        host=SECRET,
        directory=SECRET,
        version=SECRET,
        verification=verification,
    )


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("finished", [True, False])
def test_no_format_shows_a_secret(name: str, finished: bool) -> None:
    shown = (
        find_format(name)
        .render(redact_run(replace(make_leaky(), finished=finished), KNOWN, output=True))
        .decode()
    )
    assert SECRET not in shown
    assert "battery" not in shown
    assert "hunter2" not in shown
    assert "***" in shown or r"\*\*\*" in shown


def test_a_secret_across_a_cut_shows_no_half() -> None:
    filler = b"a line of output\n" * 8000
    capture = Capture(
        "stderr", head=b"begin\nvalue " + b"correct-horse", tail=b"-battery\n" + filler, dropped=1
    )
    attempt = replace(samples.make_lock(1), outcome=replace(samples.make_outcome(2), captures=(capture,)))
    run = replace(samples.GAVE_UP, attempts=(attempt,))
    (shown,) = redact_run(run, KNOWN, output=True).attempts[0].outcome.captures
    assert shown.head == b"begin\n"
    assert shown.tail.startswith(b"a line of output\n")


def test_a_run_without_secrets_stays_as_it_is() -> None:
    assert (
        redact_run(samples.FLAKY, KNOWN, output=True).attempts[0].diagnosis
        == samples.FLAKY.attempts[0].diagnosis
    )
    assert redact_run(samples.FLAKY, KNOWN).command == samples.FLAKY.command


def test_output_is_left_out_unless_it_is_wanted() -> None:
    assert all(not attempt.outcome.captures for attempt in redact_run(samples.FLAKY, KNOWN).attempts)
