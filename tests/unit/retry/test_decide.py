"""The whole behaviour of the decision, as one table."""

import errno
from dataclasses import replace
from typing import Any

import pytest

from ci_guard.model.category import Category
from ci_guard.model.history import Attempt, Code, Diagnosis, Hold, Match, Namespace, RefusedFile, Waited
from ci_guard.model.policy import Policy, Repeat
from ci_guard.model.process import Capture, Exit, Outcome, Stop
from ci_guard.retry.decide import decide, is_futile, settled

LOCK, BLOCK, DENIED = Category.ANTIVIRUS_LOCK, Category.ANTIVIRUS_BLOCK, Category.PERMISSION


def attempt(
    number: int, category: Category | None, *, retry_once: bool = False, signal: int | None = None
) -> Attempt:
    stopped = None if signal is None else Stop(signal=signal)
    outcome = Outcome(exit=Exit(code=1), started=0.0, duration=1.0, captures=(), stopped=stopped)
    diagnosis = None if category is None else Diagnosis(category=category, retry_once=retry_once)
    return Attempt(number=number, argv=("uv", "sync"), outcome=outcome, diagnosis=diagnosis)


LOCKS = [attempt(number, LOCK) for number in (1, 2, 3)]


@pytest.mark.parametrize(
    ("attempts", "policy", "left", "again", "reason"),
    [
        pytest.param([attempt(1, None)], Policy(), None, False, "passed", id="passed"),
        pytest.param(LOCKS[:1], Policy(), None, True, "antivirus_lock", id="lock"),
        pytest.param(LOCKS[:1], Policy(attempts=1), None, False, "only one attempt", id="only one allowed"),
        pytest.param(LOCKS, Policy(attempts=3), None, False, "all 3 attempts", id="attempts used"),
        pytest.param(LOCKS[:2], Policy(attempts=2), None, False, "both attempts are used up", id="two used"),
        pytest.param(LOCKS, Policy(attempts=4), None, True, "antivirus_lock", id="one left"),
        pytest.param(LOCKS[:1], Policy(), 5.0, False, "no time left", id="wait ends after the deadline"),
        pytest.param(LOCKS[:1], Policy(), 5.1, True, "antivirus_lock", id="wait ends before the deadline"),
        pytest.param(LOCKS[:1], Policy(retry_on=()), None, False, "are not retried", id="nothing is retried"),
        pytest.param([attempt(1, DENIED)], Policy(), None, False, "permission", id="permanent"),
        pytest.param(
            [attempt(1, Category.UNKNOWN)],
            Policy(),
            None,
            False,
            "does not know this failure (exit status ",
            id="no evidence",
        ),
        pytest.param(
            [attempt(1, Category.NETWORK)],
            Policy(retry_on=(Category.NETWORK,)),
            None,
            True,
            "network",
            id="added",
        ),
        pytest.param(
            [attempt(1, Category.NETWORK)], Policy(), None, False, "`--retry-on network`", id="may be added"
        ),
        pytest.param([attempt(1, BLOCK)], Policy(), None, False, "antivirus_block", id="verdict"),
        pytest.param(
            [attempt(1, BLOCK, retry_once=True)], Policy(), None, True, "antivirus_block", id="vanished once"
        ),
        pytest.param(
            [attempt(1, BLOCK, retry_once=True), attempt(2, BLOCK, retry_once=True)],
            Policy(),
            None,
            False,
            "vanished again",
            id="vanished twice",
        ),
        pytest.param([attempt(1, LOCK, signal=15)], Policy(), None, False, "interrupted", id="interrupted"),
    ],
)
def test_decide(
    attempts: list[Attempt], policy: Policy, left: float | None, again: bool, reason: str
) -> None:
    decision = decide(policy, attempts, left, 5.0)
    assert (decision.again, reason in decision.reason) == (again, True), decision
    assert decision.delay == (5.0 if again else 0.0)


