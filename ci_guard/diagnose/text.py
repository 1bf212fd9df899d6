"""From bytes to text: UTF-8, UTF-16 (PowerShell), the code pages of Windows; never fails."""

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
_LAST_RESORT = "cp1252"  # where no code page is known; the numbers that decide are ASCII in every one
_LONGEST_CHARACTER = 4  # bytes of UTF-8
_CONTINUATION = range(0x80, 0xC0)


def decode(data: bytes, code_pages: Sequence[str] = ()) -> str:
    """The text of a log; bytes that mean nothing become U+FFFD.

    `code_pages`: Python's names of what the machine's tools write beside Unicode: on Windows its OEM and its
    ANSI code page.
    """
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
        return "\n".join(_decode_line(line, code_pages) for line in data.split(b"\n"))


def decode_captures(captures: Sequence[Capture], code_pages: Sequence[str] = ()) -> str:
    """The text of all streams, one after the other, standard error last. `code_pages`: as for `decode`."""
    ordered = sorted(captures, key=lambda capture: capture.stream == "stderr")
    texts = (_decode_capture(capture, code_pages) for capture in ordered)
    return "\n".join(text for text in texts if text)


def _decode_capture(capture: Capture, code_pages: Sequence[str]) -> str:
    if not capture.dropped:
        return decode(capture.head + capture.tail, code_pages)
    tail = capture.tail
    encoding = wide_encoding(capture.head)
    if encoding is not None:
        odd = (len(capture.head) + capture.dropped) % 2
        return f"{decode(capture.head)}\n{tail[odd:].decode(encoding, 'replace')}"
    return f"{decode(capture.head, code_pages)}\n{decode(tail, code_pages)}"


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


def _decode_line(line: bytes, code_pages: Sequence[str]) -> str:
    """The line in the encoding that makes the most of its bytes words; of equals, the first."""
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        readings = [text for page in code_pages if (text := _read(line, page)) is not None]
        return max(readings, key=_likeness) if readings else line.decode(_LAST_RESORT, "replace")


def _read(line: bytes, code_page: str) -> str | None:
    try:
        return line.decode(code_page)
    except (UnicodeDecodeError, LookupError):  # a code page that this Python does not know, as cp708
        return None


def _likeness(text: str) -> float:
    """How much a line looks like words: letters beyond ASCII, most of them small, and no other characters.

    A single-byte code page reads any bytes, but another page's letters as box drawings, signs or capitals.
    """
    beyond = [character for character in text if not character.isascii()]
    letters = sum(1.0 if each.islower() or not each.isupper() else 0.5 for each in beyond if each.isalpha())
    return letters - sum(not each.isalpha() for each in beyond)
