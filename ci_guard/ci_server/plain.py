"""Speaking to a person or a log: lines on stderr, each marked as ci-guard's own; and how any host speaks."""

import os
import select
import sys
from collections.abc import Callable, Mapping, Sequence

from ci_guard.annotation import TYPE_CHECKING, TextIO
from ci_guard.expression import expression

if TYPE_CHECKING:  # a first attempt that passes needs no closing
    from ci_guard.ci_server.run_summary import RunSummary
    from ci_guard.process.sieve import Sieve
    from ci_guard.redact.values import RedactedText

PREFIX = "ci-guard: "
# what GitHub's and Azure's agents take for a command anywhere in a line (actions/runner, ActionCommand.cs,
# TryParse; azure-pipelines-agent, Command.cs), and TeamCity at its beginning
READER_MILLISECONDS = 3000
_unread = False
_COMMAND = expression(r"(?i)#(?=#[a-z]*\[)")


class Cursor:
    """Where the next byte on stderr goes, as far as we know; the command writes there too."""

    at_line_start = True


CURSOR = Cursor()


def say(text: "RedactedText", stream: TextIO | None = None) -> None:
    """Write each line of the text with the prefix, at the beginning of a line.

    No text and no console encoding can make this fail.

    Whatever the text quotes, no CI server takes a part of it for a command.
    """
    if stream is None and not CURSOR.at_line_start:
        write("\n")
    for line in text.splitlines() or [""]:
        if not write(_shown(defuse(line), stream if stream is not None else sys.stderr), stream):
            return


def _shown(line: str, stream: TextIO | None) -> str:
    """The line as the stream's reader likes it best: a log as it is, a person in colour and wrapped."""
    try:
        if stream is not None and (stream.isatty() or os.environ.get("FORCE_COLOR")):
            from ci_guard.ci_server.terminal import lines_for  # brings textwrap: only where a person looks

            return "\n".join((*lines_for(line, PREFIX, stream, os.environ), ""))
    except (OSError, ValueError, ImportError):
        pass  # a closed stream says so itself; without colour a line is as true
    return f"{PREFIX}{line}\n"


def defuse(text: str) -> str:
    """The text without anything that a CI server would take for a command inside a line."""
    return _COMMAND.sub("# ", text) if "##" in text else text


def write(text: str, stream: TextIO | None = None) -> bool:
    """Write the text as it is and at once; whether anybody still reads."""
    target = stream if stream is not None else sys.stderr
    if target is None:  # a program without a console and without streams, as pythonw.exe
        return False
    if not _is_read(target):
        return False
    encoding = getattr(target, "encoding", None) or "utf-8"
    try:
        target.write(text.encode(encoding, "backslashreplace").decode(encoding))
        target.flush()
        if stream is None and text:
            CURSOR.at_line_start = text.endswith("\n")
    except (OSError, ValueError):
        return False  # whoever read our messages is gone; the command is what matters
    return True


def say_broken(error: BaseException) -> None:
    """Say which of ci-guard's own files cannot be used, and no more: redaction itself may be what is gone."""
    name = getattr(error, "filename", None) or getattr(error, "name", None) or type(error).__name__
    write(f"{PREFIX}warning: a file of ci-guard itself cannot be used: {name}\n")


def _is_read(target: TextIO) -> bool:
    """Whether the stream takes a line within some seconds: nothing of ours waits for a reader for ever."""
    global _unread  # noqa: PLW0603 - it is the process that has one stderr
    if sys.platform == "win32":  # has no such question
        return True
    try:
        poll = select.poll()
        poll.register(target.fileno(), select.POLLOUT)
        _unread = not poll.poll(0 if _unread else READER_MILLISECONDS)
    except (OSError, ValueError, AttributeError):  # no real stream: it says so itself, or takes all
        return True
    return not _unread


class Host:
    """How ci-guard speaks where no CI server listens, and what the others begin with: it says nothing more.

    A module of this package that is named like a server in `detect` has a `Host` of its own. Whatever a host
    writes goes to stderr, since stdout is the command's. What it raises becomes a warning.
    """

    def __init__(self, environment: Mapping[str, str], *, shield: bool = True) -> None:
        """`shield`: whether the server must not take the command's output for commands to itself."""
        self.environment = environment
        self.shield = shield

    @property
    def verbose(self) -> bool:
        """Whether whoever started the job wants to see more."""
        return False

    def begin(self, number: int, allowed: int) -> None:
        """Attempt `number` of at most `allowed` starts; the cursor is at the beginning of a line.

        Before the first attempt nothing is to be written that a passing command would not need.
        """

    def end(self, number: int, *, at_line_start: bool) -> None:
        """The attempt has ended; `at_line_start`: the cursor is at the beginning of a line."""

    @property
    def late(self) -> "Callable[[], Sieve] | None":
        """Makes what each stream of a process goes through that outlives the command, and so `end`."""
        return None

    def closing_steps(self) -> Sequence[Callable[["RunSummary"], None]]:
        """What is to be done at the end of the run; none is left out because another one fails."""
        return ()


def heading(number: int, allowed: int) -> str:
    """The title of an attempt's part of the log."""
    return f"{PREFIX}attempt {number} of {allowed}"
