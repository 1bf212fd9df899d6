"""Whether an exclusion works: runs before and after it."""

from collections.abc import Sequence

from ci_guard.dataclass import dataclass
from ci_guard.fleet.step import Step
from ci_guard.fleet.words import duration, share
from ci_guard.model.counting import counted

CHANCE = 0.05  # by which so few incidents may be luck


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What can be said, and the numbers behind it."""

    works: bool | None  # None: too few runs to tell
    text: str


def compare(before: Sequence[Step], after: Sequence[Step]) -> Comparison:
    """The verdict."""
    met, left = sum(one.met for one in before), sum(one.met for one in after)
    numbers = (
        f"Before: {met} of {counted(len(before), 'run')} met an antivirus product "
        f"({share(met, len(before))}), "
        f"{duration(sum(one.lost for one in before))} lost; "
        f"after: {left} of {len(after)} ({share(left, len(after))}), "
        f"{duration(sum(one.lost for one in after))} lost"
    )
    if not met:
        return Comparison(
            works=None,
            text=f"There is nothing to compare with: no run before met an antivirus product. {numbers}.",
        )
    rate = met / len(before)
    if not left:
        luck = (1 - rate) ** len(after)
        if luck > CHANCE:
            text = (
                f"Too few runs to tell: even without an exclusion, {luck:.0%} of such samples meet nothing."
            )
            return Comparison(works=None, text=f"{text} {numbers}.")
        return Comparison(works=True, text=f"The exclusion works: no incident since. {numbers}.")
    if left / len(after) < rate / 2:
        return Comparison(works=False, text=f"The exclusion helps, and does not cover everything. {numbers}.")
    return Comparison(works=False, text=f"The exclusion does not work. {numbers}.")
