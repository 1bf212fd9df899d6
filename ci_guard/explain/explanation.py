"""From a saved log to what it tells: its steps, why they failed, and the one that its verdict rests on."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO, cast

from ci_guard.ci_server.announcements import MARKS
from ci_guard.command_line.parse import argv_of
from ci_guard.command_line.tools import successes_of
from ci_guard.dataclass import dataclass, replace
from ci_guard.diagnose.blocks import read_blocks
from ci_guard.diagnose.classify import classify_text
from ci_guard.diagnose.last_words import CI_ERROR
from ci_guard.diagnose.reading import read
from ci_guard.diagnose.steps import LogStep, Marks, steps_of, text_of
from ci_guard.diagnose.text import decode
from ci_guard.diagnose.versions import judge_release, version_in
from ci_guard.errors import GuardError
from ci_guard.explain.advice import Adviser, tool_of
from ci_guard.explain.endings import Peeked, ending_of, foreign_format
from ci_guard.model.category import Category
from ci_guard.model.explanation import Ending, LogExplanation, LogLine, StepExplanation
from ci_guard.model.history import Diagnosis
from ci_guard.model.knowledge import Knowledge
from ci_guard.model.policy import Policy

FIRST_STEPS = 10  # steps that are kept of a log that has too many that may have failed
LAST_STEPS = 50
NEIGHBOURS = 2  # lines before and after the decisive one
LONGEST_SHOWN = 300  # characters of a line
EARLIER_STEPS = 40  # steps before a failed one that may have told the version of its tool
EARLIER_SEARCHED = 8192  # bytes of each


@dataclass(frozen=True, slots=True)
class ExplainInput:
    """What is known beside the log."""

    command: str | None  # None: the log itself has to tell
    knowledge: Knowledge
    policy: Policy
    exit_status: int | None = None  # of a step of which the log tells none


def explain(file: str, stream: BinaryIO, question: ExplainInput) -> LogExplanation:
    """Read a log to its end and tell what happened. `file` is what it is called."""
    marks = (*MARKS, *question.knowledge.marks)
    if question.command is not None:  # one command's output: what looks like a prompt in it is its own
        marks = tuple(mark for mark in marks if mark.guard is not None)
    peeked = Peeked(stream)
    if (kind := foreign_format(peeked.start)) is not None:
        return _without_steps(file, Ending.NO_TEXT, kind=kind)
    warnings: list[str] = []
    candidates, final, earlier = _candidates(
        steps_of(_readable(read_blocks(cast(BinaryIO, peeked)), warnings), Marks(marks))
    )
    told = [_explain_step(step, question, earlier) for step in candidates]
    verdict = _verdict(told)
    if not candidates:
        status = question.exit_status
        return _without_steps(file, Ending.FAILED if status else Ending.EMPTY, status=status)
    if verdict is None or (verdict.diagnosis.category is Category.UNKNOWN and len(candidates) > 1):
        whole = _explain_step(_joined(candidates), question, earlier)
        verdict = whole if verdict is None or whole.diagnosis.match is not None else verdict
    marked = any(CI_ERROR.encode() in part.data for step in candidates for part in step.kept.segments())
    if final is not None and not marked and _may_have_gone_on(told, verdict, final):
        last = _explain_step(final, question, earlier)
        verdict, told = (last, []) if last.ending is Ending.PASSED else (verdict, told)
    told = [step for step in told if step.exit_status not in (None, 0) or _is_known(step)]
    return LogExplanation(file=file, verdict=verdict, steps=tuple(told), warnings=tuple(warnings))


def _readable(blocks: Iterable[bytes], warnings: list[str]) -> Iterator[bytes]:
    """What can be read of a damaged log; the damage becomes a warning."""
    try:
        yield from blocks
    except GuardError as error:
        warnings.append(str(error))


def _candidates(steps: Iterable[LogStep]) -> tuple[list[LogStep], LogStep | None, str]:
    """The steps that may have failed, with those that ci-guard recovered; if there are none, the last.

    And the last step; and how the other steps begin: one of them may have told the version of a tool.
    """
    first: list[LogStep] = []
    last: deque[LogStep] = deque(maxlen=LAST_STEPS)
    guarded: list[LogStep] = []  # the attempts of the command that is being guarded
    passed: LogStep | None = None
    earlier: deque[bytes] = deque(maxlen=EARLIER_STEPS)
    for step in steps:
        passed = step
        earlier.extend(segment.data[:EARLIER_SEARCHED] for segment in step.kept.segments()[:1])
        if step.recovered is not None:
            for attempt in guarded:
                attempt.recovered = step.recovered
        if step.attempt is None:
            guarded = []
        else:
            guarded.append(step)
        if step.recovered is None and step.is_candidate:
            first.append(step) if len(first) < FIRST_STEPS else last.append(step)
    found = [*first, *last] or ([passed] if passed is not None else [])
    return found, passed, decode(b"".join(earlier))


def _may_have_gone_on(told: Sequence[StepExplanation], verdict: StepExplanation, final: LogStep) -> bool:
    """Whether a script printed its commands and not how they ended, and had more to do after what failed."""
    silent = all(step.exit_status is None and step.attempt is None for step in told)
    return silent and _is_known(verdict) and verdict.line < final.line


def _joined(steps: Sequence[LogStep]) -> LogStep:
    """All steps as one, for what stands across a line that only looked like the mark of a step."""
    whole = LogStep(line=1)
    for step in steps:
        for segment in step.kept.segments():
            whole.kept.add(segment.line, segment.data)
    return whole


def _explain_step(step: LogStep, question: ExplainInput, earlier: str) -> StepExplanation:
    segments = step.kept.segments()
    text, numbers = text_of(segments)
    status = step.status if step.status is not None else question.exit_status
    command = question.command or step.command
    argv = argv_of(command) if command else ()
    knowledge = question.knowledge
    ended_well = status in successes_of(knowledge, argv)
    found = classify_text(text, exit_status=0 if ended_well else status, argv=argv, knowledge=knowledge)
    tool = tool_of(found, argv, knowledge)
    version = version_in(tool, text, earlier) if tool is not None else None
    found = judge_release(found, tool, version) if tool is not None else found
    lines: tuple[LogLine, ...] = ()
    ending: Ending | None = None
    if found.category is Category.UNKNOWN and not found.ambiguous:
        ending, lines = ending_of(text, 0 if ended_well else status, knowledge.general, numbers)
    if found.match is not None and found.match.line:
        at = found.match.line - 1
        lines = _neighbours(text, at, numbers)
        found = replace(found, match=replace(found.match, line=numbers[at]))
    explained = StepExplanation(
        line=step.line,
        command=command,
        exit_status=status,
        attempt=step.attempt,
        recovered=step.recovered,
        tool=tool.name if tool is not None else None,
        version=version,
        diagnosis=found,
        retryable=(found.category in question.policy.retry_on or found.retry_once) and not found.ambiguous,
        ending=ending,
        nearby=lines,
    )
    return Adviser(knowledge, question.policy).advised(explained, argv, tool)


def _without_steps(
    file: str, ending: Ending, *, kind: str | None = None, status: int | None = None
) -> LogExplanation:
    verdict = StepExplanation(
        line=1,
        diagnosis=Diagnosis(category=Category.UNKNOWN),
        retryable=False,
        ending=ending,
        format=kind,
        exit_status=status,
    )
    return LogExplanation(file=file, verdict=verdict, steps=())


def _verdict(told: Sequence[StepExplanation]) -> StepExplanation | None:
    """The last step that failed: for a known reason if there is one, and not recovered."""
    open_ended = [step for step in told if step.recovered is None]
    with_status = [step for step in open_ended if step.exit_status not in (None, 0)]
    known = [step for step in (*open_ended, *with_status) if _is_known(step)]
    for steps in (known, with_status, [step for step in told if step.recovered is not None], told):
        if steps:
            return steps[-1]
    return None


def _is_known(step: StepExplanation) -> bool:
    return step.diagnosis.category is not Category.UNKNOWN


def _neighbours(text: str, at: int, numbers: Sequence[int]) -> tuple[LogLine, ...]:
    """The line with its neighbours, without colours, as far as they stand beside it in the log."""
    lines = text.split("\n")
    low, high = max(at - NEIGHBOURS, 0), min(at + NEIGHBOURS + 1, len(lines))
    near = [index for index in range(low, high) if abs(numbers[index] - numbers[at]) <= NEIGHBOURS]
    shown = read("\n".join(lines[index] for index in near)).originals
    return tuple(
        LogLine(numbers[index], line[:LONGEST_SHOWN]) for index, line in zip(near, shown, strict=True)
    )
