"""Whether to try again: a pure function of values, whose whole behaviour is one table in its test."""

import ntpath
from collections.abc import Sequence

from ci_guard.dataclass import replace
from ci_guard.expression import expression
from ci_guard.model.category import Category
from ci_guard.model.error_numbers import HELD_WIN32, WIN32_SHARING_VIOLATION
from ci_guard.model.evidence import FILE_CLOCK_SLACK
from ci_guard.model.history import Attempt, Code, Decision, Diagnosis, Namespace, RefusedFile
from ci_guard.model.policy import Policy, Repeat

# a lock that outlives fewer attempts than this may still be a scanner that is slow with one file
ATTEMPTS_THAT_PROVE = 2
PATIENCE_TO_TRY = 120.0  # seconds, where patience is off
HELD = Code(Namespace.WIN32, WIN32_SHARING_VIOLATION)
HELD_ON_WINDOWS = frozenset(Code(Namespace.WIN32, number) for number in HELD_WIN32)
RANDOM_NAME = expression(r"(?i)(?:\.tmp|~|pip-[a-z-]+-)[^\\/]*")


def decide(
    policy: Policy,
    attempts: Sequence[Attempt],
    left: float | None,
    delay: float,
    *,
    recovering: float = 0.0,
    publishes: str | None = None,
    stepped_back: str | None = None,
) -> Decision:
    """What to do after the last of `attempts`.

    Seconds: `left` until the deadline, `delay` before the next attempt, `recovering` since the first failure.

    `stepped_back`: what of our own changes the next attempt goes without, because the last one failed of it.
    `publishes`: the command in it that changes something outside of the machine, as `git push`; None: none.

    The last attempt's diagnosis is None when it passed and its result is verified.
    """
    last = attempts[-1]
    diagnosis = last.diagnosis
    if diagnosis is None:
        return Decision(again=False, reason="passed")
    if last.outcome.stopped is not None and last.outcome.stopped.signal is not None:
        return Decision(again=False, reason="interrupted")
    refusal = None if stepped_back is not None else _refused(policy, attempts, diagnosis)
    refusal = refusal or unrepeatable(policy.repeat, publishes)
    if refusal is not None:
        return Decision(again=False, reason=refusal)
    if last.outcome.undelivered is not None:
        return Decision(again=False, reason="its output could not be written")
    if not last.outcome.input_kept:
        reason = "it has read more of its input than can be given to another attempt"
        return Decision(again=False, reason=reason)
    if last.number >= policy.attempts:
        return Decision(again=False, reason=_used_up(policy.attempts))
    if left is not None and left <= delay:
        return Decision(again=False, reason=f"no time left: {left:.0f} s to the deadline")
    if policy.recovery_time is not None and recovering + delay >= policy.recovery_time:
        return Decision(
            again=False,
            reason=f"the recovery has taken {recovering:.0f} s of {policy.recovery_time:g} s (recovery_time)",
        )
    return Decision(again=True, reason=stepped_back or str(diagnosis.category), delay=delay)


def unrepeatable(repeat: Repeat, publishes: str | None) -> str | None:
    """Why the command may not be run again, whatever it failed by, and what to set; None if it may."""
    if repeat is Repeat.NEVER:
        return "the policy says `repeat: never`"
    if publishes is None or repeat is Repeat.SAFE:
        return None
    return (
        f"`{publishes}` changes something outside of this machine, so it is not repeated; "
        "say `repeat: safe` in the policy if it may be"
    )


def _refused(policy: Policy, attempts: Sequence[Attempt], diagnosis: Diagnosis) -> str | None:
    if diagnosis.retry_once:
        before = sum(1 for attempt in attempts[:-1] if attempt.diagnosis and attempt.diagnosis.retry_once)
        return "the file has vanished again: this is a verdict, not a lock" if before else None
    if diagnosis.category not in policy.retry_on and not asks_by_status(policy, attempts[-1], diagnosis):
        return _not_retried(diagnosis.category, attempts[-1])
    return None


def asks_by_status(policy: Policy, attempt: Attempt, diagnosis: Diagnosis) -> bool:
    """Whether the exit status alone asks for another attempt; after a verdict of an antivirus it cannot."""
    if diagnosis.category in (Category.ANTIVIRUS_BLOCK, Category.INTERRUPTED):
        return False
    return attempt.outcome.stopped is None and attempt.outcome.exit.status in policy.retry_on_exit_code


