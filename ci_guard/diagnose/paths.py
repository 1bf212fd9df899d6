"""What a path says about a refusal: how it is written, where it lies, how long it is, whose program it is."""

import ntpath
import posixpath
import re
from collections.abc import Collection, Sequence

from ci_guard.command_line.programs import program_name
from ci_guard.diagnose.needs import are_met, needs
from ci_guard.expression import expression
from ci_guard.model.category import System
from ci_guard.model.knowledge import Place

LONGEST_PATH = 260  # MAX_PATH, with the NUL at the end
LONGEST_FOLDER = 248  # a folder must leave room for a name of the form 8.3 in it
_SEPARATORS = expression(r"[\\/]+")
_LONG = expression(r"(?<![A-Za-z])[A-Za-z]:[\\/](?:(?!\s[A-Za-z]:[\\/])[^\n\"'`<>|*?]){244,2000}")
_MADE_UP = expression(r"[\\/]\.tmp\w{6}$")
_MADE_UP_FOLDER = expression(
    r"[\\/][\w.-]{0,60}?(?:\d{6,20}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4,12}){0,4}|(?:^|[\\/])tmp\w{6,8}|-\w{6})$"
)
_UNPACKED = expression(
    r"[\\/]composer[\\/]{1,2}(?:tmp-)?[0-9a-f]{8,32}(?:$|[\\/.])"
)  # by Composer, before it is moved
_WORKSHOP = expression(r"^(.{1,300}[\\/])(?:\.?te?mp|\.?staging)[\\/]", re.IGNORECASE)
_FRAME_HOME = expression(r"File \"([A-Za-z]:[\\/][^\"\n]{1,300}?)[\\/][Ll]ib[\\/]")  # of Python's call stack
_MSYS = expression(r"^(?:/cygdrive)?/(?P<drive>[a-z])/")  # how MSYS and Cygwin write a drive
_TARS_DRIVE = expression(r"^(?P<drive>[A-Za-z])\\:")  # GNU tar escapes what is the name of a host to it
_TEMPORARY = expression(r"/(?:te?mp|systemtemp)/")
_PROGRAM = expression(r"\.exe$", re.IGNORECASE)
_BESIDE_TARGET = expression(r"([\\/])file[0-9a-f]{8,14}[\\/](?=[\w.]{1,80}$)")
_DRIVE = expression(r"(?:[\\/]{2}\?[\\/])?([A-Za-z]):[\\/]")
_ENDING = expression(r"\.[A-Za-z0-9]{1,10}$")
_PROGRAMS = ("scripts", "bin", "library/bin")  # folders of an environment
_INTERPRETERS = frozenset({"python", "pythonw", "python3"})  # each environment has one
_LIFTED = ("\\\\?\\", "//?/")  # paths that begin so may be of any length


def clean_path(written: str) -> str:
    """A path as the system knows it: wraps taken out, doubled backslashes and quotes undone."""
    path = re.sub(r" ?\n", "", written).strip(" \"'`")
    path = _TARS_DRIVE.sub(r"\g<drive>:", path)
    if "\\\\" in path:
        head = "\\\\" if path.startswith("\\\\") else ""
        body = path[2:] if head else path
        if path.startswith("\\\\\\\\"):  # a doubled `\\\\?\\` or `\\\\server`
            body = path[4:]
        path = head + body.replace("\\\\", "\\")
    return path


def place_of(path: str, operation: str | None, places: Sequence[Place], system: System) -> Place | None:
    """The place where the path lies, as it was printed, that refuses the operation."""
    lowered = path.lower()
    readings = dict.fromkeys(
        _forward(clean_path(reading)) for reading in (lowered.replace("\n", " "), lowered)
    )  # broken at a space or not
    for place in places:
        if place.operations and operation not in place.operations:
            continue
        if system in place.systems and any(_lies(place, reading) for reading in readings):
            return place
    return None


