"""What to ask the security team for: a pattern that it can grant, in the grammars of the products."""

import re
from typing import NamedTuple

from ci_guard.diagnose.paths import plain_path
from ci_guard.expression import expression
from ci_guard.model.category import Category
from ci_guard.model.history import Diagnosis, Match

TEMPORARY = (
    "the file lies in the temporary folder, which nobody should exclude as a whole: set TMP and TEMP to a "
    "folder of their own for this step, and ask the security team to exclude that folder"
)
AGENTS = (
    "the file lies in the temporary folder of the agent, which nobody should exclude as a whole: have this "
    "step write to a folder of its own, and ask the security team to exclude that folder"
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
_AGENTS_TEMP = "_temp"  # of a job, on GitHub's runners and Azure's agents
_CACHE = "cache"
_BUNS = expression(r"(?i)[\\/](?:node_modules|\.bun)[\\/]")
_CONTAINER = expression(r"^/(?:app|usr|root|opt|workspace|workspaces|srv)/")
_RCEDIT = "windows.resource-editor"  # how its signatures begin


class Pattern(NamedTuple):
    """One exclusion, as two kinds of products write it."""

    defender: str
    crowdstrike: str  # a glob without the drive; `**` goes into folders


def exclusion_advice(found: Diagnosis, tool: str | None = None) -> str | None:
    """The sentence; None where an exclusion helps nobody: a verdict, a container, a relative path.

    `tool`: the name of the one that failed.
    """
    match = found.match
    if match is None or found.category is not Category.ANTIVIRUS_LOCK:
        return None
    if program := _trigger(match, tool):
        return f"ask the security team for an exclusion by program: whatever `{program}` writes"
    if not match.path:
        return None
    path = plain_path(match.path).removeprefix("\\\\?\\")
    if not _is_lasting(path):
        return None
    pattern = _of_a_cache(path)
    if pattern is None:
        folders = re.split(r"[\\/]", path.lower())[1:-1]
        if not _TEMP.isdisjoint(folders):
            return TEMPORARY
        if _AGENTS_TEMP in folders:
            return AGENTS
        pattern = pattern_of(path)
    both = f"`{pattern.defender}`"
    if pattern.crowdstrike != pattern.defender:
        both += f" (Defender; for CrowdStrike `{pattern.crowdstrike}`)"
    return f"ask the security team to exclude exactly this: {both}"


def _trigger(match: Match, tool: str | None) -> str | None:
    """The program that triggers the scanner wherever it writes."""
    if match.signature.startswith(_RCEDIT):
        return "rcedit.exe"
    of_bun = match.signature.startswith("bun.") or (tool == "bun" and _BUNS.search(match.path or ""))
    return "bun.exe" if of_bun else None


def _of_a_cache(path: str) -> Pattern | None:
    """The cache whose own temporary folder holds the file: from there it is renamed into the cache."""
    parts = re.split(r"(?<=[\\/])", path)
    names = [part.rstrip("\\/").lower() for part in parts]
    for index in range(1, len(parts) - 1):
        if names[index] in _TEMP | {_AGENTS_TEMP} and any(_CACHE in name for name in names[:index]):
            folder = "".join(parts[:index])
            return Pattern(f"{folder}*", f"{_without_drive(folder)}**")
    return None


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
