"""The policy: THE defaults, declared once; README table, schema and starter file are made from here."""

from collections.abc import Mapping
from enum import StrEnum

from ci_guard.annotation import TYPE_CHECKING
from ci_guard.dataclass import dataclass, field
from ci_guard.model.category import Category

if TYPE_CHECKING:  # what is known about tools: not on every start
    from ci_guard.model.knowledge import Signature

MINUTE = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """Seconds between attempts: `initial * factor ** (n - 1)`, at most `maximum`, give or take the jitter."""

    initial: float = 2.0
    factor: float = 2.0
    maximum: float = 60.0  # the longest transient hold on record (Bit9 Parity; graceful-fs, polyfills.js)
    jitter: float = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class TweakPolicy:
    """Whether the environment may be changed from attempt to attempt, and which changes are refused."""

    mode: str = "auto"  # auto | off
    deny: tuple[str, ...] = ()  # tweaks that are never applied, by their id
    override: tuple[str, ...] = ()  # variables that a tweak may change although the user has set them


PLACEHOLDERS = ("step", "host", "agent")  # what may stand in braces in the path of a report


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportTarget:
    """One report file: its format and its path, in which `PLACEHOLDERS` may stand."""

    format: str
    path: str


class Repeat(StrEnum):
    """Whether a command that failed may be run again."""

    AUTO = "auto"  # all but what is known to change something outside of the machine
    SAFE = "safe"  # this one, too
    NEVER = "never"


ALWAYS = "always"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What ci-guard does about a failure. Times are seconds."""

    attempts: int = 6
    deadline: float | None = None  # a command that runs well is never ended by a default
    recovery_time: float | None = 15 * MINUTE  # from the first failure on
    grace: float = 10.0  # what a command gets between TERM and KILL
    attempt_timeout: float | None = None
    backoff: Backoff = Backoff()
    retry_on: tuple[Category, ...] = (Category.ANTIVIRUS_LOCK,)
    repeat: Repeat = Repeat.AUTO
    wait_for_unlock: bool = True
    patience: float | None = 2 * MINUTE  # for each file that somebody holds meanwhile; None: off
    verify: bool | str = True  # ALWAYS: a first attempt that passed, too
    settle: float = 0.0  # what a scanner gets before a result is verified that is always verified
    repair: bool = True
    tweaks: TweakPolicy = TweakPolicy()
    environment: Mapping[str, str | None] = field(default_factory=dict)
    exit_codes: Mapping[Category, int] = field(default_factory=dict)
    reports: tuple[ReportTarget, ...] = ()
    redact: tuple[str, ...] = ()
    near_misses: bool = False  # whether tools tell of the locks that they survived
    throttle: bool = False  # whether guarded retries on this agent take turns
    remember: bool = False  # what healed which tool on this agent
    shield: bool = True
    fallback: tuple[str, ...] | None = None
    on_retry: tuple[str, ...] | None = None  # a command before each further attempt
    retry_on_exit_code: tuple[int, ...] = ()  # statuses that ask for another attempt whatever the category
    signatures: "tuple[Signature, ...]" = ()
    tests: tuple[Mapping[str, object], ...] = ()  # texts and what they lead to, run by `policy test`


class Source(StrEnum):
    """What a setting can come from, the weakest first."""

    DEFAULT = "default"
    FILE = "file"
    ENVIRONMENT = "environment"
    COMMAND_LINE = "command line"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the value of a setting was written."""

    source: Source
    name: str = ""  # the file, as messages call it; the variable; the option
    line: int | None = None  # of the file, from 1
