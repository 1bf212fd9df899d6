"""The loop over attempts: the only importer of tenacity, and only once a second attempt is due.

tenacity's other predicates catch KeyboardInterrupt and would run an interrupted command again
(jd/tenacity, `Retrying.__call__`); `retry_if_result` does not. The waiting is the caller's, so that a
signal ends it at once.
"""

from collections.abc import Callable

from tenacity import RetryCallState, Retrying, retry_if_result, stop_never

from ci_guard.model.history import Attempt


def repeat(first: Attempt, wait: Callable[[float], None], attempt: Callable[[], Attempt]) -> Attempt:
    """Call `attempt` until its decision says that it is the last; returns that one.

    `first` has been made already and asked for another. `wait(seconds)` is called before each attempt.
    """
    made = iter((first,))

    def one() -> Attempt:
        replayed = next(made, None)
        return replayed if replayed is not None else attempt()

    def delay(state: RetryCallState) -> float:
        last = state.outcome.result() if state.outcome is not None else first
        return last.decision.delay if last.decision is not None else 0.0

    retrying = Retrying(
        retry=retry_if_result(lambda made: made.again), stop=stop_never, wait=delay, sleep=wait
    )
    return retrying(one)
