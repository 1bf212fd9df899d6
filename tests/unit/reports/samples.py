"""Runs of every outcome, as the guard would have recorded them."""

from collections.abc import Mapping

from ci_guard.model.category import Category, RunOutcome
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
from ci_guard.model.process import Capture, Exit, Outcome, Stop
from ci_guard.redact.redacted import redact_run
from ci_guard.redact.secrets import find_secrets
from ci_guard.redact.values import RedactedRun

STARTED = 1_795_338_843.25
LOCKED_PATH = r"C:\builds\app\.venv\Scripts\ruff.exe"
LOCK_TEXT = (
    b"Resolved 12 packages in 8ms\n"
    b"error: Failed to install: ruff-0.14.0-py3-none-win_amd64.whl (ruff==0.14.0)\n"
    b"  cause: failed to rename file from C:\\builds\\app\\.venv\\Scripts\\.tmpKq81 to "
    b"C:\\builds\\app\\.venv\\Scripts\\ruff.exe: Access is denied. (os error 5)\n"
)


def make_outcome(
    status: int = 0, text: bytes = b"", *, stop: Stop | None = None, duration: float = 12.0
) -> Outcome:
    return Outcome(
        exit=Exit(code=status),
        started=STARTED,
        duration=duration,
        captures=(Capture("stdout", head=b"Using CPython 3.13\n"), Capture("stderr", head=text)),
        stopped=stop,
    )


def make_lock(number: int, *, again: bool = True, text: bytes = LOCK_TEXT) -> Attempt:
    """An attempt that an antivirus lock made fail."""
    return Attempt(
        number=number,
        argv=("uv", "sync"),
        outcome=make_outcome(2, text),
        diagnosis=Diagnosis(
            category=Category.ANTIVIRUS_LOCK,
            match=Match(
                signature="rust-os-error",
                code=Code(Namespace.WIN32, 5),
                operation="rename",
                path=LOCKED_PATH,
                line=3,
                excerpt="failed to rename file ... Access is denied. (os error 5)",
            ),
            evidence=("the file could be opened 1.4 s later",),
            packages=("ruff",),
            advice=("exclude the build folder from real-time scanning",),
        ),
        decision=Decision(
            again=again, reason="a scanner held the file" if again else "no attempts left", delay=2.0
        ),
        waited=Waited(seconds=2.0, reason="the file was still held") if number > 1 else None,
    )


def make_success(number: int = 1) -> Attempt:
    return Attempt(
        number=number, argv=("uv", "sync"), outcome=make_outcome(0, b"Installed 12 packages in 90ms\n")
    )


def make_helped_success(number: int) -> Attempt:
    """The attempt that passed after a wait, a repair and a tweak."""
    return Attempt(
        number=number,
        argv=("uv", "sync"),
        outcome=make_outcome(0, b"Installed 12 packages in 90ms\n"),
        waited=Waited(seconds=4.2, reason="the file was still held"),
        tweaks=(
            AppliedTweak(
                tweak="uv-copy",
                set={"UV_LINK_MODE": "copy"},
                kept=("UV_CACHE_DIR",),
                why="a copy is not scanned through its link",
                reference="astral-sh/uv#9531",
            ),
        ),
        repairs=(
            Repair(
                action=RepairAction.REMOVE,
                target=r"C:\builds\app\.venv\Lib\site-packages\~uff",
                project=None,
                reason="half removed",
            ),
        ),
    )


def make_failure(number: int, category: Category = Category.RESOLUTION) -> Attempt:
    return Attempt(
        number=number,
        argv=("uv", "sync"),
        outcome=make_outcome(1, b"  x No solution found when resolving dependencies\n"),
        diagnosis=Diagnosis(
            category=category,
            match=Match(
                signature="uv-no-solution", line=2, excerpt="x No solution found when resolving dependencies"
            ),
        ),
        decision=Decision(again=False, reason="no retry can cure it"),
    )


def make_run(outcome: RunOutcome, attempts: tuple[Attempt, ...], **changes: object) -> Run:
    values: dict[str, object] = {
        "version": "1.0.0",
        "command": ("uv", "sync"),
        "name": "uv sync",
        "outcome": outcome,
        "exit_status": 0,
        "category": None,
        "explanation": "",
        "started": STARTED,
        "duration": 97.4123,
        "host": "jenkins",
        "agent": "win-build-07",
        "directory": ".",
        "attempts_allowed": 4,
        "attempts": attempts,
    }
    return Run(**(values | changes))  # type: ignore[arg-type]


PROOF = Verification(
    whole=True, environments=(r"C:\builds\app\.venv",), packages=12, files=2210, duration=0.8
)
BROKEN = Verification(
    whole=False,
    environments=(r"C:\builds\app\.venv",),
    packages=12,
    faults=(Fault(project="ruff", path=LOCKED_PATH, what="missing"),),
)
UNEXAMINED = Verification(whole=None, reason="ci-guard cannot examine what `make` installed")

