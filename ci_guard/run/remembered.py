"""What healed before, while a run lasts: what the first attempt has of it, and what is learned at the end."""

import time
from collections.abc import Mapping, Sequence

from ci_guard.agent.memory import Memory
from ci_guard.dataclass import dataclass, field
from ci_guard.model.category import RunOutcome
from ci_guard.model.history import AppliedTweak, Attempt
from ci_guard.model.memory import Healed
from ci_guard.recover.scratch import Scratch
from ci_guard.recover.tweaks import made_worse


@dataclass(slots=True, kw_only=True)
class HeadStart:
    """What the first attempt has; the memory that it comes from, and that the run's end goes to."""

    memory: Memory
    tools: tuple[str, ...]  # of the command, the surest first
    scratch: Scratch
    changes: Mapping[str, str] = field(default_factory=dict)
    tweaks: tuple[AppliedTweak, ...] = ()
    locked: bool = False  # these tools have met locks here: patience from the first attempt on

    def learn(self, outcome: RunOutcome, attempts: Sequence[Attempt]) -> str | None:
        """Keep what got the run through, drop what made it worse; a sentence if the memory is in trouble."""
        if made_worse(attempts[:1]):
            self.memory.drop(self.tools)
        if outcome is RunOutcome.FLAKY:
            self.memory.keep(_healed(self.tools, attempts))
        return self.memory.trouble

    def close(self) -> tuple[str, ...]:
        """Remove what was made for the first attempt; the folders that could not be removed."""
        self.scratch.__exit__()
        return self.scratch.left


def _healed(tools: Sequence[str], attempts: Sequence[Attempt]) -> Healed:
    matches = (made.diagnosis.match for made in reversed(attempts) if made.diagnosis is not None)
    owners = [match.signature.partition(".")[0] for match in matches if match is not None]
    last = attempts[-1]
    return Healed(
        tool=next((owner for owner in owners if owner in tools), tools[0]),
        rungs=tuple(each.tweak for each in last.tweaks if each.set),
        patience=max((hold.seconds for made in attempts for hold in made.holds), default=0.0),
        last=time.time(),
    )
