"""The record as types: a field is a key of the JSON object, in this order; the schema is made of them.

A field with a default of None is left out where it is None: later versions of ci-guard may add such fields
without a new number for the schema. What is not known is null; times are seconds.
"""

from collections.abc import Mapping
from typing import Annotated

from ci_guard.dataclass import dataclass
from ci_guard.model.category import Category, RunOutcome

SCHEMA = "ci-guard/run/1"


@dataclass(frozen=True, slots=True)
class Keyword:
    """A keyword of JSON Schema that a type cannot say."""

    name: str
    value: str


Moment = Annotated[str, "a point in time, ISO 8601 with its offset", Keyword("format", "date-time")]
Seconds = Annotated[float, "seconds"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRecord:
    """An error number and the list that it belongs to."""

    namespace: Annotated[str, "win32, errno, libuv, hresult, ntstatus or exit"]
    number: Annotated[int, "as the list has it"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchRecord:
    """The place in the output that a diagnosis rests on."""

    signature: Annotated[str, "the one that fits; `ci-guard tools` lists them"]
    code: Annotated[CodeRecord | None, "the error number, where the output names one"]
    operation: Annotated[str | None, "what was refused: rename, remove, open, ..."]
    path: Annotated[str | None, "the file that was refused, as the output names it"]
    holders: Annotated[tuple[str, ...], "the processes that hold the file, where they are known"]
    line: Annotated[int, "of the output, from 1"]
    excerpt: Annotated[str, "the line itself"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRecord:
    """Why ci-guard ended the command, and how."""

    timeout: Annotated[float | None, "seconds that had passed; null: a signal"]
    signal: Annotated[int | None, "the signal that ci-guard had received"]
    rungs: Annotated[tuple[str, ...], "what was needed: ask, end, kill"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRecord:
    """What happened after an attempt."""

    again: Annotated[bool, "whether another attempt was made"]
    reason: Annotated[str, "why, in a sentence"]
    delay: Seconds | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitRecord:
    """The wait before an attempt."""

    seconds: Seconds | None
    reason: Annotated[str, "what ended it"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TweakRecord:
    """A change of the environment for one attempt."""

    tweak: Annotated[str, "its name"]
    set: Annotated[Mapping[str, str], "the variables that were set, with their values"]
    kept: Annotated[tuple[str, ...], "variables that the user had set, and that were left alone"]
    why: Annotated[str, "what it is for"]
    reference: Annotated[str, "where that is documented"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairRecord:
    """Something that was repaired before an attempt."""

    action: Annotated[str, "remove, clean-cache, ..."]
    target: Annotated[str, "a path, or the name of what was dropped from a cache"]
    project: Annotated[str | None, "the package that this repaired"]
    reason: Annotated[str, "why, in a sentence"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRecord:
    """A time for which the command was held still, because somebody else held a file of its own."""

    file: Annotated[str, "that somebody else held"]
    seconds: Seconds | None
    started: Moment
    holders: Annotated[tuple[str, ...], "who held it, if known"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NearMissRecord:
    """A lock that the tool survived by its own retries, as far as it tells of them."""

    file: Annotated[str, "that was refused"]
    tries: Annotated[int, "that were refused"]
    seconds: Annotated[float | None, "from the first refused try to the last"]
    started: Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRecord:
    """One attempt, with all that was done for it and decided after it."""

    number: Annotated[int, "from 1"]
    argv: Annotated[tuple[str, ...], "what was started"]
    exit_status: Annotated[int, "of the command"]
    signal: Annotated[int | None, "the signal that ended the command"]
    started: Moment | None
    duration: Seconds | None
    stopped: Annotated[StopRecord | None, "null: it ended by itself"]
    category: Annotated[Category | None, "null: passed"]
    retryable: Annotated[bool, "whether the policy would have tried again, had attempts and time sufficed"]
    match: Annotated[MatchRecord | None, "null: nothing in the output explains it"]
    evidence: Annotated[tuple[str, ...], "what the machine answered, a sentence each"]
    packages: Annotated[tuple[str, ...], "those that the output names with the failure"]
    advice: Annotated[tuple[str, ...], "what to do about it"]
    decision: Annotated[DecisionRecord | None, "null: there was nothing to decide"]
    waited: Annotated[WaitRecord | None, "null: there was no wait"]
    environment: Annotated[tuple[TweakRecord, ...], "what was changed for it"]
    repairs: Annotated[tuple[RepairRecord, ...], "what was repaired before it"]
    holds: Annotated[tuple[HoldRecord, ...], "when it was held still"]
    near_misses: Annotated[tuple[NearMissRecord, ...] | None, "left out where there are none"] = None


def attempt_outline(
    *, number: int, category: Category | None, retryable: bool, match: MatchRecord | None
) -> AttemptRecord:
    """An attempt of which a report or a build's log tells, which is less than its record would."""
    return AttemptRecord(
        number=number,
        argv=(),
        exit_status=0 if category is None else 1,
        signal=None,
        started=None,
        duration=None,
        stopped=None,
        category=category,
        retryable=retryable,
        match=match,
        evidence=(),
        packages=(),
        advice=(),
        decision=None,
        waited=None,
        environment=(),
        repairs=(),
        holds=(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRecord:
    """Something that should be there and is not, or is not as it should be."""

    project: Annotated[str | None, "the package; null: the environment itself"]
    path: Annotated[str | None, "of the file; null: it is about more than one"]
    what: Annotated[str, "is wrong, in words"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationRecord:
    """The verification of the result."""

    whole: Annotated[bool | None, "null: not all could be examined, see `reason`"]
    reason: Annotated[str | None, "why not all could be examined"]
    environments: Annotated[tuple[str, ...], "the folders that were examined"]
    packages: Annotated[int, "that were examined"]
    files: Annotated[int, "that were examined"]
    faults: Annotated[tuple[FaultRecord, ...], "what is missing or wrong"]
    warnings: Annotated[tuple[FaultRecord, ...], "what looks odd but was so before this run"]
    removed: Annotated[tuple[str, ...], "files of an old version that nothing owned any more"]
    duration: Seconds | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildRecord:
    """The build of a CI server that the run was a part of."""

    job: Annotated[str, "its full name"]
    number: Annotated[int, "of the build"]
    url: Annotated[str, "of its page"]
    result: Annotated[str | None, "null: not known yet"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductRecord:
    """An antivirus or EDR product on the machine."""

    name: Annotated[str, "as its vendor calls it"]
    version: Annotated[str | None, "null: it cannot be read"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineRecord:
    """What the run ran on and as whom."""

    user: Annotated[str | None, "whose rights the command had"]
    system: Annotated[str | None, "the operating system with its version"]
    tool: Annotated[str | None, "the full path of the program that the command started"]
    tool_version: Annotated[str | None, "asked only where something failed or was held"]
    products: Annotated[tuple[ProductRecord, ...], "looked for only where something failed or was held"]
    tool_signature: Annotated[str | None, "whether the program is signed and trusted; Windows only"] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """One run of ci-guard, finished or (`finished`: false) under way."""

    schema: Annotated[str, Keyword("const", SCHEMA)]
    version: Annotated[str, "of ci-guard"]
    command: Annotated[tuple[str, ...], "the words behind `--`"]
    name: Annotated[str, "of the step, in reports"]
    outcome: Annotated[RunOutcome, "how it ended"]
    finished: Annotated[bool, "false: written before an attempt"]
    exit_status: Annotated[int, "of ci-guard"]
    category: Annotated[Category | None, "null: passed"]
    explanation: Annotated[str, "one sentence for people"]
    started: Moment
    duration: Seconds | None
    host: Annotated[str, "the CI server: jenkins, github, ..., plain"]
    agent: Annotated[str, "the machine's name"]
    directory: Annotated[str, "where the command ran"]
    attempts_allowed: Annotated[int, "by the policy"]
    attempts: Annotated[tuple[AttemptRecord, ...], "in their order"]
    verification: Annotated[VerificationRecord | None, "null: there was none"]
    build: BuildRecord | None = None
    machine: MachineRecord | None = None
    healing: Annotated[str | None, "what got it through, with a line for the policy"] = None
