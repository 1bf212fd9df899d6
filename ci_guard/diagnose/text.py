"""From bytes to text: UTF-8, UTF-16 (PowerShell), the Windows code page; never fails."""

import codecs
from collections.abc import Sequence

from ci_guard.model.process import Capture

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE = 4096  # bytes that are looked at to recognise UTF-16
_UTF16_SHARE = 0.3  # of the bytes at one parity are NUL in UTF-16 text of a Western language
_CODE_PAGE = "cp1252"  # where a line is not UTF-8; the numbers that decide are ASCII in every code page
_LONGEST_CHARACTER = 4  # bytes of UTF-8
_CONTINUATION = range(0x80, 0xC0)


def decode(data: bytes) -> str:
    """The text of a log; bytes that mean nothing become U+FFFD."""
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    without_mark = _utf16_without_mark(data[:_SAMPLE])
    if without_mark is not None:
        return data.decode(without_mark, "replace")
    data = _whole_characters(data)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return "\n".join(_decode_line(line) for line in data.split(b"\n"))


def decode_captures(captures: Sequence[Capture]) -> str:
    """The text of all streams, one after the other, standard error last."""
    ordered = sorted(captures, key=lambda capture: capture.stream == "stderr")
    return "\n".join(text for text in map(_decode_capture, ordered) if text)


def _decode_capture(capture: Capture) -> str:
    if not capture.dropped:
        return decode(capture.head + capture.tail)
    tail = capture.tail
    encoding = wide_encoding(capture.head)
    if encoding is not None:
        odd = (len(capture.head) + capture.dropped) % 2
        return f"{decode(capture.head)}\n{tail[odd:].decode(encoding, 'replace')}"
    return f"{decode(capture.head)}\n{decode(tail)}"


def wide_encoding(start: bytes) -> str | None:
    """The UTF-16 that a log is in, told from how it starts; None for every other encoding."""
    for mark, encoding in _BYTE_ORDER_MARKS:
        if start.startswith(mark):
            return encoding if encoding.startswith("utf-16") else None
    return _utf16_without_mark(start[:_SAMPLE])


def _utf16_without_mark(sample: bytes) -> str | None:
    if b"\0" not in sample:
        return None
    half = max(len(sample) // 2, 1)
    if sample[1::2].count(0) > half * _UTF16_SHARE and not sample[0::2].count(0):
        return "utf-16-le"
    if sample[0::2].count(0) > half * _UTF16_SHARE and not sample[1::2].count(0):
        return "utf-16-be"
    return None


def _whole_characters(data: bytes) -> bytes:
    """Without the halves of characters that a bounded capture was cut through."""
    start = 0
    while start < min(_LONGEST_CHARACTER - 1, len(data)) and data[start] in _CONTINUATION:
        start += 1
    for back in range(1, min(_LONGEST_CHARACTER, len(data) - start) + 1):
        byte = data[-back]
        if byte >= 0xC0:  # a leading byte: the number of its high bits is the length of the character
            length = 2 + (byte >= 0xE0) + (byte >= 0xF0)
            return data[start:-back] if length > back else data[start:]
        if byte not in _CONTINUATION:
            break
    return data[start:]


def _decode_line(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode(_CODE_PAGE, "replace")
