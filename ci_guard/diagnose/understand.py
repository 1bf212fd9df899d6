"""From a match to what it says: the system that wrote it, its number, the file, and what these make of it."""

import re
from collections.abc import Sequence

from ci_guard.dataclass import replace
from ci_guard.diagnose.candidate import REMOVALS, Candidate, Lookup
from ci_guard.diagnose.codes import MISSING, by_number, by_symbol, system_of
from ci_guard.diagnose.folder_as_file import is_folder_handled, is_folder_read, is_folder_started
from ci_guard.diagnose.holders import category_by, holders_in
from ci_guard.diagnose.links import ADVICE as UNSUPPORTED_LINK
from ci_guard.diagnose.links import is_unsupported_link
from ci_guard.diagnose.naming import files_named, in_full, is_phrase, is_word, operation_named, own_path
from ci_guard.diagnose.no_file import came_from_no_file, is_registry_key, speaks_of_no_file
from ci_guard.diagnose.own_program import TEXT_BUSY, is_kept_by_itself, is_written_over, what_was_tried
from ci_guard.diagnose.paths import clean_path, is_fresh, leaves_drive, made_by_tool, place_of, too_long
from ci_guard.diagnose.read_only import read_only_object
from ci_guard.diagnose.reading import Reading
from ci_guard.diagnose.refused import refused
from ci_guard.diagnose.stood_in import is_stood_in
from ci_guard.diagnose.teardown import tears_down
from ci_guard.expression import expression
from ci_guard.model.category import Category, System
from ci_guard.model.history import Code, Namespace
from ci_guard.model.knowledge import CodeMeaning, Signature

_NEAR = 700  # characters around a match that tell which system wrote it
_ABOUT_A_FILE = frozenset({Category.ANTIVIRUS_LOCK, Category.PERMISSION, Category.FILE_IN_USE})
_BUSY = frozenset({Code(Namespace.ERRNO, 16)})
_DENIED = Code(Namespace.WIN32, 5)
_DOTNET, _MONO = "dotnet.", expression(r"\bNative error= ?$")  # who reads the words of .NET and Mono
_HELD = frozenset(
    {Code(Namespace.WIN32, 32), Code(Namespace.WIN32, 33), Code(Namespace.WIN32, 1224)}
)  # by somebody, whatever it is
_HELD_BY_STATUS = frozenset(
    Code(Namespace.NTSTATUS, number) for number in (0xC0000043, 0xC0000056, 0xC0000243)
)  # sharing, a delete that is pending, a section that is mapped
_NOT_EMPTY = Code(Namespace.WIN32, 145)  # of a folder that was emptied just now
_SURE = (
    _HELD | _HELD_BY_STATUS | _BUSY | {TEXT_BUSY, _NOT_EMPTY}
)  # no matter of rights, even where no file is named
_NEVER_RIGHTS = frozenset(
    {
        Code(Namespace.WIN32, 32),
        Code(Namespace.WIN32, 33),
        Code(Namespace.WIN32, 110),
        Code(Namespace.WIN32, 145),
        Code(Namespace.WIN32, 170),
    }
    | {
        Code(Namespace.WIN32, 1224),
        Code(Namespace.ERRNO, 16),
        Code(Namespace.ERRNO, 41),
        Code(Namespace.LIBUV, -4082),
        Code(Namespace.LIBUV, -4051),
    }
)
_WITHOUT_NUMBER = frozenset({Category.ANTIVIRUS_LOCK, Category.FILE_IN_USE, Category.CONFIGURATION})
_COPIES = frozenset({"copy", "copyfile", "copying", "cp", "link", "hardlink", "symlink", "clone", "create"})
_NEEDS_PRIVILEGE = ("symlink", Code(Namespace.LIBUV, -4048))  # libuv folds 1314 and 5 into one
_MAKES_A_FOLDER = "mkdir"  # whose name is made up: nobody holds what is not there yet
_ASKS_FOR_RIGHTS = "access"  # what asks whether a file may be written opens none
_HOLDS_FILES = frozenset({Code(Namespace.ERRNO, 39), Code(Namespace.ERRNO, 66)})  # ENOTEMPTY
_POSIX_ONLY = _BUSY | _HOLDS_FILES | {TEXT_BUSY}  # where the path does not tell the system
_TAKES_AWAY = REMOVALS | {"unlinkat", "rename", "move", "mv"}  # what nobody may do to a mount point
_BY_ITS_MAKER = REMOVALS | {"rename"}
_FOLDERS_AWAY = frozenset({"rmdir", "unlinkat", "removeall"})
_TAKEN_AWAY = expression(r"\brmdir\b|_rmdir\b|\brmtree\b")
# what a tool makes by itself is no mount point
_OF_A_TOOL = expression(
    r"^/var/lib/|/(?:node_modules|site-packages|dist-packages|\.?cache\w{0,8}|te?mp|\.?staging|_\w{1,20})/"
)
_SAID_TO_BE_HELD = expression(r"\bprogram is using\b")  # the tool's own words: no matter of rights
_ON_A_FILE = frozenset(  # verbs that mean no service or key
    {"rename", "remove", "copy", "write", "hardlink", "sign", "update-resource"}
)
_A_FILE = expression(
    r"\b(?:[Cc]reat|[Oo]pen|[Ll]ock|[Ww]rit)\w{0,4} (?:to )?(?:an? |the |new |temp(?:orary)? |output )*file"
    r" (?:for|of|to)\b|[Aa]ccess to the path"
)
_NO_FILE = expression(
    r"\b(?:[Ss]ervice|[Rr]egistry|[Kk]ey|[Pp]rocess|[Ss]hare|[Uu]ser|[Gg]roup|[Aa]ccount|[Pp]ipe|[Ss]ocket|[Pp]ort"
    r"|[Dd]atabase|[Tt]able|[Bb]ucket|[Rr]epository|[Ss]ecret|[Rr]ole|[Tt]ask|[Dd]river|[Rr]emote"
    r"|[Dd]eployment)\b|\b[A-Z][a-z]{2,12}-(?!Item\b|Content\b|File\b|Archive\b)[A-Z]\w{2,40} ?: "  # a cmdlet
)


