"""What a saved log tells: the verdict, its line, the plan, the advice."""

import io

from ci_guard.explain.explanation import LAST_STEPS, ExplainInput, explain
from ci_guard.knowledge.load import load_knowledge
from ci_guard.model.category import Category
from ci_guard.model.explanation import LogExplanation
from ci_guard.model.policy import Policy, Repeat

KNOWLEDGE = load_knowledge()
PERSIST = (
    "error: Failed to install: httpx-0.28.1-py3-none-any.whl (httpx==0.28.1)\n"
    "  Caused by: Failed to persist temporary file to C:\\w\\v\\Lib\\site-packages\\..\\..\\Scripts\\"
    "httpx.exe: failed to persist temporary file: Access is denied. (os error 5)\n"
)
NO_SOLUTION = "  \u00d7 No solution found when resolving dependencies:\n"


def told(log: str | bytes, command: str | None = None, policy: Policy | None = None) -> LogExplanation:
    data = log.encode() if isinstance(log, str) else log
    return explain("a.log", io.BytesIO(data), ExplainInput(command, KNOWLEDGE, policy or Policy()))


def test_a_lock_in_the_middle_of_a_pipeline() -> None:
    log = f"+ git fetch\nok\n+ uv sync\nResolved 7 packages\n{PERSIST}+ echo done\ndone\n"
    verdict = told(log).verdict
    assert verdict.diagnosis.category is Category.ANTIVIRUS_LOCK
    assert verdict.retryable
    assert (verdict.tool, verdict.command, verdict.line) == ("uv", "uv sync", 3)
    assert verdict.meaning == "ERROR_ACCESS_DENIED"
    match = verdict.diagnosis.match
    assert match is not None
    assert (match.line, match.path) == (6, "C:\\w\\v\\Lib\\site-packages\\..\\..\\Scripts\\httpx.exe")
    assert [line.number for line in verdict.nearby] == [4, 5, 6]
    assert "up to 6 attempts within 15m" in " ".join(verdict.plan)
    assert "exclude exactly this: `C:\\w\\v\\Scripts\\httpx.exe`" in " ".join(verdict.advice)
    assert "https://github.com/astral-sh/uv/issues/9531" in verdict.references


def test_each_failed_step_is_told_and_the_last_one_is_the_verdict() -> None:
    log = f"$ uv tool install httpx\n{PERSIST}$ uv lock\n{NO_SOLUTION}ERROR: Job failed: exit code 1\n"
    found = told(log)
    assert found.verdict.diagnosis.category is Category.RESOLUTION
    assert [step.diagnosis.category for step in found.steps] == [Category.ANTIVIRUS_LOCK, Category.RESOLUTION]
    assert not found.verdict.retryable
    assert found.verdict.plan == (
        "fail at once with the command's own exit status: trying again would not help",
    )


def test_the_step_with_a_status_is_the_one_that_failed() -> None:
    log = (
        f"##[group]Run uv sync\n{PERSIST}##[error]Process completed with exit code 2.\n"
        "##[group]Run cleanup\nwarning: rm: cannot remove 'a': Permission denied\n"
    )
    verdict = told(log).verdict
    assert (verdict.command, verdict.exit_status) == ("uv sync", 2)


def test_what_ci_guard_recovered_is_no_failure() -> None:
    log = (
        f"+ ci-guard -- uv sync\n{PERSIST}"
        "ci-guard: attempt 1 of 6 failed after 1.0 s: antivirus_lock (win32 5); next attempt in 2.0 s\n"
        "ci-guard: attempt 2 of 6 starts after 2.0 s (backoff)\nInstalled 7 packages\n"
        f"ci-guard: recovered at attempt 2 of 6\n+ uv lock\n{NO_SOLUTION}"
    )
    found = told(log)
    assert found.verdict.command == "uv lock"
    assert [(step.attempt, step.recovered) for step in found.steps] == [(1, 2), (None, None)]
    alone = told(log.partition("+ uv lock")[0]).verdict
    assert (alone.recovered, alone.diagnosis.category) == (2, Category.ANTIVIRUS_LOCK)


def test_the_output_of_a_named_command_is_not_divided() -> None:
    log = f"$ this is what the command prints\n{PERSIST}"
    verdict = told(log, command="uv sync").verdict
    assert (verdict.command, verdict.line) == ("uv sync", 1)


def test_a_reason_that_a_false_mark_cut_off_is_found() -> None:
    wrapped = (
        "error: Failed to install: a-1.0-py3-none-any.whl (a==1.0)\n"
        "  Caused by: Failed to persist temporary file to\n"
        "$ odd name\\a.exe: Access is denied. (os error 5)\n"
    )
    assert told(wrapped).verdict.diagnosis.category is Category.ANTIVIRUS_LOCK


def test_a_log_without_a_failure() -> None:
    found = told("+ uv sync\nInstalled 7 packages\n")
    assert found.verdict.diagnosis.category is Category.UNKNOWN
    assert not found.verdict.retryable
    assert found.steps == ()
    assert found.verdict.plan == ()
    assert told("").verdict.diagnosis.category is Category.UNKNOWN


def test_the_policy_decides_what_is_tried_again() -> None:
    policy = Policy(retry_on=(Category.ANTIVIRUS_LOCK, Category.RESOLUTION), attempts=3, recovery_time=None)
    verdict = told(NO_SOLUTION, policy=policy).verdict
    assert verdict.retryable
    assert verdict.plan == ("run the whole step again, up to 3 attempts",)


def test_the_plan_says_what_is_not_repeated_and_why() -> None:
    log = f"+ uv build && uv publish\n{PERSIST}"
    (plan,) = told(log).verdict.plan
    assert not told(log).verdict.retryable
    assert plan.startswith("fail at once: `uv publish` changes something outside of this machine")
    assert "run the whole step again" in str(told(log, policy=Policy(repeat=Repeat.SAFE)).verdict.plan)
    (never,) = told(f"+ uv sync\n{PERSIST}", policy=Policy(repeat=Repeat.NEVER)).verdict.plan
    assert never == "fail at once: the policy says `repeat: never`"


def test_bytes_that_are_no_text_are_no_obstacle() -> None:
    verdict = told(b"\x81\xff odd\n" + PERSIST.encode("cp1252") + b"\x9d\xfc\n").verdict
    assert verdict.diagnosis.category is Category.ANTIVIRUS_LOCK


def test_many_failed_steps_take_bounded_room() -> None:
    log = "".join(f"+ uv add a{number}\n{PERSIST}" for number in range(300))
    found = told(log)
    assert len(found.steps) <= LAST_STEPS + 10
    assert found.verdict.command == "uv add a299"