def _forward(path: str) -> str:
    """With single forward slashes, but for the two at the beginning of a server's or a device's name."""
    path = _MSYS.sub(r"\g<drive>:/", path)
    head = "//" if path.startswith(("\\\\", "//")) else ""
    return head + _SEPARATORS.sub("/", path.removeprefix(head and path[:2]))


def _lies(place: Place, path: str) -> bool:
    needed = needs(place.pattern) if place.needs is None else place.needs
    if needed and not are_met(needed, path.__contains__):
        return False  # so most patterns need not be compiled
    return bool(re.search(place.pattern, path)) and not (place.unless and re.search(place.unless, path))


def too_long(path: str | None, line: str) -> str | None:
    """The path, or one in the line that names none, if it is longer than what old programs can open."""
    if path is not None:
        return path if not path.startswith(_LIFTED) and _drive(path) and _exceeds(path) else None
    found = _LONG.search(line) if len(line) > LONGEST_FOLDER else None
    written = clean_path(found[0].rstrip(" .:")) if found else ""
    return written if found and line[: found.start()][-4:] not in _LIFTED and _exceeds(written) else None


def _drive(path: str) -> bool:
    return path[1:2] == ":" or path.startswith(("\\\\", "//"))


def _exceeds(path: str) -> bool:
    folder = max(path.rfind("\\"), path.rfind("/"))
    return len(path) >= LONGEST_PATH - 1 or folder >= LONGEST_FOLDER


def made_by_tool(path: str | None, target: str | None) -> bool:
    """Whether a tool has just made the path: by a name made up, or beside the target in a folder for that."""
    if path is None:
        return False
    workshop = _WORKSHOP.match(path)
    if workshop and target and target.lower().startswith(workshop[1].lower()):
        return True
    if target and _BESIDE_TARGET.sub(r"\1", path) == target:
        return True  # what R unpacks
    return _MADE_UP.search(path) is not None or _UNPACKED.search(path) is not None


def leaves_drive(path: str | None, target: str | None, *, file: bool = False) -> bool:
    """Whether something was to go to another drive that looks like a folder: Windows moves files there alone.

    `file`: whether that counts for files, too.
    """
    if path is None or target is None:
        return False
    drives = [_DRIVE.match(named) for named in (path, target)]
    if not all(drives) or len({drive[1].lower() for drive in drives if drive}) < len(drives):
        return False
    return file or not any(_ENDING.search(named) for named in (path, target))


def is_fresh(path: str | None) -> bool:
    """Whether the path has a name that a program made up a moment ago, in a folder for temporary files."""
    return path is not None and is_temporary(path) and _MADE_UP_FOLDER.search(path) is not None


def is_temporary(path: str) -> bool:
    """Whether the path lies in a folder for temporary files."""
    return _TEMPORARY.search(_forward(path.lower())) is not None


def runs_from(path: str, programs: Collection[str], trace: str) -> bool:
    """Whether the path is the very program that the tool runs as: Windows lets nobody remove that.

    Where the call stack names the folder that Python runs from, the program has to lie there. The name of an
    interpreter alone does not tell: each environment has one; and nobody runs one from a temporary folder.
    """
    if not _PROGRAM.search(path) or program_name(path) not in programs:
        return False
    file = _forward(path.lower())
    if _TEMPORARY.search(file):
        return False
    homes = {_forward(clean_path(found).lower()).rstrip("/") for found in _FRAME_HOME.findall(trace)}
    if not homes:
        return program_name(path) not in _INTERPRETERS
    folder = posixpath.dirname(file)  # further below lie other environments
    return any(folder in {home, *(f"{home}/{name}" for name in _PROGRAMS)} for home in homes)


def plain_path(path: str) -> str:
    """The path without detours: uv prints `site-packages/../../../bin/x`. On any system, by its own looks."""
    windows = "\\" in path or path[1:2] == ":"
    return ntpath.normpath(path) if windows else posixpath.normpath(path)
