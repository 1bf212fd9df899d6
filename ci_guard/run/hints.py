"""What a person can do at a red end: after a lock what `ci-guard explain` says about the same failure."""

from collections.abc import Sequence

from ci_guard.errors import BROKEN_FILE, cannot_use
from ci_guard.model.category import Category, RunOutcome
from ci_guard.model.history import Attempt
from ci_guard.model.knowledge import Knowledge
from ci_guard.run.context import RunContext
from ci_guard.run.ending import Ending
from ci_guard.run.messages import SHOWN

_OWN_ADVICE = frozenset({RunOutcome.GAVE_UP, RunOutcome.TIMED_OUT, RunOutcome.ABORTED})
_TOLD = frozenset({RunOutcome.GAVE_UP, RunOutcome.FAILED, RunOutcome.TIMED_OUT})


def hints(
    context: RunContext, knowledge: Knowledge, attempts: Sequence[Attempt], ended: Ending
) -> tuple[str, ...]:
    """At most `SHOWN` sentences; `attempts` with the diagnoses that their output gave. Never fails."""
    own = ended.verdict.advice if ended.verdict is not None and ended.outcome in _OWN_ADVICE else ()
    locked = [each for each in attempts if _is_lock(each)]
    advice: tuple[str, ...] = ()
    if locked and ended.outcome in _TOLD:
        try:
            failures = [attempts[-1], locked[-1]] if attempts[-1] is not locked[-1] else [locked[-1]]
            advice = _advice(context, knowledge, attempts, failures)
        except BROKEN_FILE as error:
            context.console.warn(f"no hints, since {cannot_use(error)}")
        except Exception as error:  # noqa: BLE001 - a hint must never change how a run ends
            context.console.detail(f"no hints: {error}")
    return tuple(dict.fromkeys((*own, *advice)))[:SHOWN]


def _is_lock(attempt: Attempt) -> bool:
    return attempt.diagnosis is not None and attempt.diagnosis.category is Category.ANTIVIRUS_LOCK


def _advice(
    context: RunContext, knowledge: Knowledge, attempts: Sequence[Attempt], failures: Sequence[Attempt]
) -> tuple[str, ...]:
    # imported where a run ends red after a lock, and only there
    from ci_guard.diagnose.text import decode_captures
    from ci_guard.explain.advice import Adviser
    from ci_guard.machine.locale import code_pages

    tried = frozenset(tweak.tweak for attempt in attempts for tweak in attempt.tweaks)
    adviser = Adviser(knowledge, context.policy)
    return tuple(
        hint
        for each in failures
        if each.diagnosis is not None
        for hint in adviser.hints(
            each.diagnosis, each.argv, decode_captures(each.outcome.captures, code_pages()), tried
        )
    )
