"""The sentences about a run and its attempts that all reports for people share; no markup."""

import shlex

from ci_guard.model.category import Category, RunOutcome
from ci_guard.model.counting import counted
from ci_guard.model.history import Attempt, Code, Fault, Namespace, Repair, RepairAction, Verification
from ci_guard.model.process import Capture, Exit
from ci_guard.redact.values import RedactedRun

_MANY_BYTES = "… {:,} bytes left out …"


def quote_command(argv: tuple[str, ...]) -> str:
    """The command line, quoted for reading."""
    return shlex.join(argv)


def list_failed(run: RedactedRun) -> tuple[Attempt, ...]:
    """The attempts that a diagnosis says failed."""
    return tuple(attempt for attempt in run.attempts if attempt.diagnosis is not None)


def list_locked(run: RedactedRun) -> tuple[Attempt, ...]:
    """The attempts in which a scanner held a file."""
    return tuple(
        a
        for a in run.attempts
        if (a.diagnosis and a.diagnosis.category is Category.ANTIVIRUS_LOCK) or has_needed_patience(run, a)
    )


def has_needed_patience(run: RedactedRun, attempt: Attempt) -> bool:
    """Whether the attempt passed because it was held still: the first one of a run that is flaky."""
    return run.outcome is RunOutcome.FLAKY and attempt.diagnosis is None and bool(attempt.holds)


def tell_code(code: Code) -> str:
    """The number as people say it: `Windows error 5`, `errno 13`, `HRESULT 0x80070005`."""
    if code.namespace in (Namespace.HRESULT, Namespace.NTSTATUS):
        return f"{code.namespace.upper()} 0x{code.number & _32_BITS:08X}"
    return f"{_LISTS[code.namespace]} {code.number}"


_32_BITS = 0xFFFFFFFF
_LISTS = {
    Namespace.WIN32: "Windows error",
    Namespace.ERRNO: "errno",
    Namespace.LIBUV: "libuv error",
    Namespace.APR: "APR error",
    Namespace.EXIT: "exit status",
}


def tell_attempted(operation: str | None, path: str | None) -> str:
    """What was refused: `while renaming PATH`, `on PATH`; empty where neither is known."""
    if operation is None:
        return f"on {path}" if path else ""
    doing = _DOING.get(operation)
    if doing is None:
        return f"during {operation} of {path}" if path else f"during {operation}"
    return f"while {doing} {path or 'a file'}"


# the operations as tools and systems call them; one that is not here is quoted as it is
_DOING = {
    "chmod": "changing the permissions of",
    "copy": "copying",
    "copyfile": "copying",
    "create": "creating",
    "create directory": "creating",
    "exec": "starting",
    "extract": "extracting",
    "find": "looking for",
    "fork/exec": "starting",
    "chown": "changing the owner of",
    "hardlink": "linking",
    "import": "importing",
    "link": "linking",
    "lock": "locking",
    "mkdir": "creating",
    "move": "moving",
    "open": "opening",
    "persist": "placing",
    "read": "reading",
    "remove": "removing",
    "remove_all": "removing",
    "rename": "renaming",
    "replace": "replacing",
    "rmdir": "removing",
    "sign": "signing",
    "spawn": "starting",
    "symlink": "linking",
    "unlink": "removing",
    "unlink of file": "removing",
    "update-resource": "updating the resources of",
    "write": "writing",
}


def tell_cause(attempt: Attempt) -> str:
    """Why the attempt failed, in one line: code, operation and path, as far as they are known."""
    diagnosis, outcome = attempt.diagnosis, attempt.outcome
    match = diagnosis.match if diagnosis else None
    if match and (match.code or match.operation or match.path):
        code = tell_code(match.code) if match.code else None
        return " ".join(filter(None, (code, tell_attempted(match.operation, match.path))))
    if match and match.excerpt.strip():
        return match.excerpt.strip().splitlines()[0]
    if outcome.stopped is not None and outcome.stopped.timeout is not None:
        return f"stopped after {outcome.stopped.timeout:.1f} s"
    return _tell_exit(outcome.exit)


def tell_attempt(run: RedactedRun, attempt: Attempt) -> str:
    """The attempt in one line: which of how many, how long, why it failed or that it passed."""
    what = f"attempt {attempt.number} of {run.attempts_allowed} after {attempt.outcome.duration:.1f} s"
    if attempt.diagnosis is None:
        return f"{what}: passed" if attempt.outcome.passed else f"{what}: {tell_cause(attempt)}"
    return f"{what}: {attempt.diagnosis.category.words}: {tell_cause(attempt)}"


