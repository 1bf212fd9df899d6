"""What a saved log tells: each step that failed, why, what ci-guard would do, what a person can do."""

from enum import StrEnum

from ci_guard.dataclass import dataclass
from ci_guard.model.history import Diagnosis

STANDARD_INPUT = "-"  # the name of a log that came that way


class Ending(StrEnum):
    """What a log tells in which no cause was found."""

    FAILED = "failed"  # for a reason that is not known
    PASSED = "passed"
    NOTHING = "nothing"  # neither of a failure nor of a success
    EMPTY = "empty"
    NO_TEXT = "no_text"


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of the log, with its number, from 1."""

    number: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepExplanation:
    """One step of a log, understood."""

    line: int  # its first line, from 1
    command: str | None = None  # as the log or the user says it
    exit_status: int | None = None  # if the log says it
    attempt: int | None = None  # under ci-guard: which attempt this was
    recovered: int | None = None  # under ci-guard: the attempt that passed in the end
    tool: str | None = None
    version: str | None = None  # of the tool, if the log shows it
    diagnosis: Diagnosis
    retryable: bool
    meaning: str | None = None  # the name of the error number
    ending: Ending | None = None  # where no cause was found
    format: str | None = None  # what the file is instead of a text log
    nearby: tuple[LogLine, ...] = ()  # the decisive line with its neighbours, or the last errors
    plan: tuple[str, ...] = ()  # what ci-guard would do, a sentence each
    advice: tuple[str, ...] = ()  # what a person can do, a sentence each
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LogExplanation:
    """One log: its verdict, and every step that failed or was recovered, in the order of the log."""

    file: str
    verdict: StepExplanation
    steps: tuple[StepExplanation, ...]
    warnings: tuple[str, ...] = ()  # what is wrong with the file itself
