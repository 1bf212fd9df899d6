"""What happened in a run: diagnoses, decisions, attempts, the verification, the whole."""

from collections.abc import Mapping
from enum import StrEnum

from ci_guard.dataclass import dataclass, field
from ci_guard.model.category import Category, RunOutcome
from ci_guard.model.process import Outcome


class Namespace(StrEnum):
    """The list that an error number belongs to."""

    WIN32 = "win32"  # GetLastError (winerror.h)
    ERRNO = "errno"
    LIBUV = "libuv"  # negative: errnos, and numbers of its own (uv/errno.h)
    HRESULT = "hresult"
    NTSTATUS = "ntstatus"
    APR = "apr"  # the Apache Portable Runtime's (apr_errno.h), as svn prints them
    EXIT = "exit"  # a process's exit status


@dataclass(frozen=True, slots=True)
class Code:
    """An error number and the list that it belongs to."""

    namespace: Namespace
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """The place in the output that a diagnosis rests on."""

    signature: str
    code: Code | None = None
    operation: str | None = None
    path: str | None = None
    target: str | None = None  # where the file was to go, if the output names that too
    holders: tuple[str, ...] = ()  # the processes that hold the file, where the tool names them
    line: int = 0  # counted from 1 in the cleaned output
    excerpt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedFile:
    """What the machine says about the file that was refused, just after the attempt."""

    written: float | None = None  # last written, made or renamed, seconds since the epoch; None: not there
    holders: tuple[str, ...] = ()  # the programs that hold it, if they are named and none is a scanner


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """Why an attempt failed: the category, the text that says so, what the machine answered."""

    category: Category
    match: Match | None = None
    ambiguous: bool = False  # the text fits both a lock and missing permissions: the machine has to be asked
    retry_once: bool = False  # at most one more attempt, whatever the policy allows
    evidence: tuple[str, ...] = ()  # what the machine answered, a sentence each
    packages: tuple[str, ...] = ()  # the packages that the output names beside the failure
    advice: tuple[str, ...] = ()
    refused: RefusedFile | None = None  # None: no file is named, or the machine was not asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What happens after an attempt."""

    again: bool
    reason: str
    delay: float = 0.0  # seconds to wait before the next attempt


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedTweak:
    """A tweak as it was applied to one attempt."""

    tweak: str
    set: Mapping[str, str] = field(default_factory=dict)
    kept: tuple[str, ...] = ()  # variables that the user had set: left alone
    why: str = ""
    reference: str = ""


class RepairAction(StrEnum):
    """What a repair does with its target."""

    REMOVE = "remove"
    CLEAN_CACHE = "clean-cache"
    RESTORE = "restore"  # as the tool's own record of it has it


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """Something that was repaired between two attempts."""

    action: RepairAction
    target: str  # the path or, for a cache, the name of what is dropped from it
    project: str | None  # the package that this repairs, named as its tool compares names; None: no package
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Waited:
    """The wait before an attempt."""

    seconds: float
    reason: str
    held_throughout: bool = False  # the file that was refused, at each look
    free: bool = False  # a probe has ended the wait: the file was free


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that should be there and is not, or is not as it should be."""

    project: str | None  # the package, named as its tool compares names; None: the environment itself
    path: str | None  # None: nothing of it is there, so no file can be named
    what: str  # "missing", "launcher not executable", ...: follows the path in a sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """The verification of a recovered success."""

    whole: bool | None  # None: not all could be examined, and `reason` says why
    reason: str | None = None
    environments: tuple[str, ...] = ()  # the folders that were examined
    packages: int = 0
    files: int = 0
    faults: tuple[Fault, ...] = ()  # what is missing or broken
    warnings: tuple[Fault, ...] = ()  # what looks odd but was so before this run
    removed: tuple[str, ...] = ()  # files of a half-removed version that nothing owned any more
    duration: float = 0.0  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A time for which the command was held still, because somebody else held a file that it had written."""

    file: str
    seconds: float
    started: float  # seconds since the epoch
    holders: tuple[str, ...] = ()  # who held it, if known


@dataclass(frozen=True, slots=True, kw_only=True)
class NearMiss:
    """A lock that the tool survived by its own retries, as far as it tells of them."""

    file: str
    tries: int  # that were refused
    seconds: float  # from the first refused try to the last
    started: float  # seconds since the epoch: the first refused try


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt with all that was done for it and decided after it."""

    number: int
    argv: tuple[str, ...]
    outcome: Outcome
    diagnosis: Diagnosis | None = None  # None: passed
    decision: Decision | None = None
    waited: Waited | None = None
    tweaks: tuple[AppliedTweak, ...] = ()
    repairs: tuple[Repair, ...] = ()  # made before this attempt
    holds: tuple[Hold, ...] = ()
    near_misses: tuple[NearMiss, ...] = ()  # heard only where the policy asks for them

    @property
    def again(self) -> bool:
        """Whether another attempt follows."""
        return self.decision is not None and self.decision.again


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildLink:
    """The build of a CI server that a run is a part of."""

    job: str
    number: int
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the run runs on and as whom; None: not known."""

    user: str | None
    system: str | None
    program: str | None  # the full path of what the command starts
    tool_version: str | None = None  # asked only where something got in the way
    tool_signature: str | None = None  # on Windows, where something got in the way
    products: tuple[tuple[str, str | None], ...] = ()  # antivirus and EDR products with their versions


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The whole run, finished or (provisional reports) under way."""

    version: str
    command: tuple[str, ...]
    name: str
    outcome: RunOutcome
    exit_status: int
    category: Category | None
    explanation: str  # one sentence for people
    started: float  # seconds since the epoch
    duration: float  # seconds
    host: str  # the CI server: "jenkins", "github", ..., "plain"
    agent: str  # the machine's name
    directory: str
    attempts_allowed: int
    attempts: tuple[Attempt, ...] = ()
    verification: Verification | None = None
    healing: str | None = None  # what got it through, a sentence with a line for the policy
    finished: bool = True
    build: BuildLink | None = None
    surroundings: Surroundings | None = None