PASSED = make_run(RunOutcome.PASSED, (make_success(),), explanation="passed at the first attempt")
FLAKY = make_run(
    RunOutcome.FLAKY,
    (make_lock(1), make_lock(2), make_helped_success(3)),
    category=Category.ANTIVIRUS_LOCK,
    explanation="passed at attempt 3 after an antivirus lock",
    verification=PROOF,
)
GAVE_UP = make_run(
    RunOutcome.GAVE_UP,
    (make_lock(1), make_lock(2), make_lock(3, again=False)),
    exit_status=2,
    category=Category.ANTIVIRUS_LOCK,
    explanation="an antivirus lock outlasted 3 attempts",
)
FAILED = make_run(
    RunOutcome.FAILED,
    (make_failure(1),),
    exit_status=1,
    category=Category.RESOLUTION,
    explanation="the dependencies cannot be resolved",
)
FAILED_AFTER_LOCK = make_run(
    RunOutcome.FAILED,
    (make_lock(1), make_failure(2)),
    exit_status=1,
    category=Category.RESOLUTION,
    explanation="the dependencies cannot be resolved",
)
BLOCKED = make_run(
    RunOutcome.FAILED,
    (make_failure(1, Category.ANTIVIRUS_BLOCK),),
    exit_status=1,
    category=Category.ANTIVIRUS_BLOCK,
    explanation="the antivirus refused a file for good",
)
INCOMPLETE = make_run(
    RunOutcome.FAILED,
    (make_lock(1), make_success(2)),
    exit_status=1,
    category=Category.ANTIVIRUS_LOCK,
    explanation="the command passed and its result is not complete",
    verification=BROKEN,
)
UNVERIFIED = make_run(
    RunOutcome.FLAKY,
    (make_lock(1), make_success(2)),
    category=Category.ANTIVIRUS_LOCK,
    explanation="recovered at attempt 2 of 4",
    verification=UNEXAMINED,
)
TIMED_OUT = make_run(
    RunOutcome.TIMED_OUT,
    (
        Attempt(
            number=1,
            argv=("uv", "sync"),
            outcome=make_outcome(
                1, b"Downloading\n", stop=Stop(timeout=60.0, rungs=("ask", "kill")), duration=60.5
            ),
            diagnosis=Diagnosis(category=Category.TIMEOUT),
        ),
    ),
    exit_status=124,
    category=Category.TIMEOUT,
    explanation="the attempt took longer than 60 s",
)
ABORTED = make_run(
    RunOutcome.ABORTED,
    (
        make_lock(1),
        Attempt(
            number=2,
            argv=("uv", "sync"),
            outcome=make_outcome(1, b"Installing\n", stop=Stop(signal=15, rungs=("ask",))),
            diagnosis=Diagnosis(category=Category.INTERRUPTED),
        ),
    ),
    exit_status=143,
    category=Category.INTERRUPTED,
    explanation="signal 15 ended the run",
)
PROVISIONAL = make_run(RunOutcome.ABORTED, (make_lock(1),), exit_status=1, finished=False)
PROVISIONAL_FIRST = make_run(RunOutcome.ABORTED, (), exit_status=1, finished=False)
NOT_STARTED = make_run(
    RunOutcome.NOT_STARTED,
    (),
    exit_status=127,
    category=Category.COMMAND_NOT_FOUND,
    explanation="there is no program `uv`",
)

NASTY_TEXT = (
    "bell \a, escape \x1b[31mred\x1b[0m \x1b]0;title\a, surrogate \udc84, "
    "\ufffe \uffff, ]]> <b>&amp; \x85|`*_\x00"
)
NASTY = make_run(
    RunOutcome.FLAKY,
    (
        make_lock(1, text=NASTY_TEXT.encode("utf-8", "surrogatepass") + b"\xff\xfe\r\n 10%\r 20%\rdone\n"),
        make_success(2),
    ),
    name=f"step {NASTY_TEXT}",
    command=("uv", NASTY_TEXT),
    explanation=f"passed {NASTY_TEXT}",
    agent=NASTY_TEXT,
)
HUGE = make_run(
    RunOutcome.GAVE_UP,
    (make_lock(1, text=b"first line\n" + b"x" * 78 + b"\n" + b"0123456789 \n" * 900_000 + b"last line\n"),),
    category=Category.ANTIVIRUS_LOCK,
    explanation="given up",
    exit_status=2,
)

ALL = {
    "passed": PASSED,
    "flaky": FLAKY,
    "gave-up": GAVE_UP,
    "failed": FAILED,
    "failed-after-lock": FAILED_AFTER_LOCK,
    "blocked": BLOCKED,
    "unverified": UNVERIFIED,
    "incomplete": INCOMPLETE,
    "timed-out": TIMED_OUT,
    "aborted": ABORTED,
    "provisional": PROVISIONAL,
    "provisional-first": PROVISIONAL_FIRST,
    "not-started": NOT_STARTED,
    "nasty": NASTY,
    "huge": HUGE,
}


def shown(run: Run, environment: Mapping[str, str] | None = None) -> RedactedRun:
    """The run as reports are given it."""
    return redact_run(run, find_secrets(environment or {}), output=True)
