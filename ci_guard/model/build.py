"""What a Jenkins controller knows: builds, agents; and what a scan of the builds found."""

from collections.abc import Mapping

from ci_guard.dataclass import dataclass, field
from ci_guard.model.category import Category
from ci_guard.model.history import Match

BUILT_IN_NODE = "built-in"  # the controller itself, which has no name of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter that a build was started with; no value: the controller does not tell it."""

    name: str
    value: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Why a build was started."""

    kind: str  # the class in the controller, such as `hudson.model.Cause$UserIdCause`
    text: str
    job: str | None = None  # the build that it goes back to, if it does
    number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """One build. `job` is the full name, folders included: `folder/app/feature%2Fx`."""

    job: str
    number: int
    url: str
    result: str | None  # SUCCESS, UNSTABLE, FAILURE, ABORTED, NOT_BUILT
    building: bool
    started: float  # seconds since the epoch
    duration: float  # seconds
    queue: int | None = None  # the number that it had while it was waiting
    agent: str | None = None  # if the controller tells it: not of Pipelines
    description: str = ""
    parameters: tuple[Parameter, ...] = ()
    causes: tuple[Cause, ...] = ()
    tests: bool = False  # whether there is a test report
    failed_tests: int = 0

    @property
    def name(self) -> str:
        """As people write it: `folder/app #12`."""
        return f"{self.job} #{self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One failure that a log or a test report tells of: one step, with all its attempts."""

    category: Category
    agent: str
    ambiguous: bool = False  # may as well be missing rights
    command: str | None = None
    tool: str | None = None
    match: Match | None = None
    line: int = 0  # of the log, from 1; 0: the test report tells it
    message: str = ""  # what the test report says
    attempts: int = 1  # that failed
    recovered: bool = False
    lost: float = 0.0  # seconds

    @property
    def path(self) -> str | None:
        """The file that was refused."""
        return self.match.path if self.match is not None else None

    @property
    def excerpt(self) -> str:
        """What was said of it: by the log, else by the test report."""
        return self.match.excerpt if self.match is not None else self.message


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannedBuild:
    """A finished build, read."""

    build: Build
    agents: tuple[str, ...]  # on which it ran, in the order of the log
    incidents: tuple[Incident, ...] = ()
    failed_tests: int = 0  # without those by which ci-guard reports a step

    @property
    def locks(self) -> tuple[Incident, ...]:
        """The incidents that an antivirus lock is behind."""
        return tuple(found for found in self.incidents if found.category is Category.ANTIVIRUS_LOCK)

    @property
    def failed(self) -> bool:
        """Whether the build is red or yellow, and not because a person stopped it."""
        return self.build.result in ("FAILURE", "UNSTABLE")

    @property
    def failed_by_locks_only(self) -> bool:
        """Whether nothing but antivirus locks made it fail."""
        still = [found for found in self.incidents if not found.recovered]
        only = all(found.category is Category.ANTIVIRUS_LOCK and not found.ambiguous for found in still)
        return self.failed and bool(still) and only and not self.failed_tests


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadBuild:
    """A build that could not be read, and why."""

    build: Build
    reason: str
    gone: bool = False  # it, or its log, is not there any more


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """A machine that runs builds."""

    name: str
    offline: bool
    temporarily_offline: bool  # a person or a program took it out
    reason: str = ""  # why it is offline
    labels: tuple[str, ...] = ()  # without its own name


@dataclass(frozen=True, slots=True, kw_only=True)
class LockStats:
    """How much one agent, job, tool or path suffers from locks."""

    name: str
    builds: int  # that ran there; of tools and paths: all
    incidents: int
    recovered: int
    lost: float  # seconds
    last: Build | None = None  # the newest that met one

    @property
    def rate(self) -> float:
        """Incidents per 100 builds."""
        return 100 * self.incidents / self.builds if self.builds else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """All that was scanned, folded; the worst first."""

    builds: int
    incidents: int
    recovered: int
    lost: float  # seconds
    by: Mapping[str, tuple[LockStats, ...]] = field(default_factory=dict)  # agent, job, tool, path