UNHEARD = Capture(stream="output", head=b"x", tail=b"", dropped=0, broken=errno.ENOSPC)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"input_kept": False}, "more of its input than can be given to another attempt"),
        ({"captures": (UNHEARD,)}, "its output could not be written"),
    ],
)
def test_what_cannot_be_had_again_ends_the_attempts(change: dict[str, Any], reason: str) -> None:
    last = replace(LOCKS[0], outcome=replace(LOCKS[0].outcome, **change))
    decision = decide(Policy(), [last], None, 5.0)
    assert (decision.again, reason in decision.reason) == (False, True)


def test_a_lock_before_it_does_not_count_as_having_vanished() -> None:
    assert decide(Policy(), [LOCKS[0], attempt(2, BLOCK, retry_once=True)], None, 5.0).again


STOPPED = Stop(timeout=5.0)


@pytest.mark.parametrize(
    ("category", "stopped", "status", "again"),
    [
        (DENIED, None, 1, True),
        (DENIED, None, 2, False),
        (DENIED, STOPPED, 1, False),
        (BLOCK, None, 1, False),
        (Category.INTERRUPTED, None, 1, False),
    ],
)
def test_when_the_exit_status_alone_asks_for_another_attempt(
    category: Category, stopped: Stop | None, status: int, again: bool
) -> None:
    failed = attempt(1, category)
    failed = replace(failed, outcome=replace(failed.outcome, exit=Exit(code=status), stopped=stopped))
    assert decide(Policy(retry_on_exit_code=(1,)), [failed], None, 5.0).again is again


def test_the_last_exit_status_is_the_one_that_asks() -> None:
    first, last = (attempt(number, DENIED) for number in (1, 2))
    last = replace(last, outcome=replace(last.outcome, exit=Exit(code=2)))
    assert not decide(Policy(retry_on_exit_code=(1,)), [first, last], None, 5.0).again
    assert decide(Policy(retry_on_exit_code=(2,)), [first, last], None, 5.0).again


def test_who_was_stopped_by_a_limit_was_not_interrupted() -> None:
    stopped = replace(LOCKS[0], outcome=replace(LOCKS[0].outcome, stopped=STOPPED))
    assert decide(Policy(), [stopped], None, 5.0).again


def test_what_failed_of_our_own_changes_is_tried_without_them() -> None:
    decision = decide(Policy(), [attempt(1, DENIED)], None, 5.0, stepped_back="without the tweak")
    assert (decision.again, decision.reason) == (True, "without the tweak")


@pytest.mark.parametrize(
    ("recovery_time", "recovering", "again"),
    [
        pytest.param(60.0, 0.0, True, id="just failed"),
        pytest.param(60.0, 54.9, True, id="the next one begins in time"),
        pytest.param(60.0, 55.0, False, id="the next one would begin at its end"),
        pytest.param(60.0, 600.0, False, id="long over"),
        pytest.param(None, 1e9, True, id="no limit"),
    ],
)
def test_no_further_attempt_begins_after_the_recovery_time(
    recovery_time: float | None, recovering: float, again: bool
) -> None:
    policy = Policy(recovery_time=recovery_time)
    decision = decide(policy, LOCKS[:1], None, 5.0, recovering=recovering)
    assert decision.again is again
    assert ("recovery_time" in decision.reason) is not again


