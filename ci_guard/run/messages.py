"""What ci-guard says, a line each: what was seen, where, what happens next, when."""

from collections.abc import Iterator, Sequence

from ci_guard.ci_server.announcements import ATTEMPT_FAILED, ATTEMPT_STARTS
from ci_guard.model.counting import counted
from ci_guard.model.history import AppliedTweak, Attempt, Diagnosis, Hold, Repair, Verification, Waited
from ci_guard.reports.sentences import tell_attempted, tell_code, tell_fault, tell_repair

VERIFY_SIGNATURE = "ci-guard.verify"  # of a failure that only the verification has seen
SHOWN = 3  # of a longer list
FUTILE = (
    "each attempt has written its files anew, each of them is held by somebody as soon as it is there, and "
    "the command fails at the first refusal: have the folder excluded from scanning, or set another command "
    "as `fallback:`"
)


def seen(diagnosis: Diagnosis) -> str:
    """The diagnosis in a few words: category, code, operation, path."""
    match = diagnosis.match
    if match is None:
        return str(diagnosis.category)
    if match.signature == VERIFY_SIGNATURE:
        return "the result could not be verified"
    words = [str(diagnosis.category)]
    if match.code is not None:
        words.append(f"({tell_code(match.code)})")
    if attempted := tell_attempted(match.operation, match.path and f"`{match.path}`"):
        words.append(attempted)
    if match.code is None and not match.path and match.excerpt:
        words.append(f"({match.excerpt.strip()})")
    return " ".join(words)


def decided(attempt: Attempt, diagnosis: Diagnosis, allowed: int) -> str:
    """What an attempt came to and what happens next."""
    head = ATTEMPT_FAILED.text(
        attempt=attempt.number, allowed=allowed, seconds=attempt.outcome.duration, cause=seen(diagnosis)
    )
    verification = f"; {diagnosis.evidence[-1]}" if diagnosis.evidence else ""
    decision = attempt.decision
    if decision is None or not decision.again:
        return f"{head}{verification}; no further attempt: {decision.reason if decision else 'unknown'}"
    stepped = "" if decision.reason == diagnosis.category else f" {decision.reason}"
    return f"{head}{verification}; next attempt in {decision.delay:.1f} s{stepped}"


def held(holds: Sequence[Hold]) -> Iterator[str]:
    """For which files the command was held still, a line each, and how many more there were."""
    for hold in holds[:SHOWN]:
        who = ", ".join(hold.holders[:SHOWN]) or "somebody else"
        yield f"held the command still for {hold.seconds:.1f} s: {who} held `{hold.file}`"
    if len(holds) > SHOWN:
        rest = sum(hold.seconds for hold in holds[SHOWN:])
        yield f"held the command still for {rest:.1f} s more, for {counted(len(holds) - SHOWN, 'other file')}"


def holding(path: str, holders: Sequence[str], limit: float) -> str:
    """Said while the command stands still already for long."""
    who = ", ".join(holders[:SHOWN]) or "somebody else"
    return f"holding the command still until `{path}` is free, up to {limit:g} s: {who} holds it"


def held_in_all(holds: Sequence[Hold]) -> str:
    """The sum of all holds, in a few words."""
    files = "a file was" if len(holds) == 1 else f"{len(holds)} files were"
    seconds = sum(hold.seconds for hold in holds)
    return f"held still for {seconds:.1f} s in all while {files} held by somebody else"


def starting(
    number: int, allowed: int, waited: Waited, repairs: Sequence[Repair], tweaks: Sequence[AppliedTweak]
) -> str:
    """What was done for the attempt that starts now."""
    parts = [
        ATTEMPT_STARTS.text(attempt=number, allowed=allowed, seconds=waited.seconds, reason=waited.reason)
    ]
    if repairs:
        parts.append("repaired: " + _some([tell_repair(each, f"`{each.target}`") for each in repairs]))
    changed = [f"{name}={value}" for tweak in tweaks for name, value in tweak.set.items()]
    if changed:
        parts.append("changed: " + _some(changed))
    return "; ".join(parts)


def reasons(diagnosis: Diagnosis) -> Iterator[str]:
    """What a diagnosis rests on: the signature and its line, what the machine answered."""
    match = diagnosis.match
    if match is not None:
        yield f"  line {match.line} ({match.signature}): {match.excerpt.strip()}"
    yield from (f"  evidence: {line}" for line in diagnosis.evidence)


def busy(lock: str) -> str:
    """A repair that was left out, since the installer's own lock was not to be had."""
    return f"nothing was repaired where another program is at work: it holds `{lock}`"


def means(repairs: Sequence[Repair], tweaks: Sequence[AppliedTweak]) -> Iterator[str]:
    """Why each repair and each tweak was chosen."""
    yield from (f"  {tell_repair(each, f'`{each.target}`')}: {each.reason}" for each in repairs)
    for tweak in tweaks:
        changes = ", ".join(f"{name}={value}" for name, value in tweak.set.items()) or "nothing to change"
        yield f"  tweak {tweak.tweak}: {changes}: {tweak.why} ({tweak.reference})"
        yield from (f"  tweak {tweak.tweak}: {name} was set by you and is left alone" for name in tweak.kept)


def verified(verification: Verification) -> str:
    """The verification in a few words."""
    if verification.whole is None:
        return f"not verified: {verification.reason}"
    if not verification.whole:
        return f"not complete: {_some([tell_fault(fault) for fault in verification.faults])}"
    places = " and ".join(f"`{folder}`" for folder in verification.environments)
    if not verification.packages and verification.files:
        return f"verified {counted(verification.files, 'file')} in {places}"
    if not verification.packages:
        return f"verified {places}: nothing is missing, and there are no packages in it"
    what = f"{counted(verification.files, 'file')} of {counted(verification.packages, 'package')}"
    return f"verified {what} in {places}"


def _some(items: list[str]) -> str:
    more = f" and {len(items) - SHOWN} more" if len(items) > SHOWN else ""
    return ", ".join(items[:SHOWN]) + more