def understand(
    signature: Signature, match: re.Match[str], reading: Reading, lookup: Lookup, whole: System | None
) -> Candidate | None:
    groups = {name: value for name, value in match.groupdict().items() if value}
    near = reading.text[max(match.start() - _NEAR, 0) : match.end() + _NEAR]
    line = _line(reading, match)
    system = _system((match[0], line, near), lookup.system, whole)
    if signature.systems and system is not None and system not in signature.systems:
        return None
    if "path" in groups and is_phrase(reading.text, *match.span("path")):
        return None  # `failed to remove user group: Access is denied.`
    code, meaning = _meaning(signature, groups, system, lookup.codes)
    category = signature.category or (meaning.category if meaning else None) or Category.UNKNOWN
    operation = signature.operation or groups.get("operation")
    path, target, nearby = groups.get("path"), groups.get("target"), False
    if path is not None and is_word(reading.text, *match.span("path")):
        path = None  # `failed to write to the output file: Permission denied`
    if path is not None:
        own = own_path(reading, path, *match.span("path"))
        path, target = own.path, target or own.target
    if path is None and (category in _ABOUT_A_FILE or code in _BUSY):
        named = files_named(reading, match.start(), match.end())
        path, target, nearby = named.path, named.target, named.nearby
        operation = operation or named.operation or operation_named(reading, match.start(), match.end())
    path, target = refused(path, target, operation, code)
    if path is not None:
        path = in_full(reading, path, match.start())
    cause = Candidate(
        signature,
        match.start(),
        match.end(),
        category,
        code,
        " ".join(operation.lower().split()) if operation else None,
        clean_path(path) if path else None,
        clean_path(target) if target else None,
        groups.get("package"),
        holders_in(groups.get("holder", "")),
        signature.ambiguous or bool(meaning and meaning.ambiguous and signature.category is None),
        nearby,
    )
    if (other := _of_no_file(cause, match.end(), near, line, reading)) is not None:
        return other
    return _refined(cause, path or match[0], line, system, lookup, reading)


