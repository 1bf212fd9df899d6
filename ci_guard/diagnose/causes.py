"""Finds what a log offers as causes: places where a signature matches, with code, path and operation."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ci_guard.diagnose.codes import by_number, by_symbol, system_of
from ci_guard.diagnose.patterns import compiled, occurrences
from ci_guard.diagnose.reading import Reading
from ci_guard.model.category import Category, System
from ci_guard.model.history import Code
from ci_guard.model.knowledge import CodeMeaning, Place, Signature

_NEAR = 700  # characters around a match that tell which system wrote it
_SAMPLE = 4000  # characters at either end of the log, where nothing near the match tells it
_SEPARATORS = re.compile(r"[\\/]+")
_LONGEST_WARNING = 40  # lines
_MOST_EXCERPT = 500  # characters
_NEVER_RIGHTS = frozenset(
    {Code("win32", 32), Code("win32", 33), Code("win32", 110), Code("win32", 145), Code("win32", 170)}
    | {Code("win32", 1224), Code("errno", 16), Code("errno", 41), Code("libuv", -4082), Code("libuv", -4051)}
)


@dataclass(frozen=True, slots=True)
class Cause:
    """One match of one signature, understood."""

    signature: Signature
    start: int
    end: int
    category: Category
    code: Code | None = None
    operation: str | None = None
    path: str | None = None
    package: str | None = None
    undecided: bool = False

    @property
    def weight(self) -> tuple[bool, bool, bool, bool, int]:
        """How much it says, against another match of the same text."""
        return (
            self.category is not Category.UNKNOWN,
            self.path is not None,
            self.operation is not None,
            self.signature.category is not None,
            self.end - self.start,
        )


@dataclass(frozen=True, slots=True)
class Lookup:
    """What is needed to understand a match."""

    codes: Sequence[CodeMeaning]
    places: Sequence[Place]
    system: System | None


def find_causes(reading: Reading, signatures: Sequence[Signature], lookup: Lookup) -> list[Cause]:
    """All matches, in the order of the text, without those inside warnings that the tool lived through."""
    whole = system_of(reading.text[:_SAMPLE] + reading.text[-_SAMPLE:], lookup.system)
    warnings = [signature.pattern for signature in signatures if signature.survived]
    found: list[Cause] = []
    for signature in signatures:
        for match in () if signature.survived else occurrences(signature.pattern, reading):
            cause = _understand(signature, match, reading, lookup, whole)
            if cause is not None and not _is_warning(reading, cause, warnings):
                found.append(cause)
    return sorted(found, key=lambda cause: (cause.start, cause.end))


def _understand(
    signature: Signature, match: re.Match[str], reading: Reading, lookup: Lookup, whole: System | None
) -> Cause | None:
    groups = {name: value for name, value in match.groupdict().items() if value}
    near = reading.text[max(match.start() - _NEAR, 0) : match.end() + _NEAR]
    system = _system(match[0], near, lookup.system, whole)
    if signature.systems and system is not None and system not in signature.systems:
        return None
    code, meaning = _meaning(signature, groups, system, lookup.codes)
    category = signature.category or (meaning.category if meaning else None) or Category.UNKNOWN
    undecided = bool(meaning and meaning.undecided and signature.category is None)
    path = clean_path(groups["path"]) if "path" in groups else None
    if _is_refusal(category, code, system) and _protected(groups.get("path", match[0]), lookup.places):
        category, undecided = Category.PERMISSION, True
    operation = signature.operation or groups.get("operation")
    return Cause(
        signature,
        match.start(),
        match.end(),
        category,
        code,
        " ".join(operation.lower().split()) if operation else None,
        path,
        groups.get("package"),
        undecided,
    )


def _system(matched: str, near: str, given: System | None, whole: System | None) -> System | None:
    for text in (matched, near):
        system = system_of(text, None)
        if system is not None:
            return given if system is not System.WINDOWS and given in (System.LINUX, System.MACOS) else system
    return whole


def _meaning(
    signature: Signature, groups: dict[str, str], system: System | None, codes: Sequence[CodeMeaning]
) -> tuple[Code | None, CodeMeaning | None]:
    namespace = signature.namespace or "errno"
    if "code" in groups:
        try:
            return by_number(_list_of(namespace, system), groups["code"], system, codes)
        except ValueError:
            pass
    if "symbol" in groups:
        meaning = by_symbol(namespace, groups["symbol"], system, codes)
        return (Code(meaning.namespace, meaning.number) if meaning else None), meaning
    return None, None


def _list_of(namespace: str, system: System | None) -> str:
    """`win32` also stands for what Rust prints: the number of whatever system it runs on."""
    return "errno" if namespace == "win32" and system in (System.LINUX, System.MACOS) else namespace


def _is_refusal(category: Category, code: Code | None, system: System | None) -> bool:
    """Access denied on Windows, as against a sharing violation, which missing rights never cause."""
    return category is Category.ANTIVIRUS_LOCK and system is System.WINDOWS and code not in _NEVER_RIGHTS


def _protected(path: str, places: Sequence[Place]) -> bool:
    """Whether the path, as it was printed, lies where only an administrator may write."""
    written = _SEPARATORS.sub("/", path.lower())
    readings = dict.fromkeys(
        (written.replace("\n", " "), written.replace("\n", ""))
    )  # broken at a space or not
    return any(
        re.search(place.pattern, reading) and not (place.unless and re.search(place.unless, reading))
        for place in places
        if System.WINDOWS in place.systems
        for reading in readings
    )


def clean_path(written: str) -> str:
    """A path as the system knows it: wraps taken out, doubled backslashes and quotes undone."""
    path = re.sub(r" ?\n", "", written).strip(" \"'`")
    if "\\\\" in path:
        head = "\\\\" if path.startswith("\\\\") else ""
        body = path[2:] if head else path
        if path.startswith("\\\\\\\\"):  # a doubled `\\\\?\\` or `\\\\server`
            body = path[4:]
        path = head + body.replace("\\\\", "\\")
    return path


def _is_warning(reading: Reading, cause: Cause, warnings: Sequence[str]) -> bool:
    """Whether a warning begins before the cause in its line, or in a line that this one is indented under.

    A signature that reads the warning itself, from its first word on, is meant to.
    """
    line = last = reading.index(max(cause.end - 1, cause.start))
    first = reading.index(cause.start)
    if any(
        _warns(reading, near, cause, warnings) for near in {first, reading.head(first), reading.head(last)}
    ):
        return True
    for _ in range(_LONGEST_WARNING):
        if _warns(reading, line, cause, warnings):
            return True
        above = line - 1
        while above >= max(0, last - _LONGEST_WARNING) and reading.indents[above] >= reading.indents[line]:
            above -= 1
        if above < max(0, last - _LONGEST_WARNING):
            return False
        line = above
    return False


def _warns(reading: Reading, line: int, cause: Cause, warnings: Sequence[str]) -> bool:
    start, end = reading.extent(line)
    for pattern in warnings:
        match = compiled(pattern).search(reading.text, start, end)
        if match and match.start() < cause.start:
            return True
    return False


def without_overlaps(causes: Iterable[Cause]) -> list[Cause]:
    """Of causes that read the same text, the one that says the most; in the order of the text."""
    taken: list[Cause] = []
    for cause in sorted(causes, key=lambda cause: cause.weight, reverse=True):
        if not any(cause.start < other.end and other.start < cause.end for other in taken):
            taken.append(cause)
    return sorted(taken, key=lambda cause: cause.start)


def excerpt(reading: Reading, cause: Cause) -> tuple[int, str]:
    """The line of the original log that carries the cause, and its text."""
    at = max(cause.end - 1, cause.start)
    return reading.number(at), reading.original(at).strip()[:_MOST_EXCERPT]
