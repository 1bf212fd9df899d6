"""What follows a failed attempt, step by step: real little programs, real folders, no waiting."""

import signal
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ci_guard.knowledge.load import load_knowledge
from ci_guard.model.category import Category, RunOutcome
from ci_guard.model.history import Attempt, Run
from ci_guard.model.policy import Backoff, Policy
from ci_guard.process.interruptions import Interruptions
from ci_guard.recover import fresh
from ci_guard.recover.scratch import Scratch
from ci_guard.run import messages
from ci_guard.run import recovery as module
from ci_guard.run.context import RunContext
from ci_guard.run.messages import VERIFY_SIGNATURE
from ci_guard.run.recovery import Recovery, recover
from unit.recover.conftest import Environment
from unit.run.contexts import context_of, ended

AT_ONCE = Backoff(initial=0.0, factor=1.0, maximum=0.0, jitter=0.0)
FAST = Policy(attempts=3, backoff=AT_ONCE, wait_for_unlock=False)
# the system's word for a file that somebody holds, in the sentence of an installer
FOLDER, BUSY = ("C:\\w\\", "32") if sys.platform == "win32" else ("/w/", "16")
LOCK = f"error: failed to rename file from {FOLDER}.tmpAbC to {FOLDER}tool: It is busy (os error {BUSY})\n"
PASSES = [sys.executable, "-c", "pass"]
FAILS_BY_LOCK = [sys.executable, "-c", f"import sys; sys.stderr.write({LOCK!r}); sys.exit(3)"]


class Given:
    """A recovery whose first attempt has failed by a lock."""

    def __init__(self, context: RunContext, interruptions: Interruptions, scratch: Scratch) -> None:
        self.recovery = Recovery(context, interruptions, scratch, load_knowledge(()))
        first = Attempt(number=1, argv=context.launch(1).argv, outcome=ended(3, LOCK))
        self.first = self.recovery.judged(first)

    def goes_on(self) -> Attempt:
        self.recovery.wait(0.0)
        return self.recovery.attempt()

    def end(self) -> Run:
        return self.recovery.end()


@pytest.fixture
def given(tmp_path: Path):
    """Make a recovery for a command."""
    with Interruptions() as interruptions, Scratch(str(tmp_path)) as scratch:
        yield lambda command, policy=FAST: Given(
            context_of(tmp_path, command, policy), interruptions, scratch
        )


def test_a_failure_is_diagnosed_decided_and_announced(given, capsys) -> None:
    first = given(FAILS_BY_LOCK).first
    assert first.diagnosis is not None
    assert first.diagnosis.category is Category.ANTIVIRUS_LOCK
    assert first.again
    err = capsys.readouterr().err
    assert err.startswith("ci-guard: attempt 1 of 3 failed after 1.0 s: antivirus_lock")
    assert "next attempt in" in err


def test_the_next_attempt_runs_the_command_and_remembers_the_wait(given) -> None:
    one = given(PASSES)
    second = one.goes_on()
    assert (second.number, second.outcome.passed, second.diagnosis, second.again) == (2, True, None, False)
    assert second.waited is not None
    assert second.waited.reason == "backoff"
    run = one.end()
    assert (run.outcome, run.exit_status, len(run.attempts)) == (RunOutcome.FLAKY, 0, 2)
    assert run.verification is not None
    assert run.verification.whole is None
    assert "cannot examine" in run.explanation


def test_a_lock_that_stays_uses_all_attempts_up(given) -> None:
    one = given(FAILS_BY_LOCK)
    assert one.goes_on().again
    last = one.goes_on()
    assert last.decision is not None
    assert (last.again, last.decision.reason) == (False, "all 3 attempts are used up")
    run = one.end()
    assert (run.outcome, run.exit_status, len(run.attempts)) == (RunOutcome.GAVE_UP, 3, 3)


def test_another_failure_ends_it_with_its_own_status(given) -> None:
    one = given([sys.executable, "-c", "import sys; sys.exit('error: no such option: --x')"])
    assert not one.goes_on().again
    run = one.end()
    assert (run.outcome, run.exit_status) == (RunOutcome.FAILED, 1)


def test_after_a_signal_nothing_is_started_any_more(given, tmp_path: Path) -> None:
    mark = tmp_path / "started"
    one = given([sys.executable, "-c", f"open({str(mark)!r}, 'w')"])
    signal.raise_signal(signal.SIGINT)
    last = one.goes_on()
    assert (last.number, last.again) == (1, False)
    assert not mark.exists()
    run = one.end()
    assert (run.outcome, run.exit_status) == (RunOutcome.ABORTED, 128 + signal.SIGINT)


