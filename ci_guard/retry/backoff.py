"""How long to wait before the next attempt: exponential, bounded, jittered."""

from collections.abc import Callable

from ci_guard.model.policy import Backoff

JITTER_SPAN = 2.0  # `uniform` is in [0, 1): stretched to [-1, 1)


def delay(attempt: int, backoff: Backoff, uniform: Callable[[], float]) -> float:
    """Seconds after attempt number `attempt` (from 1). `uniform` gives numbers in [0, 1).

    The jitter keeps agents that share one antivirus server from coming back all at once.
    """
    try:
        grown = backoff.initial * backoff.factor ** (attempt - 1)
    except OverflowError:
        grown = backoff.maximum
    bounded = min(grown, backoff.maximum)
    return bounded * (1 + backoff.jitter * (JITTER_SPAN * uniform() - 1))
