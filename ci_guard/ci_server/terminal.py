"""Our own lines at a terminal: coloured, and wrapped at words.

Imported only where a person looks, or asks for colour with FORCE_COLOR (https://force-color.org); NO_COLOR
(https://no-color.org) and `TERM=dumb` are for none. The prefix stays plain: by it a line of ours is known.
"""

import os
import shutil
import sys
import textwrap
from collections.abc import Iterator, Mapping

from ci_guard.annotation import TextIO
from ci_guard.expression import expression

NARROWEST = 40  # columns; below them a line is left to the terminal
_INDENT = "  "
_PLAIN = "\x1b[0m"
_STYLES = (
    (expression(r"error:|gave up|failed|timed out|aborted|not started"), "\x1b[31m"),  # red
    (expression(r"warning:|attempt \d+ of \d+ failed"), "\x1b[33m"),  # yellow
    (expression(r"hint:|note:"), "\x1b[36m"),  # cyan
    (expression(r"recovered|passed"), "\x1b[32m"),  # green
)
# terminals of Windows that understand escape sequences without being asked to first
_ON_WINDOWS = ("WT_SESSION", "ANSICON", "ConEmuANSI", "TERM", "TERM_PROGRAM")


def lines_for(line: str, prefix: str, stream: TextIO, environ: Mapping[str, str]) -> Iterator[str]:
    """What to write for one line, each with the prefix, without line ends."""
    parts = _wrapped(line, _width(stream) - len(prefix))
    colour = wants_colour(stream, environ)
    for number, part in enumerate(parts):
        yield prefix + (_coloured(part) if colour and not number else part)


def wants_colour(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether escape sequences are welcome on the stream."""
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR", "0").lower() not in ("", "0", "false"):
        return True
    if environ.get("TERM") == "dumb" or not stream.isatty():
        return False
    return sys.platform != "win32" or any(name in environ for name in _ON_WINDOWS)


def _width(stream: TextIO) -> int:
    if not stream.isatty():
        return sys.maxsize
    try:
        return os.get_terminal_size(stream.fileno()).columns or shutil.get_terminal_size().columns
    except (OSError, ValueError):
        return sys.maxsize


def _wrapped(line: str, width: int) -> list[str]:
    if len(line) <= width or width < NARROWEST:
        return [line]
    indent = line[: len(line) - len(line.lstrip())]
    return textwrap.wrap(
        line,
        width,
        subsequent_indent=indent + _INDENT,
        break_long_words=False,
        break_on_hyphens=False,
        drop_whitespace=True,
    )


def _coloured(line: str) -> str:
    for pattern, style in _STYLES:
        found = pattern.match(line)
        if found:
            return f"{style}{found[0]}{_PLAIN}{line[found.end() :]}"
    return line
