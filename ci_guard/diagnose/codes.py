"""Turns a number, a symbolic name or the system's own words into a meaning.

What they mean is data (`CodeMeaning`); here is only how the lists are folded into each other: an HRESULT
holds a Win32 number, libuv's and Node's numbers are negative, an exit status has a sign or not.
"""

import re
from collections.abc import Sequence

from ci_guard.expression import expression
from ci_guard.model.category import System
from ci_guard.model.history import Code, Namespace
from ci_guard.model.knowledge import CodeMeaning

MISSING = frozenset(
    {
        Code(Namespace.WIN32, 2),
        Code(Namespace.WIN32, 3),
        Code(Namespace.ERRNO, 2),
        Code(Namespace.LIBUV, -4058),
    }
)
WORD = 1 << 32  # exit statuses and HRESULTs are 32 bits, printed as signed or unsigned
_FACILITY = 0xFFFF0000
_WIN32_FACILITY = 0x80070000  # winerror.h: HRESULT_FROM_WIN32
FIRST_HRESULT = 0x80000000  # a failure
_FIRST_NTSTATUS_ERROR = 0xC0000000
# without the `0x`; decimal it would have ten digits
_BARE_HRESULT = expression(r"80(?:07|09|0[Bb]|19)[0-9A-Fa-f]{4}")
_FULL_STOPS = " .:\u3002\uff0c"
_APR_WINDOWS = 720_000  # apr_errno.h: APR_OS_START_SYSERR
_LIBUV = range(-4096, -3000)  # numbers that libuv made up for Windows (uv/errno.h); else negative errnos

_WINDOWS_SIGNS = expression(
    r"(?<![A-Za-z])[A-Za-z]:(?:\\|/(?!/))|\\\\[?.]\\|\[(?:WinError|Error) \d|WindowsError"
    r"|[\w.>)-]\\+[\w.~<-]{2}|LNK\d{4}"
    r"|Should I try again\?|unlink old '[^'\n]{1,300}': (?:Invalid argument|Function not implemented)"
    r"|WinIOError|System\.IO\.IOException: Access to the path"  # elsewhere .NET has another name for it
    r"|\b[A-Z][a-z]{2,12}-[A-Z]\w{2,40} : "  # Windows PowerShell; elsewhere there is no space
    r"|\bNt[A-Z]\w{3,40}\(\)|sun\.nio\.fs\.Windows|(?:^|[\s'\"`])/[c-e]/\w"  # Git Bash
    r"|/(?:usr|mingw\d\d|ucrt64|clang64)/(?:s?bin|lib)/[\w./+-]{1,200}\.(?:exe|dll)\b|/cygdrive/[a-z]/"
)
_WINDOWS_NAMES = expression(  # which .NET and Git have elsewhere, too; and what Microsoft's compilers write
    r"(?<=[\w\"'`])\.(?:(?:exe|dll|pyd|cmd)\b"
    r"|(?:obj|pdb|ilk|lib|msi)(?:\.(?:rsp|d|tmp))?(?=[\s\"'`:;,)\]]|\.?$))",
    re.MULTILINE,
)
_POSIX_ROOTS = expression(r"(?:^|[\s'\"`(=\[])/[A-Za-z_.~][\w.@+-]*/")
_POSIX_SIGNS = expression(rf"{_POSIX_ROOTS.pattern}|/bin/|\.so\b")
# folders that MSYS, Git for Windows and URLs have as well
_EVERYWHERE = expression(
    r"/usr/(?:s?bin|lib)/[\w./+-]{1,200}\.(?:exe|dll)\b|/cygdrive/[a-z]/[\w./+-]*"
    r"|/(?:usr/)?bin/(?:tar|bash|sh|env|perl|find|gzip|unzip|ssh|make)\b|/(?:tmp|dev|mingw\d\d|[a-z])/[\w./+-]*"
    r"|(?<![\w/])//[\w.:/-]+|/[sqnm]{1,2}\b"
)
_MACOS_SIGNS = expression(
    r"/Users/\w|/Volumes/\w|/private/(?:var|tmp)/|/opt/homebrew/|/Library/\w|\bhdiutil\b|-apple-darwin"
    r"|\bmacos\b|Homebrew"
)
# what Windows says beside its numbers, in programs that print no path
_WINDOWS_WORDS = expression(r"\bAccess is denied\.|The process cannot access the file")
_POSIX_WORDS = expression(r"Permission denied \(os error|Operation not permitted")
# what the C libraries of Linux and macOS say; Windows says something else beside each number of Rust's
_C_LIBRARY = expression(
    r"\b(?:Permission denied|Operation not permitted|(?:Device or r|R)esource (?:busy|temporarily "
    r"unavailable)|Text file busy"
    r"|Input/output error|I/O error|(?:Operation )?[Nn]ot supported|No such file or directory"
    r"|Read-only file system|No space left on device|Directory not empty|Is a directory|Not a directory"
    r"|File exists|Invalid argument|Invalid cross-device link|Cross-device link|Too many open files"
    r"|File name too long|Function not implemented|Stale (?:NFS )?file handle|Broken pipe|Bad file descriptor"
    r"|No such device(?: or address)?|Cannot allocate memory|Argument list too long|Too many links"
    r"|Too many levels of symbolic links|Disk quota exceeded|Protocol error|Exec format error"
    r"|Interrupted system call|Connection (?:refused|reset by peer|timed out)|Network is unreachable"
    r"|No route to host|Address already in use) \(os error|\bcode: 32, kind: BrokenPipe\b"
)


