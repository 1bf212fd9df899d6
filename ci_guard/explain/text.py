"""What a saved log tells, for people: the verdict in one sentence, what it rests on, what to do."""

import textwrap
from collections.abc import Iterable, Iterator

from ci_guard.diagnose.codes import FIRST_HRESULT, WORD
from ci_guard.diagnose.paths import plain_path
from ci_guard.model.category import Category
from ci_guard.model.explanation import STANDARD_INPUT, Ending, LogExplanation, StepExplanation

_WIDTH = 100  # columns of prose; lines of the log and paths are never broken
_LABEL = 12  # columns
SENTENCES = {
    Category.ANTIVIRUS_LOCK: "something, most likely a virus scanner, held a file for a moment",
    Category.ANTIVIRUS_BLOCK: "the antivirus or a policy refused a file for good",
    Category.FILE_IN_USE: "a program of your own holds the file",
    Category.PERMISSION: "this user may not write there",
    Category.DISK_FULL: "there is no space left",
    Category.PATH_TOO_LONG: "a path is longer than the system allows",
    Category.NETWORK: "a server could not be reached, or gave a bad answer",
    Category.AUTHENTICATION: "a server refused the credentials",
    Category.RESOLUTION: "no version or package satisfies the request",
    Category.INTEGRITY: "something that was downloaded is not what was expected",
    Category.BUILD_FAILURE: "something could not be built",
    Category.CONFIGURATION: "the command, the project or the machine is not set up for this",
    Category.OUT_OF_MEMORY: "there was not enough memory",
    Category.COMMAND_NOT_FOUND: "a program was not found",
    Category.TIMEOUT: "time ran out",
    Category.INTERRUPTED: "somebody stopped it",
}
_VANISHED = "a file that had just been written was gone: the antivirus may have taken it away"
_UNDECIDED = "the text fits both a lock and missing permissions"
_ENDINGS = {
    Ending.FAILED: "unknown: it failed, and the cause is not one that ci-guard knows",
    Ending.PASSED: "passed: the log ends without a failure",
    Ending.NOTHING: "unknown: nothing in it tells of a failure",
    Ending.EMPTY: "empty: the log holds nothing",
}
_MAY_RETRY = "the policy may let ci-guard try again: `--retry-on network`"
_SIGNAL_STATUS = 128  # as shells have it: 128 + the signal's number
_LAST_SIGNAL = 64  # of Linux
_BOLD, _RED, _PLAIN = "\x1b[1m", "\x1b[31m", "\x1b[0m"


def render_text(log: LogExplanation, *, colour: bool = False) -> str:
    """The whole answer for one log, ending with a line break. Expects showable text."""
    verdict = tell_verdict(log.verdict)
    name = called(log.file)
    lines = [f"{name}: {_BOLD}{verdict}{_PLAIN}" if colour else f"{name}: {verdict}"]
    lines += [f"  note: {warning}" for warning in log.warnings]
    lines += _tell(log.verdict)
    others = [step for step in log.steps if step != log.verdict]
    if others:
        lines += ["", f"  {len(others)} more in this log:"]
        lines += [f"    line {step.line}: {head_of(step)}: {tell_verdict(step)}" for step in others]
    if colour:
        lines = [f"{_RED}{line}{_PLAIN}" if line.startswith("  > ") else line for line in lines]
    return "\n".join(lines) + "\n"


def called(file: str) -> str:
    """The log's name for people."""
    return "standard input" if file == STANDARD_INPUT else file


def tell_verdict(step: StepExplanation) -> str:
    """The verdict in one sentence."""
    found = step.diagnosis
    if step.ending is Ending.NO_TEXT:
        return f"not a text log ({step.format})"
    if step.ending is not None and step.ending is not Ending.FAILED:
        return _ENDINGS[step.ending]
    if step.ending is Ending.FAILED or (found.category is Category.UNKNOWN and not found.ambiguous):
        return _ENDINGS[Ending.FAILED] + _ended(step)
    sentence = SENTENCES.get(found.category, "")
    if found.category is Category.NETWORK:
        sentence += _ended(step)
        if not step.retryable and step.recovered is None:
            sentence += f"; {_MAY_RETRY}"
    if found.retry_once:
        sentence = _VANISHED
    if found.ambiguous:
        sentence = _UNDECIDED
    if step.recovered is not None:
        sentence += f"; ci-guard recovered it at attempt {step.recovered}"
    elif step.retryable:
        sentence += "; ci-guard would try again"
    return f"{found.category.words}: {sentence}"


def _ended(step: StepExplanation) -> str:
    """The exit status, and the signal that a shell means by it; nothing where neither is known."""
    status = step.exit_status
    if not status:
        return ""
    if _SIGNAL_STATUS < status <= _SIGNAL_STATUS + _LAST_SIGNAL:
        return f" (exit status {status}: signal {status - _SIGNAL_STATUS})"
    if status % WORD >= FIRST_HRESULT:  # of Windows: people know these in hexadecimal
        return f" (exit status {status}: 0x{status % WORD:08X})"
    return f" (exit status {status})"


def _tell(step: StepExplanation) -> Iterator[str]:
    match = step.diagnosis.match
    head = head_of(step)
    if head:
        yield f"  {head}"
    if step.nearby:
        yield ""
        width = len(str(step.nearby[-1].number))
        for line in step.nearby:
            mark = ">" if match is None or line.number == match.line else " "
            yield f"  {mark} {line.number:>{width}} | {line.text}".rstrip()
        yield ""
    elif match is not None and match.excerpt:
        yield from _labelled("because", [match.excerpt])
    if match is not None:
        code = match.code
        name = f" {step.meaning}" if step.meaning else ""
        yield from _fact("code", f"{code.namespace} {code.number}{name}" if code is not None else None)
        yield from _fact("operation", match.operation)
        yield from _fact("path", match.path and plain_path(match.path))
        yield from _fact("package", ", ".join(step.diagnosis.packages))
        yield from _fact("signature", match.signature)
    yield from _labelled("ci-guard", step.plan)
    yield from _labelled("you can", step.advice)
    yield from _labelled("see", step.references, wrap=False)


def head_of(step: StepExplanation) -> str:
    """Which tool and command it is, which attempt, and how that ended."""
    tool = " ".join(filter(None, (step.tool, step.version)))
    parts = [
        tool,
        f"`{step.command}`" if step.command else "",
        f"attempt {step.attempt}" if step.attempt is not None else "",
        f"exit status {step.exit_status}" if step.exit_status is not None else "",
    ]
    return ", ".join(filter(None, parts))


def _fact(label: str, value: str | None) -> Iterator[str]:
    if value:
        yield f"  {label:<{_LABEL}}{value}"


def _labelled(label: str, sentences: Iterable[str], *, wrap: bool = True) -> Iterator[str]:
    for number, sentence in enumerate(sentences):
        first = f"  {'' if number else label:<{_LABEL}}- "
        lines = (
            textwrap.wrap(sentence, _WIDTH, break_long_words=False, break_on_hyphens=False) if wrap else []
        )
        yield first + (lines[0] if lines else sentence)
        yield from (" " * len(first) + line for line in lines[1:])