def tell_details(run: RedactedRun, attempt: Attempt) -> list[str]:
    """All that is known about the attempt, a line each, the diagnosis first."""
    lines = [tell_attempt(run, attempt)]
    if attempt.diagnosis:
        match = attempt.diagnosis.match
        if match:
            lines.append(f"line {match.line} ({match.signature}): {match.excerpt}")
        lines += [f"evidence: {sentence}" for sentence in attempt.diagnosis.evidence]
        if attempt.diagnosis.packages:
            lines.append(f"packages: {', '.join(attempt.diagnosis.packages)}")
    if attempt.decision:
        what = f"again in {attempt.decision.delay:.1f} s" if attempt.decision.again else "no further attempt"
        lines.append(f"decision: {what}: {attempt.decision.reason}")
    lines += [*tell_preparation(attempt), *tell_holds(attempt), *tell_near_misses(attempt)]
    lines += [f"advice: {sentence}" for sentence in (attempt.diagnosis.advice if attempt.diagnosis else ())]
    return lines


def tell_preparation(attempt: Attempt) -> list[str]:
    """What was done before the attempt: the wait, the repairs, the changed environment."""
    lines = []
    if attempt.waited:
        lines.append(f"waited {attempt.waited.seconds:.1f} s before it: {attempt.waited.reason}")
    lines += [f"repaired before it: {tell_repair(r, r.target)}: {r.reason}" for r in attempt.repairs]
    for tweak in attempt.tweaks:
        changes = ", ".join(f"{name}={value}" for name, value in tweak.set.items()) or "nothing changed"
        kept = f", left alone: {', '.join(tweak.kept)}" if tweak.kept else ""
        lines.append(f"tweak {tweak.tweak}: {changes}{kept}: {tweak.why}")
    return lines


def tell_repair(repair: Repair, target: str) -> str:
    """What was done, in the past: `removed TARGET`."""
    return _REPAIRED[repair.action].format(target)


_REPAIRED = {
    RepairAction.REMOVE: "removed {}",
    RepairAction.CLEAN_CACHE: "dropped {} from the cache",
    RepairAction.RESTORE: "restored {}",
}


def tell_holds(attempt: Attempt) -> list[str]:
    """For which files the command was held still while it ran, a line each."""
    return [
        f"held still for {hold.seconds:.1f} s: somebody else held {hold.file}"
        + (f" ({', '.join(hold.holders)})" if hold.holders else "")
        for hold in attempt.holds
    ]


def tell_near_misses(attempt: Attempt) -> list[str]:
    """The locks that the tool survived by itself, a line each."""
    return [
        f"near miss: {each.file} was refused {counted(each.tries, 'time')} within {each.seconds:.1f} s, "
        "then it worked"
        if attempt.outcome.passed
        else f"{each.file} was refused {counted(each.tries, 'time')} within {each.seconds:.1f} s"
        for each in attempt.near_misses
    ]


def tell_verification(run: RedactedRun) -> list[str]:
    """What the verification of the result found, a line each; empty if there was none."""
    verification = run.verification
    if verification is None:
        return []
    faults = [f"missing or broken: {tell_fault(fault)}" for fault in verification.faults]
    warnings = [f"warning: {tell_fault(fault)}" for fault in verification.warnings]
    return [_tell_verdict(verification), *faults, *warnings]


def tell_fault(fault: Fault) -> str:
    """What is wrong and where, in one line: the package, the path, what is the matter with it."""
    return ": ".join(part for part in (fault.project, fault.path, fault.what) if part)


def _tell_verdict(verification: Verification) -> str:
    if verification.whole is None:
        return f"not verified: {verification.reason}"
    verdict = "verified complete" if verification.whole else "not complete"
    found = f"{counted(verification.packages, 'package')}, {counted(verification.files, 'file')}"
    place = f" in {', '.join(verification.environments)}" if verification.environments else ""
    return f"{verdict}: {found}{place}"


def show_capture(capture: Capture) -> str:
    """The text of a showable stream, with a note where bytes are left out."""
    head, tail = capture.head.decode(), capture.tail.decode()
    return f"{head}{_MANY_BYTES.format(capture.dropped)}\n{tail}" if capture.dropped else head + tail


def _tell_exit(ended: Exit) -> str:
    return f"ended by signal {ended.signal}" if ended.signal is not None else f"exit status {ended.status}"
