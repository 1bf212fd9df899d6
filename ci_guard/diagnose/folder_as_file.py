"""Windows refuses to open a folder as it refuses a file without rights: `Permission denied`, and no lock.

What was to be read is a folder by its looks; what was to be written, by a name that only folders have.
"""

import ntpath

from ci_guard.diagnose.reading import Reading
from ci_guard.expression import expression
from ci_guard.model.history import Code, Namespace

_DENIED = frozenset(
    {Code(Namespace.WIN32, 5), Code(Namespace.ERRNO, 13), Code(Namespace.ERRNO, 1)}
    | {Code(Namespace.LIBUV, -4048)}
)
_FOLDER = expression(r"[\\/](?:[\w ~%@+-]{1,80}|\.{1,2})[\\/]?$")
_MAY_BE_FILE = expression(r"[\\/][A-Z][A-Z_-]{2,30}$|[\\/][A-Z][a-z]{1,20}file$")  # LICENSE, Makefile
_READ_HERE = expression(  # of what was to be read, by the words of who read it
    r"\bld(?:\.exe)?: cannot find |\bfor reading\b|@ (?:rb_sysopen|io_fread) - "
    r"|\b(?:cc1(?:plus|obj)?|gcc|g\+\+|cpp|clang(?:\+\+)?|windres)(?:-\d+)?(?:\.exe)?: "
    r"(?:fatal )?error: (?!can)"
    r"|java\.io\.FileNotFoundException:? "
    r"|\b(?:file_get_contents|readfile|parse_ini_file|include(?:_once)?|require(?:_once)?|md5_file)\("
)
_OPENED_BY_JAVA = expression(r"[\\/][\w ~%@+-]{1,80} \([^()\n]{4,200}\)$")  # by `FileInputStream`
_EXEC = frozenset({"exec", "fork/exec", "start", "execute", "spawn"})
_AS_GIVEN = frozenset({"java", "dotnet", "go"})  # who print the file that they start as they were given it
_READ_ABOVE = expression(  # by Python, which marks the call since 3.11
    r"\bopen\((?:src|\w{1,30}), ?['\"]rb?['\"]\)[^\n]{0,40}\n(?:[ ^~]{1,200}\n)?[^\n]{0,300}$"
)
_WRITTEN_BELOW = expression(r"\b(?:FileOutputStream|RandomAccessFile|FileWriter)\b")
_READ_BELOW = expression(  # by .NET
    r"\bFile\.(?:OpenRead|OpenText|ReadAll\w{4,6}|ReadLines|Copy)\(|\bStreamReader\.\.ctor\("
)
_BEFORE, _BELOW, _STACK = 400, 400, 900  # characters
_NAMED_AS_FOLDER = expression(  # nobody writes a file of such a name
    r"(?i)[\\/](?:bin|lib|dist|build|target|out|output|cache|logs?|te?mp|src|public|uploads?|storage|vendor|docs?"
    r"|reports?|assets|images|files|static|release|debug|tests?|packages?|artifacts?|\.git|node_modules)[\\/]?$"
)
# by Node: never granted of a folder, as `unlink` is of a link
_OF_FILES_ALONE = frozenset({"copyfile", "read"})
_KNOWN_FOLDER = expression(  # a package of npm, and what its tools build into
    r"(?i)[\\/](?:node_modules(?:[\\/]@[\w.-]{1,80})?(?:[\\/](?!\.)[\w-]{1,80})?"
    r"|\.(?:next|nuxt|output|svelte-kit|angular|parcel-cache|turbo|nx|yarn|git))$"
)
_DENIED_IN_WORDS = expression(r"\bdenied\b")  # .NET's sentence, without a number
_WRITTEN_HERE = expression(r"\b(?:file_put_contents|fopen)\(")
_UNLINKED_HERE = expression(  # as only files and links are
    r"\bunlink\(|, unlink '|@ apply2files - |\b(?:delet|remov)\w{1,3} (?:the )?file\b"
)
_UNLINKED_ABOVE = expression(r"\b(?:os|fs)\.(?:remove|unlink)(?:Sync)?\([^\n]{0,120}\n[^\n]{0,300}$")
_MAY_BE_LINK = expression(r"(?i)[\\/](?:node_modules|packages?|\.git)[\\/]?$")
_WRITTEN_BESIDE = expression(
    r"\bFile\.Delete\(|\bFile\.(?:Create|Copy|Open(?:Write)?|WriteAll\w{3,6}|AppendAll\w{4,6})\(|\bFileStream\.\.ctor\("
    r"|\bFileStreamHelpers?\b|\b(?:FileOutputStream|RandomAccessFile|FileWriter)\b|\bStreamWriter\.\.ctor\("
)


def is_folder_started(path: str | None, code: Code | None, operation: str | None, family: str) -> bool:
    """Whether what was to be started is a folder: a program of Windows bears an ending.

    Cargo prints its build scripts without theirs.
    """
    if path is None or operation not in _EXEC or code != Code(Namespace.WIN32, 5) or family not in _AS_GIVEN:
        return False
    return ntpath.isabs(path) and _FOLDER.search(path) is not None


def is_folder_handled(path: str | None, code: Code | None, operation: str | None) -> bool:
    """Whether Node was to do with a folder what can be done with files only."""
    if path is None or operation not in _OF_FILES_ALONE or code != Code(Namespace.LIBUV, -4048):
        return False
    return _KNOWN_FOLDER.search(path) is not None


def is_folder_read(path: str | None, code: Code | None, reading: Reading, start: int, end: int) -> bool:
    """Whether the refused path looks like a folder, and was to be read or written as a file."""
    if path is None or not _FOLDER.search(path) or _MAY_BE_FILE.search(path):
        return False
    low, high = reading.extent(reading.index(start))[0], reading.extent(reading.index(max(end - 1, start)))[1]
    if code not in _DENIED and (code is not None or not _DENIED_IN_WORDS.search(reading.text, start, end)):
        return False
    if _NAMED_AS_FOLDER.search(path) and (
        _WRITTEN_HERE.search(reading.text, low, high)
        or _is_unlinked(path, reading, low, start, high)
        or _WRITTEN_BESIDE.search(reading.text, low, high + _BELOW)
    ):
        return True
    by_java = _OPENED_BY_JAVA.search(reading.text[max(start, low) : end]) is not None
    if by_java or _READ_HERE.search(reading.text, low, high):
        return not _WRITTEN_BELOW.search(reading.text, high, high + _BELOW)
    return (
        _READ_ABOVE.search(reading.text[max(low - _BEFORE, 0) : end]) is not None
        or _READ_BELOW.search(reading.text, high, high + _STACK) is not None
    )


def _is_unlinked(path: str, reading: Reading, low: int, start: int, high: int) -> bool:
    if _MAY_BE_LINK.search(path):
        return False
    above = reading.text[max(low - _BEFORE, 0) : start]
    return bool(_UNLINKED_HERE.search(reading.text, low, high) or _UNLINKED_ABOVE.search(above))
