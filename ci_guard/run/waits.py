"""The waits of one run: for the file that was refused, for what was written with it, or for the clock."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from ci_guard.errors import GuardError
from ci_guard.model.category import Category
from ci_guard.model.history import Attempt, Waited
from ci_guard.process.interruptions import Interruptions
from ci_guard.recover.fresh import FreshFiles
from ci_guard.recover.wait import trusts_probes, wait_until_free
from ci_guard.retry.decide import is_futile
from ci_guard.run.context import RunContext
from ci_guard.run.healing import FREE

AT_ONCE = Waited(seconds=0.0, reason="at once")


class Waits:
    """Remembers what was waited for in vain."""

    def __init__(
        self,
        context: RunContext,
        interruptions: Interruptions,
        folders: Callable[[Sequence[str]], Sequence[str]],
    ) -> None:
        """`folders`: into which a command line installs."""
        self._context = context
        self._policy = context.policy
        self._interruptions = interruptions
        self._folders = folders
        self._stayed: set[str] = set()  # files that did not come free in a whole wait
        self._all_held = 0  # attempts in a row of which each fresh file was held

    def wait(self, attempts: Sequence[Attempt], seconds: float, left: Sequence[float | None]) -> Waited:
        """Wait `seconds`, or until what the last attempt wrote is free; `left`: limits in seconds, if any.

        Not at all where every attempt must fail: `are_futile`.
        """
        most = max(seconds, self._policy.backoff.maximum)
        most = min((most, *(max(0.0, limit) for limit in left if limit is not None)))
        diagnosis = attempts[-1].diagnosis
        match = diagnosis.match if diagnosis is not None else None
        path = match.path if match is not None and self._policy.wait_for_unlock else None
        path = self._context.absolute(path)
        fresh = self._fresh(attempts[-1], path)
        self._all_held = self._all_held + 1 if fresh is not None and fresh.all_held() else 0
        if self.are_futile(attempts):
            return AT_ONCE
        wait = wait_until_free(
            path,
            min(seconds, most),
            most,
            self._interruptions.sleep,
            time.monotonic,
            match.operation if match is not None else None,
            fresh=fresh,
            trusted=trusts_probes(attempts),
        )
        self._stayed |= set(wait.stayed)
        held = "the file is still held" if wait.seen_held else "backoff"
        return Waited(
            seconds=wait.seconds,
            reason=FREE if wait.free else held,
            held_throughout=wait.held_throughout,
            free=wait.free,
        )

    def are_futile(self, attempts: Sequence[Attempt]) -> bool:
        """Whether a further attempt must fail as the last ones did, unless something is changed."""
        return is_futile(attempts, self._all_held)

    def _fresh(self, last: Attempt, path: str | None) -> FreshFiles | None:
        """What the last attempt has written, if a lock is what it failed of."""
        held = last.diagnosis is not None and last.diagnosis.category is Category.ANTIVIRUS_LOCK
        if not held or not self._policy.wait_for_unlock:
            return None
        folders: Sequence[str] = ()
        with suppress(GuardError, OSError):
            folders = self._folders(last.argv)
        return FreshFiles(path, last.outcome.started, folders, self._stayed)
