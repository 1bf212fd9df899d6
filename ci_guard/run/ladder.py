"""The ladder of one run: which changes the next attempt gets, and which are taken back.

A rung that made things worse is stepped back from: the next attempt goes without it, and it comes no more.
"""

from collections.abc import Sequence

from ci_guard.model.history import AppliedTweak, Attempt, Diagnosis
from ci_guard.model.knowledge import Knowledge, Tweak
from ci_guard.recover.scratch import Scratch
from ci_guard.recover.tweaks import apply, ladder_of, made_worse, select_tweaks
from ci_guard.run.context import RunContext
from ci_guard.run.diagnosing import current_system


class Ladder:
    """Remembers what was stepped back from; begins with what the first attempt already had."""

    def __init__(self, context: RunContext, knowledge: Knowledge, scratch: Scratch) -> None:
        self._context = context
        self._knowledge = knowledge
        self._scratch = scratch
        self._left: set[str] = set()
        self._begun = {each.tweak for each in context.first_tweaks}

    def step_back(self, attempts: Sequence[Attempt]) -> str | None:
        """Leave the rungs that made the last attempt worse; a sentence about it, None: there are none."""
        worse = made_worse(attempts)
        if not worse:
            return None
        self._left |= {each.tweak for each in worse}
        changed = ", ".join(f"{name}={value}" for each in worse for name, value in each.set.items())
        return f"without {changed}, which made it fail in another way"

    def step(
        self, attempts: Sequence[Attempt], number: int
    ) -> tuple[dict[str, str], tuple[AppliedTweak, ...]]:
        """The variables that attempt `number` gets, and the tweaks that they come from."""
        said, policy = _undisturbed(attempts), self._context.policy.tweaks
        if said is None:
            return {}, ()
        match = said.match
        ladder = ladder_of(self._knowledge, attempts[-1].argv, match.signature if match is not None else None)
        fitting = select_tweaks(ladder, number, said, policy, current_system())
        path = self._context.absolute(match.path) if match is not None else None
        try:
            return apply(
                [each for each in ladder if self._is_due(each, fitting)],
                self._context.user_environment(),
                policy,
                lambda: self._scratch.folder(path),
            )
        except OSError as error:
            self._context.console.warn(f"no scratch folder, so no tweaks: {error}")
            return {}, ()

    def climbs(self, attempts: Sequence[Attempt], highest: int) -> bool:
        """Whether an attempt up to `highest` gets a change that the last one did not have."""
        said = _undisturbed(attempts)
        if said is None:
            return False
        signature = said.match.signature if said.match is not None else None
        ladder = ladder_of(self._knowledge, attempts[-1].argv, signature)
        fitting = select_tweaks(ladder, highest, said, self._context.policy.tweaks, current_system())
        had = {each.tweak for each in attempts[-1].tweaks}
        return any(tweak.id not in self._left | had for tweak in fitting)

    def _is_due(self, tweak: Tweak, fitting: Sequence[Tweak]) -> bool:
        return tweak.id not in self._left and (tweak in fitting or tweak.id in self._begun)


def _undisturbed(attempts: Sequence[Attempt]) -> Diagnosis | None:
    """The last failure that none of our own changes brought about."""
    if not attempts:
        return None
    return _undisturbed(attempts[:-1]) if made_worse(attempts) else attempts[-1].diagnosis