def system_of(text: str, fallback: System | None, *, words: bool = True) -> System | None:
    """The system whose tool wrote a text; the fallback where the text shows nothing.

    `words`: whether, without a path, the words of the C library count, which some tools also use on Windows.
    """
    if _C_LIBRARY.search(text):
        return _posix(text, fallback)
    windows = _WINDOWS_SIGNS.search(text) is not None
    posix = _POSIX_SIGNS.search(text) is not None
    if windows and posix:
        posix = _POSIX_ROOTS.search(_EVERYWHERE.sub(" ", text)) is not None
    if not windows and not posix:
        windows = _WINDOWS_NAMES.search(text) is not None
    if words and not windows and not posix:
        windows = _WINDOWS_WORDS.search(text) is not None
    if words and not windows and not posix:
        posix = _POSIX_WORDS.search(text) is not None
    if not windows and not posix and _MACOS_SIGNS.search(text):
        posix = True
    if windows and not posix:
        return System.WINDOWS
    return _posix(text, fallback) if posix and not windows else fallback


def _posix(text: str, fallback: System | None) -> System:
    if fallback in (System.LINUX, System.MACOS):
        return fallback
    return System.MACOS if _MACOS_SIGNS.search(text) else System.LINUX


def by_number(
    namespace: Namespace, written: str, system: System | None, codes: Sequence[CodeMeaning]
) -> tuple[Code, CodeMeaning | None]:
    """The meaning of a number as it was printed. Raises `ValueError` if it is none."""
    bare = namespace is Namespace.HRESULT and _BARE_HRESULT.fullmatch(written) is not None
    number = int(written, 16 if bare or written.lower().startswith("0x") else 10)
    namespace, number = _fold(namespace, number)
    code = Code(namespace, number)
    for meaning in codes:
        if (meaning.namespace, meaning.number) == (namespace, number) and _fits(meaning, system):
            return code, meaning
    if (
        system is None and namespace is Namespace.WIN32
    ):  # Rust prints the number of whatever system it runs on
        return by_number(Namespace.ERRNO, written, System.LINUX, codes)
    return code, None


def by_symbol(
    namespace: Namespace, symbol: str, system: System | None, codes: Sequence[CodeMeaning]
) -> CodeMeaning | None:
    """The meaning of a name (`EPERM`) or of the system's words, whole or as their beginning."""
    words = " ".join(symbol.split()).rstrip(_FULL_STOPS)
    namespaces = (
        (namespace, Namespace.WIN32) if namespace is Namespace.ERRNO else (namespace, Namespace.ERRNO)
    )
    for wanted in dict.fromkeys(namespaces):
        for meaning in codes:
            if meaning.namespace == wanted and _fits(meaning, system) and _says(meaning, words):
                return meaning
    return None


def _says(meaning: CodeMeaning, words: str) -> bool:
    return words.upper() == meaning.name or any(text.rstrip(_FULL_STOPS) in words for text in meaning.texts)


def _fits(meaning: CodeMeaning, system: System | None) -> bool:
    return not meaning.systems or system is None or system in meaning.systems


def _fold(namespace: Namespace, number: int) -> tuple[Namespace, int]:
    """Which list the number is from, and its value there."""
    if namespace is Namespace.APR:
        return Namespace.WIN32, number - _APR_WINDOWS
    unsigned = number % WORD if number < 0 else number
    if namespace is not Namespace.NTSTATUS and unsigned & _FACILITY == _WIN32_FACILITY:
        return Namespace.WIN32, unsigned & ~_FACILITY
    if namespace in (Namespace.NTSTATUS, Namespace.HRESULT):
        return namespace, unsigned
    if namespace in (Namespace.LIBUV, Namespace.EXIT) and number >= WORD + _LIBUV.start:
        number -= WORD
    if namespace in (Namespace.LIBUV, Namespace.ERRNO, Namespace.EXIT) and number in _LIBUV:
        return Namespace.LIBUV, number
    if namespace is Namespace.LIBUV:
        return Namespace.ERRNO, abs(number)
    if namespace is Namespace.EXIT and FIRST_HRESULT <= unsigned < _FIRST_NTSTATUS_ERROR:
        return Namespace.HRESULT, unsigned
    return namespace, number
