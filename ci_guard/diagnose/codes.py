"""Turns a number, a symbolic name or the system's own words into a meaning.

What they mean is data (`CodeMeaning`); here is only how the lists are folded into each other: an HRESULT
holds a Win32 number, libuv's and Node's numbers are negative, an exit status has a sign or not.
"""

import re
from collections.abc import Sequence

from ci_guard.model.category import System
from ci_guard.model.history import Code
from ci_guard.model.knowledge import CodeMeaning

MISSING = frozenset({Code("win32", 2), Code("win32", 3), Code("errno", 2), Code("libuv", -4058)})
WORD = 1 << 32  # exit statuses and HRESULTs are 32 bits, printed as signed or unsigned
_FACILITY = 0xFFFF0000
_WIN32_FACILITY = 0x80070000  # winerror.h: HRESULT_FROM_WIN32
_FIRST_HRESULT = 0x80000000  # a failure
_FIRST_NTSTATUS_ERROR = 0xC0000000
_FULL_STOPS = " .:\u3002\uff0c"
_LIBUV = range(-4096, -3000)  # numbers that libuv made up for Windows (uv/errno.h); else negative errnos

_WINDOWS_SIGNS = re.compile(
    r"(?<![A-Za-z])[A-Za-z]:(?:\\|/(?!/))|\\\\[?.]\\|\[(?:WinError|Error) \d|WindowsError"
    r"|[\w.>)-]\\+[\w.~<-]{2}|(?<=[\w\"'`])\.(?:exe|dll|pyd|cmd)\b|LNK\d{4}"
    r"|\bNt[A-Z]\w{3,40}\(\)|sun\.nio\.fs\.Windows|(?:^|[\s'\"`])/[c-e]/\w"  # Git Bash
)
_POSIX_SIGNS = re.compile(r"(?:^|[\s'\"`(=\[])/[A-Za-z_.~][\w.@+-]*/|/bin/|\.so\b")
_POSIX_WORDS = re.compile(r"Permission denied \(os error|Operation not permitted")


def system_of(text: str, fallback: System | None, *, words: bool = True) -> System | None:
    """The system whose tool wrote a text; the fallback where the text shows nothing.

    `words`: whether, without a path, the words of the C library count, which some tools also use on Windows.
    """
    windows = _WINDOWS_SIGNS.search(text) is not None
    posix = _POSIX_SIGNS.search(text) is not None
    if words and not windows and not posix:
        posix = _POSIX_WORDS.search(text) is not None
    if windows and not posix:
        return System.WINDOWS
    if posix and not windows:
        return fallback if fallback in (System.LINUX, System.MACOS) else System.LINUX
    return fallback


def by_number(
    namespace: str, written: str, system: System | None, codes: Sequence[CodeMeaning]
) -> tuple[Code, CodeMeaning | None]:
    """The meaning of a number as it was printed. Raises `ValueError` if it is none."""
    number = int(written, 16 if written.lower().startswith("0x") else 10)
    namespace, number = _fold(namespace, number)
    code = Code(namespace, number)
    for meaning in codes:
        if (meaning.namespace, meaning.number) == (namespace, number) and _fits(meaning, system):
            return code, meaning
    if system is None and namespace == "win32":  # Rust prints the number of whatever system it runs on
        return by_number("errno", written, System.LINUX, codes)
    return code, None


def by_symbol(
    namespace: str, symbol: str, system: System | None, codes: Sequence[CodeMeaning]
) -> CodeMeaning | None:
    """The meaning of a name (`EPERM`) or of the system's words, whole or as their beginning."""
    words = " ".join(symbol.split()).rstrip(_FULL_STOPS)
    namespaces = (namespace, "win32") if namespace == "errno" else (namespace, "errno")
    for wanted in dict.fromkeys(namespaces):
        for meaning in codes:
            if meaning.namespace == wanted and _fits(meaning, system) and _says(meaning, words):
                return meaning
    return None


def _says(meaning: CodeMeaning, words: str) -> bool:
    return words == meaning.name or any(text.rstrip(_FULL_STOPS) in words for text in meaning.texts)


def _fits(meaning: CodeMeaning, system: System | None) -> bool:
    return not meaning.systems or system is None or system in meaning.systems


def _fold(namespace: str, number: int) -> tuple[str, int]:
    """Which list the number is from, and its value there."""
    unsigned = number % WORD if number < 0 else number
    if namespace != "ntstatus" and unsigned & _FACILITY == _WIN32_FACILITY:
        return "win32", unsigned & ~_FACILITY
    if namespace in ("ntstatus", "hresult"):
        return namespace, unsigned
    if namespace in ("libuv", "exit") and number >= WORD + _LIBUV.start:
        number -= WORD
    if namespace in ("libuv", "errno", "exit") and number in _LIBUV:
        return "libuv", number
    if namespace == "libuv":
        return "errno", abs(number)
    if namespace == "exit" and _FIRST_HRESULT <= unsigned < _FIRST_NTSTATUS_ERROR:
        return "hresult", unsigned
    return namespace, number