def test_a_program_that_has_gone_meanwhile_ends_it(given, capsys) -> None:
    one = given([str(Path("gone") / "program")])
    last = one.goes_on()
    assert (last.number, last.again) == (1, False)
    assert "ci-guard: no further attempt: " in capsys.readouterr().err
    assert one.end().exit_status == 3


def test_a_result_that_is_not_whole_is_a_failed_attempt(given, tmp_path: Path) -> None:
    environment = Environment(tmp_path / ".venv")
    environment.install("app")
    launcher = environment.scripts / "app"
    launcher.unlink()
    one = given(PASSES, replace(FAST, repair=False))
    second = one.goes_on()
    assert second.diagnosis is not None
    assert second.diagnosis.category is Category.ANTIVIRUS_LOCK
    match = second.diagnosis.match
    assert match is not None
    assert (match.signature, match.operation, match.path) == (VERIFY_SIGNATURE, "verify", str(launcher))
    assert match.excerpt == f"app: {launcher}: missing"
    run = one.end()
    assert run.exit_status == 1
    assert run.verification is not None
    assert run.verification.whole is False


def test_with_verify_off_nobody_looks(given, tmp_path: Path) -> None:
    environment = Environment(tmp_path / ".venv")
    environment.install("app")
    (environment.scripts / "app").unlink()
    one = given(
        PASSES, Policy(attempts=2, backoff=AT_ONCE, wait_for_unlock=False, repair=False, verify=False)
    )
    assert one.goes_on().diagnosis is None
    run = one.end()
    assert (run.outcome, run.verification) == (RunOutcome.FLAKY, None)


def test_without_what_is_known_the_commands_own_status_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    def locked(_signatures: object) -> None:
        raise OSError("the data is locked")

    monkeypatch.setattr(module, "load_knowledge", locked)
    with Interruptions() as interruptions:
        assert recover(context_of(tmp_path, PASSES, FAST), ended(7, LOCK), interruptions) == 7
        # a command that said 0 and admitted a failure is not green because nothing could be diagnosed
        assert recover(context_of(tmp_path, PASSES, FAST), ended(0, LOCK), interruptions) == 1
    assert "ci-guard: warning: the failure cannot be diagnosed: the data is locked" in capsys.readouterr().err


WRITES_ANEW = """
import pathlib, sys
folder = pathlib.Path(sys.argv[1])
for name in ("tool", "other"):
    (folder / name).unlink(missing_ok=True)
    (folder / name).write_bytes(b"program")
sys.exit(f"error: failed to rename file from {folder / 'x'} to {folder / 'tool'}: It is busy (os error BUSY)")
""".replace("BUSY", BUSY)


@pytest.mark.parametrize(
    ("policy", "held", "attempts"),
    [
        (Policy(attempts=6, backoff=AT_ONCE), {"tool", "other"}, 2),
        (Policy(attempts=6, backoff=AT_ONCE), {"tool"}, 6),  # not each fresh file: the next may be let alone
        (Policy(attempts=6, backoff=AT_ONCE), set(), 6),
        (Policy(attempts=3, backoff=AT_ONCE, fallback=tuple(PASSES)), {"tool", "other"}, 3),
    ],
)
def test_where_each_attempt_must_fail_no_more_are_made(
    given, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, policy: Policy, held: set[str], attempts: int
) -> None:
    """It writes its files anew each time, each is held each time, and it fails at the first refusal."""
    monkeypatch.setattr(fresh, "is_kept", lambda path: Path(path).name in held)
    folder = tmp_path / "bin"
    folder.mkdir()
    command = [sys.executable, "-c", WRITES_ANEW, str(folder)]
    one = given(command, policy)
    said = (
        f"error: failed to rename file from {folder / 'x'} to {folder / 'tool'}: It is busy (os error {BUSY})"
    )
    for name in ("tool", "other"):
        (folder / name).touch()
    one.recovery._attempts.clear()
    last = one.recovery.judged(Attempt(number=1, argv=tuple(command), outcome=ended(3, said)))
    while last.again:
        last = one.goes_on()
    run = one.end()
    assert len(run.attempts) == attempts
    futile = attempts == 2
    assert (messages.FUTILE in run.explanation) is futile
    assert run.outcome is (RunOutcome.FLAKY if policy.fallback else RunOutcome.GAVE_UP)