@pytest.mark.parametrize(
    ("failed", "repeat", "publishes", "again", "reason"),
    [
        pytest.param(attempt(1, LOCK), Repeat.AUTO, None, True, "antivirus_lock", id="a build"),
        pytest.param(attempt(1, LOCK), Repeat.AUTO, "git push", False, "`git push` changes", id="a push"),
        pytest.param(attempt(1, LOCK), Repeat.AUTO, "x", False, "say `repeat: safe`", id="what to set"),
        pytest.param(attempt(1, LOCK), Repeat.SAFE, "git push", True, "antivirus_lock", id="a safe push"),
        pytest.param(attempt(1, LOCK), Repeat.SAFE, None, True, "antivirus_lock", id="safe build"),
        pytest.param(attempt(1, LOCK), Repeat.NEVER, None, False, "`repeat: never`", id="never"),
        pytest.param(attempt(1, LOCK), Repeat.NEVER, "x", False, "`repeat: never`", id="never a push"),
        pytest.param(attempt(1, DENIED), Repeat.SAFE, "x", False, "permission", id="safe is no evidence"),
        pytest.param(attempt(1, DENIED), Repeat.AUTO, "x", False, "permission", id="the cause comes first"),
        pytest.param(attempt(1, None), Repeat.NEVER, "x", False, "passed", id="passed"),
        pytest.param(
            attempt(1, BLOCK, retry_once=True), Repeat.AUTO, "x", False, "repeat: safe", id="vanished"
        ),
    ],
)
def test_what_may_be_repeated(
    failed: Attempt, repeat: Repeat, publishes: str | None, again: bool, reason: str
) -> None:
    decision = decide(Policy(repeat=repeat), [failed], None, 5.0, publishes=publishes)
    assert (decision.again, reason in decision.reason) == (again, True), decision


def test_by_default_nothing_ends_a_command_that_runs_well() -> None:
    assert (Policy().deadline, Policy().attempt_timeout) == (None, None)
    assert (Policy().recovery_time, Policy().grace) == (900.0, 10.0)


def at(path: str | None, number: int = 13, namespace: Namespace = Namespace.ERRNO) -> Diagnosis:
    return Diagnosis(category=LOCK, match=Match(signature="s", path=path, code=Code(namespace, number)))


STARTED, LIMIT = 1000.0, 120.0  # when the run began (seconds since the epoch), and its patience
OLD, FRESH = RefusedFile(written=STARTED - 60), RefusedFile(written=STARTED + 1)
X, Y = at("/v/bin/x"), at("/v/bin/y")


def refused(diagnoses: list[Diagnosis], *, held: int | None = None) -> list[Attempt]:
    """Attempts that ended like this; before the one with the number `held` the file was held all the time."""
    made = []
    for number, each in enumerate(diagnoses, 1):
        one = attempt(number, LOCK)
        waited = Waited(seconds=2.0, reason="backoff", held_throughout=number == held)
        outcome = replace(one.outcome, started=STARTED + 10 * (number - 1))
        made.append(replace(one, diagnosis=each, waited=waited if number > 1 else None, outcome=outcome))
    return made


@pytest.mark.parametrize(
    ("attempts", "proof"),
    [
        pytest.param(
            refused([X, replace(X, refused=OLD, ambiguous=True, retry_once=True)]),
            "older than this run",
            id="an old file",
        ),
        pytest.param(refused([X, X, X], held=2), "before attempt 2", id="held during a whole wait"),
        pytest.param(
            refused([X, replace(X, refused=RefusedFile(written=STARTED + 1, holders=("ide.exe (pid 4)",)))]),
            "ide.exe (pid 4)",
            id="the holder is named",
        ),
        pytest.param(
            refused(
                [at(r"C:\v\x", 32, Namespace.WIN32), replace(at(r"c:\V\X", 5, Namespace.WIN32), refused=OLD)],
            ),
            "older",
            id="in vain removed, then replaced",
        ),
        pytest.param(refused([replace(X, refused=OLD)]), None, id="one attempt proves nothing"),
        pytest.param(refused([X, replace(Y, refused=OLD)], held=2), None, id="another file"),
        pytest.param(refused([X, replace(at("/v/bin/x", 16), refused=OLD)]), None, id="another refusal"),
        pytest.param(refused([at(None), at(None)], held=2), None, id="no file named"),
        pytest.param(refused([X, X]), None, id="the machine says nothing"),
        pytest.param(refused([X, replace(X, refused=FRESH)]), None, id="written anew"),
        pytest.param(refused([X, replace(X, refused=RefusedFile())]), None, id="not there any more"),
        pytest.param(
            refused([X, replace(X, refused=RefusedFile(written=STARTED - 1))]),
            None,
            id="as the clocks differ",
        ),
        pytest.param(
            refused([at("/v/bin/.tmpAb12"), at("/v/bin/.tmpZz99")], held=2),
            None,
            id="random names of one place",
        ),
    ],
)
def test_a_file_is_in_use_only_with_proof(attempts: list[Attempt], proof: str | None) -> None:
    verdict = settled(attempts, LIMIT)
    assert verdict is not None
    assert verdict.category is (LOCK if proof is None else Category.FILE_IN_USE)
    said = " ".join(verdict.evidence)
    assert ("another program keeps it open" in said) is (proof is not None)
    assert proof is None or proof in said
    if proof is not None:  # it is certain, and not the verdict of a scanner
        assert (verdict.ambiguous, verdict.retry_once) == (False, False)


