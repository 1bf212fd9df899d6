"""TeamCity: service messages (jetbrains.com/help/teamcity/service-messages.html).

The manual promises that they are read from standard output. That is the command's, so ours go to stderr as on
every host: where a runner keeps the two apart, let the step end in `2>&1`.
"""

from collections.abc import Callable, Sequence

from ci_guard.ci_server.plain import Host as PlainHost
from ci_guard.ci_server.plain import heading, write
from ci_guard.ci_server.run_summary import WARNING, RunSummary

MESSAGE_LIMIT = 4000  # characters; the reports have the rest
_ESCAPES = {"|": "||", "'": "|'", "\n": "|n", "\r": "|r", "[": "|[", "]": "|]"}


class Host(PlainHost):
    """A block for each further attempt, one message at the end.

    Never with the status ERROR: a build that passes may be told to fail by such a message.
    """

    _block = ""

    def begin(self, number: int, allowed: int) -> None:
        if number > 1:
            self._block = heading(number, allowed)
            write(message("blockOpened", name=self._block))

    def end(self, number: int, *, at_line_start: bool) -> None:
        if number > 1:
            write("" if at_line_start else "\n")
            write(message("blockClosed", name=self._block))

    def closing_steps(self) -> Sequence[Callable[[RunSummary], None]]:
        return (self._tell,)

    def _tell(self, summary: RunSummary) -> None:
        if summary.level is not None:
            text = "\n".join((summary.title, *summary.lines))[:MESSAGE_LIMIT]
            status = "WARNING" if summary.level == WARNING else "FAILURE"
            write(message("message", text=text, status=status))


def message(kind: str, /, **values: str) -> str:
    """A service message, a line of its own."""
    attributes = "".join(f" {key}='{escape(value)}'" for key, value in values.items())
    return f"##teamcity[{kind}{attributes}]\n"


def escape(text: str) -> str:
    """The text as a value of a service message; in ASCII, so that no code page can spoil it."""
    return "".join(_escape(character) for character in text)


def _escape(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isascii():
        return character
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"|0x{units[at : at + 2].hex().upper()}" for at in range(0, len(units), 2))
