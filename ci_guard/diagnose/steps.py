"""Tells the steps of a saved log apart: where commands begin, how they ended, what ci-guard said about them.

Works on the bytes, block by block, so that a log of any size takes little memory. What marks a step is data
(`StepMark`).
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from ci_guard.dataclass import dataclass, field, replace
from ci_guard.diagnose.log_sample import LogSample, Segment
from ci_guard.diagnose.text import decode
from ci_guard.expression import expression
from ci_guard.model.knowledge import Guarded, StepMark

# what stands before a line of a command: a time, BuildKit's number, the name of a parallel branch, a colour
_PREFIX = (
    rb"(?>(?:\[?\d[\d:TZ.\-]{5,32}+(?: [\d:.]{8,15}+)?\]? )?(?:#\d{1,4} (?:\d{1,6}\.\d{1,3} )?)?"
    rb"(?:\[[a-z][^\]\n]{0,60}\] )?(?:\x1b\[[\d;]{0,12}[mK]){0,3})"
)
_ANSI = expression(r"\x1b\[[\d;]{0,12}[mK]")
_LONGEST_MARK = 1200  # bytes of a line that are looked at
_SHORTEST_MARK = 3  # bytes, `$ x`: most of a log of short lines is passed over at once
_GROUP_NAME = expression(rb"\(\?P<\w+>")


@dataclass(slots=True)
class LogStep:
    """A step as the log shows it."""

    line: int  # its first line, from 1
    kept: LogSample = field(default_factory=LogSample)
    command: str | None = None
    status: int | None = None
    attempt: int | None = None  # under ci-guard: which one
    recovered: int | None = None  # under ci-guard: the attempt that passed in the end

    @property
    def is_candidate(self) -> bool:
        """Whether it may have failed."""
        return self.status not in (None, 0) or self.kept.tells_of_failure()


class Marks:
    """The marks, ready to be looked for."""

    def __init__(self, marks: Sequence[StepMark]) -> None:
        self._marks = [(mark, expression(_PREFIX + mark.pattern.encode())) for mark in marks]
        any_mark = b"|".join(_GROUP_NAME.sub(b"(?:", mark.pattern.encode()) for mark in marks)
        # begins with a line break, so that nothing else of the log is looked at
        long_enough = rb"\n(?=[^\r\n]{%d})" % _SHORTEST_MARK
        self._any = re.compile(long_enough + _PREFIX + rb"(?:" + any_mark + rb")")

    def places(self, block: bytes) -> Iterator[int]:
        """Offsets of the lines that may be marks."""
        if self._any.match(b"\n" + block[:_LONGEST_MARK]):
            yield 0
        for found in self._any.finditer(block):
            yield found.start() + 1

    def read(self, line: bytes) -> tuple[StepMark, dict[str, str]] | None:
        """The mark that a line is, with its groups."""
        for mark, pattern in self._marks:
            if found := pattern.match(line[:_LONGEST_MARK]):
                groups = {name: _clean(value) for name, value in found.groupdict().items() if value}
                return mark, groups
        return None


def steps_of(blocks: Iterable[bytes], marks: Marks) -> Iterator[LogStep]:
    """The steps of the log in their order; one is ready when the next one begins."""
    step = LogStep(line=1)
    number = 1
    for block in blocks:
        start = 0
        for place in marks.places(block):
            end = block.find(b"\n", place) + 1 or len(block)
            read = marks.read(block[place:end])
            if read is None or place < start:
                continue
            mark, groups = read
            if mark.job:
                continue
            cut = end if mark.ends and not mark.guard else place
            step.kept.add(number, block[start:cut])
            number += block.count(b"\n", start, cut)
            start = cut
            if mark.guard is not None:  # what ci-guard says is no output of the command
                number += block.count(b"\n", start, end)
                start = end
            if mark.guard is Guarded.SAYS:
                continue
            if mark.ends:
                yield _ended(step, mark, groups)
            elif step.kept.segments():
                yield step
            step = _begun(step, mark, groups, number)
        step.kept.add(number, block[start:])
        number += block.count(b"\n", start)
    if step.kept.segments():
        yield step


def text_of(segments: Sequence[Segment]) -> tuple[str, list[int]]:
    """The kept text, and the number of each of its lines in the log."""
    pieces: list[str] = []
    numbers: list[int] = []
    for segment in segments:
        lines = decode(segment.data).rstrip("\n").split("\n")
        pieces += lines
        numbers += range(segment.line, segment.line + len(lines))
    return "\n".join(pieces), numbers


def _ended(step: LogStep, mark: StepMark, groups: dict[str, str]) -> LogStep:
    status = int(groups["status"]) if "status" in groups else None
    attempt = int(groups["attempt"]) if "attempt" in groups else None
    if mark.guard is Guarded.RECOVERED:
        return replace(step, recovered=attempt)
    return replace(step, status=status, attempt=attempt)


def _begun(step: LogStep, mark: StepMark, groups: dict[str, str], line: int) -> LogStep:
    if mark.guard:  # the same command goes on
        return LogStep(line=line, command=step.command)
    return LogStep(line=line, command=groups.get("command", groups.get("name")))


def _clean(value: bytes) -> str:
    return _ANSI.sub("", value.decode("utf-8", "replace")).strip()
