"""Messages that Symfony's console, as Composer's, cuts at the terminal's width, in the middle of a word.

It draws a message as a box of lines of one length with two blanks on each side; without a terminal the width
is 80. Source: symfony/console Application.php, `doRenderThrowable` and `splitStringByWidth`.
"""

MARK = ".php line "  # stands above each box
EDGE = "  "


def unboxed(text: str) -> str:
    """The text with each box as one line; as many lines as before, so that their numbers stay."""
    if MARK not in text:
        return text
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        end = _end(lines, at)
        if end - at > 1:
            joined = "".join(_clean(line)[len(EDGE) : -len(EDGE)] for line in lines[at:end])
            lines[at:end] = [EDGE + joined.rstrip(), *[""] * (end - at - 1)]
        at = max(end, at + 1)
    return "\n".join(lines)


def _end(lines: list[str], begin: int) -> int:
    """The first line after the box that begins at this one."""
    width = len(_clean(lines[begin]))
    end = begin
    while end < len(lines) and _inside(_clean(lines[end]), width):
        end += 1
    return end


def _inside(line: str, width: int) -> bool:
    whole = len(line) == width > 2 * len(EDGE)
    return whole and line.startswith(EDGE) and line.endswith(EDGE) and bool(line.strip())


def _clean(line: str) -> str:
    return line.removesuffix("\r")
