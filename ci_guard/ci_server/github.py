"""GitHub Actions: workflow commands, job summary, outputs.

docs.github.com/actions/reference/workflows-and-actions/workflow-commands; what the runner does with them:
actions/runner, ActionCommand.cs, ActionCommandManager.cs, FileCommandManager.cs. It reads stderr as it reads
stdout. Where the two are one pipe, as in our own action, the shield is exact; of two pipes it may read the
last lines in another order.
"""

import os
from collections.abc import Callable, Sequence

from ci_guard.ci_server.plain import Host as PlainHost
from ci_guard.ci_server.plain import defuse, heading, write
from ci_guard.ci_server.run_summary import RunSummary
from ci_guard.process.sieve import Sieve
from ci_guard.random_name import random_word

TOKEN_BYTES = 16
MESSAGE_LIMIT = 4000  # characters; the runner cuts at 4096 (ExecutionContext.cs)
TITLE_LIMIT = 200  # characters; the checks API takes 255
SUMMARY_LIMIT = 1024 * 1024  # bytes; of more the runner drops all, also what others have written
_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})  # ActionCommand.cs
_PROPERTY = _DATA | str.maketrans({":": "%3A", ",": "%2C"})


class Host(PlainHost):
    """A shield around each attempt, a group for each further one; an annotation, a summary, outputs.

    The shield: text in the command's output is no command to the runner, so that a failed attempt that is
    recovered leaves no error behind, and nothing breaks our groups. It must be there before the first word,
    hence also around a first attempt that passes. Problem matchers work behind it. What a process prints that
    outlives the attempt is made harmless word by word (`late`).
    """

    _token = ""

    @property
    def verbose(self) -> bool:
        """In a run that somebody started again with debug logging."""
        return self.environment.get("RUNNER_DEBUG") == "1"

    def begin(self, number: int, allowed: int) -> None:
        if number > 1:
            write(f"::group::{escape_data(heading(number, allowed))}\n")
        if self.shield:
            self._token = random_word(TOKEN_BYTES)
            write(f"::stop-commands::{self._token}\n")

    def end(self, number: int, *, at_line_start: bool) -> None:
        lines = [f"::{self._token}::\n"] if self._token else []
        if number > 1:
            lines.append("::endgroup::\n")
        if lines and not at_line_start:
            lines.insert(0, "\n")  # a command that does not begin its line is none
        self._token = ""
        write("".join(lines))

    @property
    def late(self) -> Callable[[], Sieve] | None:
        """No shield can be left up for it: whatever else the step does would stand behind it, too."""
        return _late_output if self.shield else None

    def closing_steps(self) -> Sequence[Callable[[RunSummary], None]]:
        return (self._annotate, self._summarise, self._set_outputs)

    def _annotate(self, summary: RunSummary) -> None:
        """One for the step: the runner shows ten of a step and fifty of a job."""
        if summary.level is not None:
            title = escape_property(summary.title[:TITLE_LIMIT])
            message = escape_data(defuse("\n".join(summary.lines))[:MESSAGE_LIMIT])
            write(f"::{summary.level} title={title}::{message}\n")

    def _summarise(self, summary: RunSummary) -> None:
        path = self.environment.get("GITHUB_STEP_SUMMARY")
        if path and summary.summary:
            _append(path, f"\n{summary.summary}\n", limit=SUMMARY_LIMIT)

    def _set_outputs(self, summary: RunSummary) -> None:
        path = self.environment.get("GITHUB_OUTPUT")
        if path:
            outputs = {
                "outcome": summary.outcome.value,
                "attempts": str(summary.attempts),
                "category": summary.category.value if summary.category is not None else "",
                "recovered": str(summary.recovered).lower(),
                "report": summary.report,
            }
            _append(path, "".join(map(_assign, outputs, outputs.values())))


def _late_output() -> Sieve:
    from ci_guard.ci_server.late_output import LateOutput  # few steps leave something behind

    return LateOutput()


def escape_data(text: str) -> str:
    """The text as the data of a workflow command."""
    return text.translate(_DATA)


def escape_property(text: str) -> str:
    """The text as the value of a property of a workflow command."""
    return text.translate(_PROPERTY)


def _assign(name: str, value: str) -> str:
    delimiter = f"ci_guard_{random_word(TOKEN_BYTES)}"
    return f"{name}<<{delimiter}\n{value}\n{delimiter}\n"


def _append(path: str, text: str, limit: int | None = None) -> None:
    """Add to one of the runner's files, in UTF-8, beginning a line. Raises OSError, also over the limit."""
    from ci_guard.machine.held import open_patiently  # only where something is told

    content = text.encode("utf-8", "backslashreplace")
    with open_patiently(path, "a+b") as file:
        size = file.seek(0, os.SEEK_END)
        if size:
            file.seek(size - 1)
            content = content if file.read(1) == b"\n" else b"\n" + content
        if limit is not None and size + len(content) > limit:
            raise OSError(f"the summary of the step is full: {size} of {limit} bytes")
        file.write(content)
