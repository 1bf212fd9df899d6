"""What to ask the security team for: a pattern that it can grant, in the grammars of the products."""

import re
from typing import NamedTuple

from ci_guard.diagnose.paths import plain_path
from ci_guard.expression import expression
from ci_guard.model.category import Category
from ci_guard.model.history import Diagnosis

TEMPORARY = (
    "the file lies in the temporary folder, which nobody should exclude as a whole: set TMP and TEMP to a "
    "folder of their own for this step, and ask the security team to exclude that folder"
)
# names that are made up anew each time, behind what stays the same of them
_MADE_UP = expression(
    r"(?P<stays>\.?[Tt][Mm][Pp]|pip-[a-z-]+-|\..{1,60}-|.{1,60}-)?"
    r"(?:(?<=[Tt][Mm][Pp])[\w-]{4,}|(?<=-)(?=[A-Za-z]{0,7}\d)[A-Za-z0-9]{8}|[0-9a-fA-F]{8}-[\w-]{20,}"
    r"|[0-9a-fA-F]{16,}|(?<=-)\w{6,8})(?:\..*)?$"
)
_ALWAYS_MADE_UP = expression(r"^(?:\.?[Tt][Mm][Pp]|pip-[a-z-]+-|\.)")
_DRIVE = expression(r"^[A-Za-z]:[\\/]")
_TEMP = frozenset({"temp", "tmp", "systemtemp"})
_CONTAINER = expression(r"^/(?:app|usr|root|opt|workspace|workspaces|srv)/")
_PROGRAMS = {  # programs that trigger the scanner wherever they write, by the signatures of their failures
    "windows.resource-editor": "rcedit.exe",
    "bun": "bun.exe",
}


class Pattern(NamedTuple):
    """One exclusion, as two kinds of products write it."""

    defender: str
    crowdstrike: str  # a glob without the drive; `**` goes into folders


def exclusion_advice(found: Diagnosis) -> str | None:
    """The sentence; None where an exclusion helps nobody: a verdict, a container, a relative path."""
    match = found.match
    if match is None or found.category is not Category.ANTIVIRUS_LOCK:
        return None
    for owner in (match.signature, match.signature.partition(".")[0]):
        if program := _PROGRAMS.get(owner):
            return f"ask the security team for an exclusion by program: whatever `{program}` writes"
    if not match.path:
        return None
    path = plain_path(match.path).removeprefix("\\\\?\\")
    if not _is_lasting(path):
        return None
    if not _TEMP.isdisjoint(re.split(r"[\\/]", path.lower())[1:]):
        return TEMPORARY
    pattern = pattern_of(path)
    both = f"`{pattern.defender}`"
    if pattern.crowdstrike != pattern.defender:
        both += f" (Defender; for CrowdStrike `{pattern.crowdstrike}`)"
    return f"ask the security team to exclude exactly this: {both}"


def _is_lasting(path: str) -> bool:
    """An absolute path that is there the next time, too."""
    return bool(_DRIVE.match(path)) or (path.startswith("/") and not _CONTAINER.match(path))


def pattern_of(path: str) -> Pattern:
    """The file; or its stable folder, with a wildcard for the part of the name that is made up each time."""
    parts = re.split(r"(?<=[\\/])", plain_path(path))
    for index, part in enumerate(parts):
        name = part.rstrip("\\/")
        found = _MADE_UP.match(name) if index else None
        if found is None or not (_ALWAYS_MADE_UP.match(name) or any(map(str.isdigit, name))):
            continue
        folder = "".join(parts[:index])
        stays = f"{found['stays'] or ''}*"
        return Pattern(folder + stays, f"{_without_drive(folder)}{stays}{_separator(path)}**")
    return Pattern(path, _without_drive(path))


def _without_drive(path: str) -> str:
    return re.sub(r"^[A-Za-z]:[\\/]", "", path)


def _separator(path: str) -> str:
    return "\\" if "\\" in path else "/"