def test_another_category_at_the_end_stays() -> None:
    verdict = settled(refused([X, Diagnosis(category=DENIED, refused=OLD)], held=2), LIMIT)
    assert verdict == Diagnosis(category=DENIED, refused=OLD)
    denied = replace(X, category=DENIED, refused=OLD)
    assert settled(refused([denied, denied], held=2), LIMIT) is denied


@pytest.mark.parametrize(
    ("patience", "setting"),
    [(None, "set `patience: {limit: 120s}`"), (120.0, "raise `patience: {limit: 240s}`")],
)
@pytest.mark.parametrize(
    ("fresh", "words"),
    [
        ([at("/v/bin/.tmpAb12"), at("/v/bin/.tmpZz99")], "each of the 2 attempts wrote the file anew"),
        ([X, X], "the same file was refused at each of the 2 attempts, perhaps a fresh one each time"),
    ],
)
def test_without_proof_the_sentence_says_what_to_set(
    fresh: list[Diagnosis], words: str, patience: float | None, setting: str
) -> None:
    verdict = settled(refused(fresh), patience)
    assert verdict is not None
    assert words in verdict.evidence[-1]
    assert "a scanner holds each fresh file for longer" in verdict.evidence[-1]
    assert setting in verdict.evidence[-1]


def test_a_passed_run_is_settled() -> None:
    assert settled([*LOCKS, attempt(4, None)], LIMIT) is None
    assert settled([attempt(1, None), LOCKS[1]], LIMIT) is LOCKS[1].diagnosis


def refused_at(path: str | None, *holds: Hold) -> Attempt:
    said = Diagnosis(category=LOCK, match=Match(signature="x", path=path))
    return replace(attempt(1, LOCK), diagnosis=said, holds=holds)


HELD_STILL = Hold(file="C:\\w\\a.exe", seconds=120.0, started=0.0)


@pytest.mark.parametrize(
    ("attempts", "all_held", "futile"),
    [
        ([refused_at("C:\\w\\a.exe")] * 2, 2, True),
        ([refused_at("C:\\w\\.tmp1"), refused_at("C:\\w\\.tmp2")], 2, True),
        ([attempt(1, DENIED), *[refused_at("C:\\w\\a.exe")] * 2], 2, True),
        ([refused_at("C:\\w\\a.exe")] * 2, 1, False),  # a scanner that takes some of them
        ([refused_at("C:\\w\\a.exe")], 2, False),
        ([refused_at("C:\\w\\a.exe"), refused_at("C:\\w\\b.exe")], 2, False),  # it comes further each time
        ([refused_at(None)] * 2, 2, False),
        (
            [refused_at("C:\\w\\a.exe"), refused_at("C:\\w\\a.exe", HELD_STILL)],
            2,
            False,
        ),  # it waits by itself
    ],
)
def test_where_no_further_attempt_can_help(attempts: list[Attempt], all_held: int, futile: bool) -> None:
    assert is_futile(attempts, all_held) is futile
