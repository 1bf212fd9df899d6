"""The one list of everything that can be set: key, kind, option, variable, meaning.

From here come the reader of the file, the environment and the command line, the JSON Schema, the starter
file, the reference and `policy show`. The defaults are those of `ci_guard.model.policy.Policy`. Imported on
every start: nothing here may import yaml or what is known about tools.
"""

from collections.abc import Mapping

from ci_guard.config.containers import CommandLine, ListOf, MappingOf, Nullable, Regex
from ci_guard.config.fields import (
    Choice,
    Duration,
    Flag,
    FlagOr,
    Number,
    Text,
    Validator,
    Whole,
)
from ci_guard.dataclass import dataclass
from ci_guard.model.category import Category
from ci_guard.model.policy import ALWAYS, Policy, Repeat
from ci_guard.policy.kinds import OFF, PatienceLimit, ReportPath, TweakName, UserSignature, UserTest

VERSION = 1  # of the policy's grammar
MOST_ATTEMPTS = 100
HIGHEST_STATUS = 255  # what POSIX passes on
HIGHEST_NTSTATUS = 2**32 - 1  # what Windows does
FORMATS = ("junit", "json", "markdown")
NEVER_RETRIED: Mapping[str, str] = {
    Category.ANTIVIRUS_BLOCK: "it is a verdict, not a lock: trying again cannot change it",
    Category.INTERRUPTED: "whoever stopped the run wants no other attempt",
}


@dataclass(frozen=True, slots=True)
class Option:
    """An option of the command line; its environment variable follows from its name."""

    flag: str
    help: str
    metavar: str | None = None  # None: a switch
    sets: object = None  # the value that a switch gives to its key
    repeatable: bool = False
    short: str | None = None

    @property
    def name(self) -> str:
        """The option without dashes, as a keyword."""
        return self.flag.removeprefix("--").replace("-", "_")

    @property
    def variable(self) -> str:
        """The environment variable that stands for the option."""
        return f"CI_GUARD_{self.name.upper()}"


@dataclass(frozen=True, slots=True)
class Key:
    """One key of the policy; a dot separates a group from its member."""

    name: str
    kind: Validator[object]
    help: str
    option: Option | None = None
    adds_up: bool = False  # a later source adds to an earlier one instead of replacing it

    @property
    def default(self) -> object:
        """The default, from `Policy`."""
        group, _, member = self.name.partition(".")
        value: object = getattr(_DEFAULTS, group)
        if group == "reports":
            return None
        return getattr(value, member) if member else value


_DEFAULTS = Policy()
_REPORT = Nullable(ReportPath())
_VARIABLE = Text("the name of an environment variable", pattern=r"[^=\s\x00\ud800-\udfff]+")
_VALUE = Text(pattern=r"[^\x00\ud800-\udfff]*")

