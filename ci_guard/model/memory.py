"""What is remembered on an agent from build to build."""

from ci_guard.dataclass import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Healed:
    """What got one tool through on this agent, the last time that it needed something."""

    tool: str  # as the data file names it; the bare name of the program where it is not known
    rungs: tuple[str, ...] = ()  # the tweaks that the attempt had which passed, by their id
    patience: float = 0.0  # seconds: the longest that the command was held still for one file
    times: int = 1  # how often something was needed
    last: float = 0.0  # seconds since the epoch