def _of_no_file(cause: Candidate, end: int, near: str, line: str, reading: Reading) -> Candidate | None:
    """The same as missing rights, where it was hardly a file that was refused. `end`: of the match."""
    if cause.category is not Category.ANTIVIRUS_LOCK or cause.code in _SURE:
        return None
    if is_registry_key(cause.path, near) or came_from_no_file(reading, end):
        return replace(cause, category=Category.PERMISSION, path=None, ambiguous=False)
    if cause.path is None and _is_of_something_else(cause, line, reading):
        return replace(cause, category=Category.PERMISSION, ambiguous=True)  # of what, nobody knows
    return None


def _is_of_something_else(cause: Candidate, line: str, reading: Reading) -> bool:
    """Whether it was hardly a file that was refused: the system's bare words may be about anything."""
    vague = cause.signature.generic or cause.signature.namespace is Namespace.HRESULT
    if vague:  # anything may end with a number
        return not _is_about_a_file(cause, line)
    return (
        cause.code is not None
        and cause.signature.category is None
        and speaks_of_no_file(reading, cause.start)
    )


def _is_about_a_file(cause: Candidate, line: str) -> bool:
    """Whether it was a file that was refused, though nobody says which."""
    return (cause.operation in _ON_A_FILE and not _NO_FILE.search(line)) or bool(_A_FILE.search(line))


def _line(reading: Reading, match: re.Match[str]) -> str:
    start, end = reading.extent(reading.index(max(match.end() - 1, match.start())))
    return reading.text[start:end]


def _refined(
    cause: Candidate, written: str, line: str, system: System | None, lookup: Lookup, reading: Reading
) -> Candidate:
    """What the holder of the file, and the path itself, make of the number."""
    category = category_by(cause.holders, cause.category, lookup.products)
    if category is not cause.category:
        return replace(cause, category=category, ambiguous=False)
    if system is System.WINDOWS and _may_be_too_long(cause) and (path := too_long(cause.path, line)):
        return replace(cause, category=Category.PATH_TOO_LONG, path=path, ambiguous=False)
    if system is None and cause.code in _POSIX_ONLY:
        system = System.LINUX
    if is_unsupported_link(cause, system, reading):
        return replace(cause, category=Category.CONFIGURATION, ambiguous=False, advice=(UNSUPPORTED_LINK,))
    if system is None or (category is not Category.ANTIVIRUS_LOCK and cause.code not in _BUSY):
        return cause
    return _placed(cause, written, system, lookup, reading)


def _placed(cause: Candidate, written: str, system: System, lookup: Lookup, reading: Reading) -> Candidate:
    """What looks like a lock, where the path or the operation explains it otherwise."""
    if system is not System.WINDOWS and (category := _on_posix(cause, system, reading)) is not None:
        return replace(cause, category=category)
    tried = what_was_tried(cause, reading)
    own = place_of(written, tried, lookup.places, system)
    if own is not None and own.category is Category.FILE_IN_USE:
        return replace(cause, category=own.category, ambiguous=False, advice=own.advice)
    if system is System.WINDOWS and (
        is_kept_by_itself(cause, lookup, reading)
        or is_stood_in(cause, tried, reading)
        or tears_down(cause, reading)
    ):
        return replace(cause, category=Category.FILE_IN_USE)
    if (refused_for_good := _never_granted(cause, system, tried, reading)) is not None:
        return refused_for_good
    if cause.operation == _ASKS_FOR_RIGHTS or (cause.operation == _MAKES_A_FOLDER and is_fresh(cause.path)):
        return replace(cause, category=Category.PERMISSION, ambiguous=True)
    if system is System.WINDOWS and (
        cause.code in _NEVER_RIGHTS or _SAID_TO_BE_HELD.search(reading.text, cause.start, cause.end)
    ):
        return cause
    if own is None and (
        is_folder_started(cause.path, cause.code, tried, cause.signature.id.partition(".")[0])
        or is_folder_handled(cause.path, cause.code, cause.operation)
        or is_folder_read(cause.path, cause.code, reading, cause.start, cause.end)
    ):
        return replace(cause, category=Category.CONFIGURATION, ambiguous=False)
    if cause.operation in _BY_ITS_MAKER and made_by_tool(cause.path, cause.target):
        return cause  # who could make it there may also rename and remove it
    mounted = cause.code in _BUSY or system is System.WINDOWS  # where the file itself is refused otherwise
    if own is not None and (own.category is not Category.CONFIGURATION or mounted):
        return replace(cause, category=own.category, ambiguous=not own.certain)
    return cause


