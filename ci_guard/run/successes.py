"""Commands that end well with another status than 0."""

from collections.abc import Sequence

from ci_guard.command_line.tools import successes_of
from ci_guard.dataclass import replace
from ci_guard.model.knowledge import Knowledge
from ci_guard.model.process import Outcome


def counted(outcome: Outcome, argv: Sequence[str], knowledge: Knowledge) -> Outcome:
    """The outcome, with the statuses that are successes of the command that ran."""
    successes = successes_of(knowledge, argv)
    return replace(outcome, successes=successes) if successes else outcome
