"""A console log on its way: which agents the build ran on, and the times that ci-guard wrote into it.

The lines are Jenkins' own: `Running on AGENT in PATH` of a Pipeline's `node` (workflow-durable-task-step,
ExecutorStepExecution), `Building remotely on AGENT (LABELS) in workspace PATH` of other jobs (core,
AbstractBuild).
"""

import io
import re
from typing import Any, BinaryIO, Literal

from ci_guard.ci_server.announcements import TIMED
from ci_guard.expression import expression
from ci_guard.model.build import BUILT_IN_NODE

_END = b"Finished: "  # how the last line of every log begins (jenkinsci/jenkins, Run.java: execute)
LONGEST_LINE = 4096  # bytes; of a longer line only the end is looked at
_RUNNING = expression(
    rb"^(?:\[?\d[\d:TZ.,+\- ]{6,40}\]? {1,4})?(?:\[[^\]\n]{1,80}\] )?"
    rb"(?:Running on (?P<node>[^\n]{1,200}?) in (?=/|[A-Za-z]:|\\)"
    rb"|Building remotely on (?P<remote>[^\n]{1,200}?) (?:\([^\n]{0,500}?\) )?in workspace "
    rb"|Building (?P<local>on (?:the )?(?:built-in node|master) |)in workspace )",
    re.MULTILINE,
)
_TOOK = tuple(re.compile(announced.line.encode()) for announced in TIMED)
_CONTROLLER_NAMES = frozenset({"Jenkins", "master", "built-in node"})  # as a Pipeline says it


class Console(io.RawIOBase):
    """Passes a log on, and remembers what it says about agents and times."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._rest = b""
        self._line = 1  # the number of the line that `rest` begins
        self.agents: list[tuple[int, str]] = []  # line, agent
        self.took: list[tuple[int, float]] = []  # line, seconds: of attempts that failed, and waits
        self.complete: bool = False  # whether the line was there with which a log ends

    def readable(self) -> Literal[True]:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        self._look(data)
        return len(data)

    def agent_at(self, line: int) -> str | None:
        """The agent on which the step at a line ran: the last one named before it."""
        before = [agent for at, agent in self.agents if at <= line]
        return before[-1] if before else None

    def _look(self, data: bytes) -> None:
        text = self._rest + data
        end = len(text) if not data else text.rfind(b"\n") + 1
        lines = text[:end]
        self.complete = self.complete or _END in lines
        for found in _RUNNING.finditer(lines):
            number = self._line + lines.count(b"\n", 0, found.start())
            self.agents.append((number, _agent(found)))
        took = [found for pattern in _TOOK for found in pattern.finditer(lines)]
        for found in sorted(took, key=re.Match.start):
            number = self._line + lines.count(b"\n", 0, found.start())
            self.took.append((number, float(found["seconds"])))
        self._line += lines.count(b"\n")
        self._rest = text[end:][-LONGEST_LINE:]


def _agent(found: re.Match[bytes]) -> str:
    name = _text(found["node"] or found["remote"])
    return BUILT_IN_NODE if not name or name in _CONTROLLER_NAMES else name


def _text(data: bytes | None) -> str:
    return (data or b"").decode("utf-8", "replace").strip()