def _never_granted(cause: Candidate, system: System, tried: str | None, reading: Reading) -> Candidate | None:
    """The same as what no waiting makes possible, whichever file it is tried on; None if it may be."""
    if (cause.operation, cause.code) == _NEEDS_PRIVILEGE:
        return replace(cause, category=Category.PERMISSION, ambiguous=False)
    if system is not System.WINDOWS:
        return None
    # the system's rename leaves no drive, and what is not told why was hardly a lock there
    if tried not in _COPIES and leaves_drive(cause.path, cause.target, file=cause.code is None):
        return replace(cause, category=Category.CONFIGURATION, ambiguous=False)
    return read_only_object(cause, reading)


def _on_posix(cause: Candidate, system: System, reading: Reading) -> Category | None:
    """What no waiting ends, in systems that let everybody take away an open file."""
    if cause.code in _HELD:
        return Category.FILE_IN_USE  # .NET's own locks, which only .NET respects
    line = reading.extent(reading.index(cause.start))[0]
    if cause.code == _DENIED and (
        cause.signature.id.startswith(_DOTNET) or _MONO.search(reading.text, line, cause.start)
    ):
        return Category.PERMISSION  # Mono says EACCES in the words of Windows
    if is_written_over(cause, reading):
        return Category.FILE_IN_USE
    if cause.code in _HOLDS_FILES and (cause.operation == "rename" or (cause.path or "").startswith("/")):
        return Category.CONFIGURATION  # a scanner makes no files in it, and a folder in the way stays there
    return Category.CONFIGURATION if system is System.LINUX and _is_mounted(cause, reading) else None


def _is_mounted(cause: Candidate, reading: Reading) -> bool:
    """Linux keeps nobody from taking a file away but for what is mounted there."""
    if cause.path is None or not cause.path.startswith("/") or cause.code not in _BUSY:
        return False
    if cause.signature.generic and cause.operation in _TAKES_AWAY:
        return True
    if _OF_A_TOOL.search(cause.path):
        return False
    tried = cause.operation or what_was_tried(cause, reading)
    near = reading.text[max(cause.start - _NEAR, 0) : cause.end + _NEAR]
    return (tried in _FOLDERS_AWAY) or (tried in (None, "remove") and bool(_TAKEN_AWAY.search(near)))


def _may_be_too_long(cause: Candidate) -> bool:
    """A file that is "not there", or a folder that "cannot be deleted" without a number that says why."""
    missing = cause.code in MISSING and cause.category in (Category.CONFIGURATION, Category.ANTIVIRUS_BLOCK)
    return missing or (cause.code is None and cause.category in _WITHOUT_NUMBER)


def _system(texts: Sequence[str], given: System | None, whole: System | None) -> System | None:
    """By the match, its line or what stands near it: the first that shows it."""
    for text in texts:
        system = system_of(text, None, words=text is texts[-1] and given is not System.WINDOWS)
        if system is not None:
            return given if system is not System.WINDOWS and given in (System.LINUX, System.MACOS) else system
    return whole


def _meaning(
    signature: Signature, groups: dict[str, str], system: System | None, codes: Sequence[CodeMeaning]
) -> tuple[Code | None, CodeMeaning | None]:
    namespace = signature.namespace or Namespace.ERRNO
    if "code" in groups:
        try:
            return by_number(_list_of(namespace, system), groups["code"], system, codes)
        except ValueError:
            pass
    if "symbol" in groups:
        meaning = by_symbol(namespace, groups["symbol"], system, codes)
        return (Code(meaning.namespace, meaning.number) if meaning else None), meaning
    return None, None


def _list_of(namespace: Namespace, system: System | None) -> Namespace:
    """`win32` also stands for what Rust prints: the number of whatever system it runs on."""
    return (
        Namespace.ERRNO
        if namespace is Namespace.WIN32 and system in (System.LINUX, System.MACOS)
        else namespace
    )
