"""Whether to try again: a pure function of values, whose whole behaviour is one table in its test."""

import ntpath
import re
from collections.abc import Sequence
from dataclasses import replace

from ci_guard.model.category import Category
from ci_guard.model.error_numbers import HELD_WIN32, WIN32_SHARING_VIOLATION
from ci_guard.model.history import Attempt, Code, Decision, Diagnosis, Namespace
from ci_guard.model.policy import Policy

# a lock that outlives fewer attempts than this may still be a scanner that is slow with one file
ATTEMPTS_THAT_PROVE = 2
HELD = Code(Namespace.WIN32, WIN32_SHARING_VIOLATION)
HELD_ON_WINDOWS = frozenset(Code(Namespace.WIN32, number) for number in HELD_WIN32)
RANDOM_NAME = re.compile(r"(?i)(?:\.tmp|~|pip-[a-z-]+-)[^\\/]*")


def decide(
    policy: Policy,
    attempts: Sequence[Attempt],
    left: float | None,
    delay: float,
    *,
    recovering: float = 0.0,
) -> Decision:
    """What to do after the last of `attempts`.

    Seconds: `left` until the deadline, `delay` before the next attempt, `recovering` since the first failure.

    The last attempt's diagnosis is None when it passed and its result is verified.
    """
    last = attempts[-1]
    diagnosis = last.diagnosis
    if diagnosis is None:
        return Decision(again=False, reason="passed")
    if last.outcome.stopped is not None and last.outcome.stopped.signal is not None:
        return Decision(again=False, reason="interrupted")
    refusal = _refused(policy, attempts, diagnosis)
    if refusal is not None:
        return Decision(again=False, reason=refusal)
    if last.outcome.undelivered is not None:
        return Decision(again=False, reason="its output could not be written")
    if not last.outcome.input_kept:
        reason = "it has read more of standard input than can be given to another attempt"
        return Decision(again=False, reason=reason)
    if last.number >= policy.attempts:
        return Decision(again=False, reason=f"all {policy.attempts} attempts are used")
    if left is not None and left <= delay:
        return Decision(again=False, reason=f"no time left: {left:.0f} s to the deadline")
    if policy.recovery_time is not None and recovering + delay >= policy.recovery_time:
        return Decision(
            again=False,
            reason=f"the recovery has taken {recovering:.0f} s of {policy.recovery_time:g} s (recovery_time)",
        )
    return Decision(again=True, reason=str(diagnosis.category), delay=delay)


def _refused(policy: Policy, attempts: Sequence[Attempt], diagnosis: Diagnosis) -> str | None:
    if diagnosis.retry_once:
        before = sum(1 for attempt in attempts[:-1] if attempt.diagnosis and attempt.diagnosis.retry_once)
        return "the file has vanished again: this is a verdict, not a lock" if before else None
    if diagnosis.category not in policy.retry_on:
        return f"{diagnosis.category} does not pass with time"
    return None


def settled(attempts: Sequence[Attempt]) -> Diagnosis | None:
    """The last diagnosis, called `file_in_use` if the same file was refused at every attempt.

    A scanner lets go in the end; what meets the same refusal each time over all attempts is held by
    something that stays; where each attempt wrote the file anew, by a scanner that is too slow.
    Returns None if the last attempt passed.
    """
    last = attempts[-1].diagnosis
    if last is None or last.category is not Category.ANTIVIRUS_LOCK or len(attempts) < ATTEMPTS_THAT_PROVE:
        return last
    faces = {_face(attempt.diagnosis) for attempt in attempts}
    if len(faces) != 1 or None in faces:
        return last
    if last.match is not None and RANDOM_NAME.search(last.match.path or ""):
        sentence = (
            f"each of the {len(attempts)} attempts wrote the file anew and was refused: a scanner holds "
            "each fresh file for longer than the command waits; raise `patience: {limit: 2m}`, "
            "or have the folder excluded"
        )
        return replace(last, evidence=(*last.evidence, sentence))
    sentence = (
        f"the same file was refused at each of the {len(attempts)} attempts: a program that stays holds it"
    )
    return Diagnosis(
        category=Category.FILE_IN_USE,
        match=last.match,
        evidence=(*last.evidence, sentence),
        packages=last.packages,
        advice=last.advice,
    )


def _face(diagnosis: Diagnosis | None) -> tuple[str, Code | None] | None:
    """What was refused, with the random part of temporary names taken out."""
    if diagnosis is None or diagnosis.match is None or diagnosis.match.path is None:
        return None
    path = RANDOM_NAME.sub("*", ntpath.normcase(diagnosis.match.path))
    code = diagnosis.match.code
    return path, HELD if code in HELD_ON_WINDOWS else code
