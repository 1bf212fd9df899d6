"""Text that may stand in any report: decoded, without colours, every control character visible.

Knows characters only; what a secret looks like is `redact`'s.
"""

from ci_guard.expression import expression

KIB = 1024
HEAD_SHOWN = 8 * KIB  # bytes of each stream and attempt that a report shows
TAIL_SHOWN = 48 * KIB  # head and tail fit Jenkins' own cut of 2 x 50,000 characters of a failed case
UNSAFE_EDGE = 4 * KIB  # left out beside a cut if no line ends there

# CSI, then OSC (title, hyperlink) with either terminator, then the two-character escapes of ECMA-48
_ANSI = expression(
    r"\x1b\[[0-?]{0,64}[ -/]{0,8}[@-~]"
    r"|\x1b\][^\x07\x1b\n]{0,2048}(?:\x07|\x1b\\)"
    r"|\x1b[()][0-9A-Z]|\x1b[@-Z\\^_=>78c]"
)
# all that XML 1.0 forbids (section 2.2), the C1 controls and DEL, and CR, which XML readers turn into LF
_INVISIBLE = expression("[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LINE_END = expression(rb"[\r\n]")


def strip_ansi(text: str) -> str:
    """The text without terminal escape sequences."""
    return _ANSI.sub("", text) if "\x1b" in text else text


def make_visible(text: str) -> str:
    """The text with each character that a report cannot hold written as pytest does it: `#x1B`."""
    return _INVISIBLE.sub(lambda found: f"#x{ord(found[0]):02X}", text)


def settle_lines(text: str) -> str:
    """The text as a terminal would leave it: of a line that was redrawn (`\\r`) only the last state stays."""
    if "\r" not in text:
        return text
    return "\n".join(_last_state(line) for line in text.replace("\r\n", "\n").split("\n"))


def _last_state(line: str) -> str:
    states = [state for state in line.split("\r") if state.strip()]
    return states[-1] if states else ""


def decode(data: bytes) -> str:
    """Output of a program as text; bytes that are not UTF-8 appear as `\\x84`."""
    return settle_lines(strip_ansi(data.decode("utf-8", errors="backslashreplace")))


def cut_ends(head: bytes, tail: bytes, dropped: int) -> tuple[bytes, bytes, int]:
    """What a report shows of a stream: its ends, whole lines only, and how many bytes are left out between.

    Whole lines, because a cut through a secret would leave a half that no pattern knows.
    """
    total = len(head) + len(tail) + dropped
    if not dropped:
        whole = head + tail
        if total <= HEAD_SHOWN + TAIL_SHOWN:
            return whole, b"", 0
        head = tail = whole
    head, tail = _end_at_line(head[:HEAD_SHOWN]), _begin_at_line(tail[-TAIL_SHOWN:])
    return head, tail, total - len(head) - len(tail)


def _end_at_line(data: bytes) -> bytes:
    ends = [found.end() for found in _LINE_END.finditer(data)]
    return data[: ends[-1]] if ends else data[:-UNSAFE_EDGE]


def _begin_at_line(data: bytes) -> bytes:
    found = _LINE_END.search(data)
    return data[found.end() :] if found else data[UNSAFE_EDGE:]


def shorten(text: str, limit: int) -> str:
    """The text on one line, at most `limit` characters."""
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