KEYS = (
    Key(
        "attempts",
        Whole(1, MOST_ATTEMPTS),
        "The maximum number of attempts, the first one included.",
        Option("--attempts", "Make at most N attempts, the first one included.", "N"),
    ),
    Key(
        "deadline",
        Nullable(Duration()),
        "The time for all attempts and waits together, which ends a running attempt; `null` for no limit.",
        Option("--deadline", "Stop when all attempts and waits together take DURATION, say 15m.", "DURATION"),
    ),
    Key(
        "recovery_time",
        Nullable(Duration()),
        "The time from the first failure on, after which no further attempt begins; `null` for no limit.",
    ),
    Key(
        "grace",
        Duration(zero=True),
        "How long a command may take to tidy up when it is ended: the time between TERM and KILL.",
    ),
    Key(
        "attempt_timeout",
        Nullable(Duration()),
        "The time for one attempt; `null` for no limit.",
        Option("--attempt-timeout", "Stop an attempt that takes longer than DURATION, say 90s.", "DURATION"),
    ),
    Key("backoff.initial", Duration(zero=True), "The wait before the second attempt."),
    Key("backoff.factor", Number(1), "The factor by which each wait is longer than the one before."),
    Key("backoff.maximum", Duration(zero=True), "The longest wait between two attempts."),
    Key("backoff.jitter", Number(0, 1), "The fraction of each wait that is random."),
    Key(
        "retry_on",
        ListOf(Choice("a category", Category, NEVER_RETRIED), "a list of categories"),
        "The categories of failures that are tried again.",
        Option(
            "--retry-on",
            "Try again after failures of CATEGORY instead of the policy's (repeatable, or comma-separated).",
            "CATEGORY",
            repeatable=True,
        ),
    ),
    Key(
        "repeat",
        Choice("`auto`, `safe` or `never`", Repeat),
        "Whether a command may be run again: `auto` for all but what publishes, pushes or deploys, "
        "`safe` for that, too, `never`.",
    ),
    Key("wait_for_unlock", Flag(), "Whether to watch the locked file and to go on as soon as it is free."),
    Key(
        "patience",
        PatienceLimit(),
        "How long the command is held still for each file that somebody else holds while it runs: "
        "`{limit: 2m}`, or `off`.",
        Option("--no-patience", "Never hold the command still while somebody else holds its file.", sets=OFF),
    ),
    Key(
        "verify",
        FlagOr(ALWAYS),
        "Whether a recovered command is verified: its result must be complete. `always`: each that passed.",
        Option("--no-verify", "Believe a recovered command without verifying its result.", sets=False),
    ),
    Key(
        "settle",
        Duration(zero=True),
        "The time that `verify: always` waits before it looks: scanners take files away after the command.",
    ),
    Key("repair", Flag(), "Whether to repair what a failed attempt left half done."),
    Key(
        "tweaks.mode",
        Choice("`auto` or `off`", ("auto", "off")),
        "Whether later attempts may get a changed environment: `auto` or `off`.",
        Option("--no-tweaks", "Give every attempt the same environment.", sets="off"),
    ),
    Key("tweaks.deny", ListOf(TweakName(), "a list of tweaks"), "Tweaks that are never applied."),
    Key(
        "tweaks.override",
        ListOf(_VARIABLE, "a list of environment variables"),
        "Variables that a tweak may change although you have set them.",
    ),
    Key(
        "environment",
        MappingOf(_VARIABLE, Nullable(_VALUE), "a mapping of variables to texts"),
        "Variables of every attempt; `null` removes one.",
    ),
    Key(
        "exit_codes",
        MappingOf(
            Choice("a category", Category),
            Whole(1, HIGHEST_STATUS),
            "a mapping of categories to exit statuses",
        ),
        "Exit statuses of your own for categories of failures, such as `antivirus_lock: 75`.",
    ),
    Key(
        "reports.junit",
        _REPORT,
        "The JUnit report; its path may contain `{step}`, `{host}` and `{agent}`.",
        Option("--junit", "Write a JUnit report to FILE.", "FILE"),
    ),
    Key("reports.json", _REPORT, "The record of the run as JSON."),
    Key("reports.markdown", _REPORT, "The summary of the run as Markdown."),
    Key(
        "redact",
        ListOf(Regex(), "a list of regular expressions"),
        "Regular expressions of what no report may show, beside the built-in ones.",
        adds_up=True,
    ),
    Key(
        "near_misses",
        Flag(),
        "Whether tools that can are made to tell of locks that they survived: counted in record and reports, "
        "kept out of the console.",
    ),
    Key("throttle", Flag(), "Whether guarded retries on this agent take turns, one at a time."),
    Key(
        "remember",
        Flag(),
        "Whether to remember on this agent what helped which tool, and to begin with it the next time.",
    ),
    Key(
        "shield",
        Flag(),
        "Whether the CI server takes the command's output as mere text; on GitHub, by `::stop-commands::`.",
        Option("--no-shield", "Let the command's output give commands to the CI server.", sets=False),
    ),
    Key(
        "retry_on_exit_code",
        ListOf(Whole(1, HIGHEST_NTSTATUS), "a list of exit statuses"),
        "Exit statuses that by themselves say that another attempt is right, whatever the output says.",
    ),
    Key(
        "on_retry",
        Nullable(CommandLine()),
        "A command that is run before each further attempt; its own failure is only a warning.",
    ),
    Key("fallback", Nullable(CommandLine()), "Another command for the last attempt."),
    Key(
        "signatures",
        ListOf(UserSignature(), "a list of signatures"),
        "Signatures of your own, in the grammar of the built-in ones.",
        adds_up=True,
    ),
    Key(
        "tests",
        ListOf(UserTest(), "a list of tests"),
        "Texts of failures and what they must lead to; `ci-guard policy test` runs them.",
        adds_up=True,
    ),
)
REPORT = Option(
    "--report",
    f"Write a report in FORMAT ({', '.join(FORMATS)}) to FILE (repeatable).",
    "FORMAT=FILE",
    repeatable=True,
)
RUN_OPTIONS = (
    Option("--policy", "Read the policy from FILE instead of looking for `.ci-guard.yml`.", "FILE"),
    Option("--name", "Call the step NAME in reports instead of by its command.", "NAME"),
    REPORT,
    Option(
        "--host",
        "Speak to the CI server NAME, such as github or plain, instead of the one that is detected.",
        "NAME",
    ),
    Option("--dry-run", "Show what would be done and start nothing.", sets=True),
    Option(
        "--quiet",
        "Say only how a step ended that was recovered or failed, in one line.",
        sets=True,
        short="-q",
    ),
    Option("--verbose", "Also say why each decision was made.", sets=True, short="-v"),
)
GROUPS = {key.name.partition(".")[0] for key in KEYS if "." in key.name}
BY_NAME = {key.name: key for key in KEYS}


def options() -> tuple[Option, ...]:
    """All options of the guard, in the order of the help."""
    policy, name, report, host, *switches = RUN_OPTIONS
    junit = BY_NAME["reports.junit"].option
    of_keys = [key.option for key in KEYS if key.option is not None and key.option is not junit]
    return tuple(
        option for option in (policy, name, junit, report, host, *of_keys, *switches) if option is not None
    )