def _used_up(attempts: int) -> str:
    if attempts == 1:
        return "the policy allows only one attempt"
    return "both attempts are used up" if attempts == 2 else f"all {attempts} attempts are used up"


def _not_retried(category: Category, attempt: Attempt) -> str:
    if category is Category.UNKNOWN:
        return f"ci-guard does not know this failure ({_ended(attempt)}), and retries only what it knows"
    may = "; `--retry-on network` has them tried again" if category is Category.NETWORK else ""
    return f"failures of the category {category} are not retried{may}"


def _ended(attempt: Attempt) -> str:
    ended = attempt.outcome.exit
    return f"exit status {ended.status}" if ended.signal is None else f"signal {ended.signal}"


def settled(attempts: Sequence[Attempt], patience: float | None) -> Diagnosis | None:
    """The last diagnosis, called `file_in_use` if a program that stays is proven to hold the same file.

    A refusal of the same file at each attempt is no proof: a tool that writes the file anew each time meets a
    scanner anew each time. `patience`: seconds for which the policy holds the command still for one file.
    Returns None if the last attempt passed.
    """
    last = attempts[-1].diagnosis
    if last is None or last.category is not Category.ANTIVIRUS_LOCK or len(attempts) < ATTEMPTS_THAT_PROVE:
        return last
    if not same_refusal(attempts):
        return last
    times = f"each of the {len(attempts)} attempts"
    if last.match is not None and RANDOM_NAME.search(last.match.path or ""):
        sentence = f"{times} wrote the file anew and was refused: {_slow_scanner(patience)}"
        return replace(last, evidence=(*last.evidence, sentence))
    proof = _proof_of_a_stayer(attempts, last.refused)
    if proof is None:
        sentence = f"the same file was refused at {times}, perhaps a fresh one each time: "
        return replace(last, evidence=(*last.evidence, sentence + _slow_scanner(patience)))
    sentence = f"the same file was refused at {times}: another program keeps it open ({proof})"
    return replace(
        last,
        category=Category.FILE_IN_USE,
        ambiguous=False,
        retry_once=False,
        evidence=(*last.evidence, sentence),
    )


def same_refusal(attempts: Sequence[Attempt]) -> bool:
    """Whether each of them was refused the same file, whatever random name a temporary one has."""
    faces = {_face(attempt.diagnosis) for attempt in attempts}
    return len(faces) == 1 and None not in faces


def is_futile(attempts: Sequence[Attempt], all_held: int) -> bool:
    """Whether a further attempt must fail as the last ones did, unless something is changed.

    `all_held`: of so many attempts in a row every fresh file was found held after their end. They were
    refused the same file at once: who was held still is one that waits, and more patience may help that.
    """
    last = attempts[-ATTEMPTS_THAT_PROVE:]
    if all_held < ATTEMPTS_THAT_PROVE or len(last) < ATTEMPTS_THAT_PROVE:
        return False
    return same_refusal(last) and not any(made.holds for made in last)


def _proof_of_a_stayer(attempts: Sequence[Attempt], refused: RefusedFile | None) -> str | None:
    """What shows that no fresh file is being scanned, in a few words; None: nothing does."""
    if refused is not None and refused.holders:
        return ", ".join(refused.holders)
    for attempt in attempts:
        if attempt.waited is not None and attempt.waited.held_throughout:
            return f"it was held during the whole wait before attempt {attempt.number}"
    if refused is None or refused.written is None:
        return None
    older = refused.written < attempts[0].outcome.started - FILE_CLOCK_SLACK
    return "the file is older than this run" if older else None


def _slow_scanner(patience: float | None) -> str:
    verb, limit = ("set", PATIENCE_TO_TRY) if patience is None else ("raise", 2 * patience)
    return (
        f"a scanner holds each fresh file for longer than the command waits; {verb} "
        f"`patience: {{limit: {limit:g}s}}`, or have the folder excluded"
    )


def _face(diagnosis: Diagnosis | None) -> tuple[str, Code | None] | None:
    """What was refused, with the random part of temporary names taken out."""
    if diagnosis is None or diagnosis.match is None or diagnosis.match.path is None:
        return None
    path = RANDOM_NAME.sub("*", ntpath.normcase(diagnosis.match.path))
    code = diagnosis.match.code
    return path, HELD if code in HELD_ON_WINDOWS else code
