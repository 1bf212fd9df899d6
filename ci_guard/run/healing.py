"""What healed a run, in one sentence with the line of the policy that makes the next run begin with it."""

from collections.abc import Sequence

from ci_guard.model.history import AppliedTweak, Attempt
from ci_guard.model.policy import Policy
from ci_guard.recover.scratch import PREFIX

FREE = "the file has come free"  # the reason of a wait that a probe has ended


def tell_healing(attempts: Sequence[Attempt], policy: Policy) -> str | None:
    """The sentence; None where nothing was to be healed. The last attempt has passed."""
    last = attempts[-1]
    before = attempts[-2] if len(attempts) > 1 else None
    old = {each.tweak for each in before.tweaks} if before is not None else set()
    new = [each for each in last.tweaks if each.set and each.tweak not in old] if before is not None else []
    if new:
        return _told(_changes(new), _line_for(new))
    if last.holds and policy.patience is not None:
        longest = max(hold.seconds for hold in last.holds)
        held = f"holding the command still while its file was held, for {longest:.1f} s at the longest"
        return _told(held, f"patience: {{limit: {policy.patience:g}s}}")
    if before is None or last.waited is None:
        return None
    if last.waited.reason.startswith(FREE):
        waited = f"waiting {last.waited.seconds:.1f} s until the file had come free"
        return _told(waited, "wait_for_unlock: true")
    return _told(f"another attempt after {last.waited.seconds:.1f} s", f"attempts: {policy.attempts}")


def _told(what: str, line: str) -> str:
    return f"what helped: {what}; in the policy: `{line}`"


def _changes(tweaks: Sequence[AppliedTweak]) -> str:
    return ", ".join(f"{name}={value}" for each in tweaks for name, value in each.set.items())


def _line_for(tweaks: Sequence[AppliedTweak]) -> str:
    """A folder of ours is gone after the run, so it cannot stand in a policy: what is remembered can."""
    values = {name: value for each in tweaks for name, value in each.set.items()}
    if any(PREFIX in value for value in values.values()):
        return "remember: true"
    return "environment: {" + ", ".join(f"{name}: {_quoted(value)}" for name, value in values.items()) + "}"


def _quoted(value: str) -> str:
    """As YAML has a text, whatever it looks like."""
    return "'" + value.replace("'", "''") + "'"
