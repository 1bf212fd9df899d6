"""Finds what a log offers as causes: places where a signature matches, with code, path and operation."""

import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ci_guard.diagnose.codes import MISSING, by_number, by_symbol, system_of
from ci_guard.diagnose.holders import category_by, holders_in
from ci_guard.diagnose.paths import clean_path, is_own_program, made_by_tool, place_of, too_long
from ci_guard.diagnose.patterns import compiled, occurrences
from ci_guard.diagnose.reading import Reading
from ci_guard.model.category import Category, System
from ci_guard.model.history import Code
from ci_guard.model.knowledge import CodeMeaning, Place, Product, Signature

_NEAR = 700  # characters around a match that tell which system wrote it
_SAMPLE = 4000  # characters at either end of the log, where nothing near the match tells it
_LONGEST_WARNING = 40  # lines
_MOST_EXCERPT = 500  # characters
_SPANNING = r"[\s\S]"  # in patterns that go over several lines
_OWN_MESSAGE = re.compile(r"(?:error|ERROR|fatal|FATAL): ")  # is no part of what it is indented under
_NEVER_RIGHTS = frozenset(
    {Code("win32", 32), Code("win32", 33), Code("win32", 110), Code("win32", 145), Code("win32", 170)}
    | {Code("win32", 1224), Code("errno", 16), Code("errno", 41), Code("libuv", -4082), Code("libuv", -4051)}
)
_WITHOUT_NUMBER = frozenset({Category.ANTIVIRUS_LOCK, Category.FILE_IN_USE, Category.CONFIGURATION})
_NEEDS_PRIVILEGE = ("symlink", Code("libuv", -4048))  # libuv folds 1314 and 5 into one
_REMOVALS = frozenset({None, "remove", "unlink", "unlinkat", "delete", "rm", "rmdir"})


@dataclass(frozen=True, slots=True)
class Candidate:
    """One match of one signature, understood."""

    signature: Signature
    start: int
    end: int
    category: Category
    code: Code | None = None
    operation: str | None = None
    path: str | None = None
    target: str | None = None
    package: str | None = None
    holders: tuple[str, ...] = ()
    ambiguous: bool = False
    nonfatal: bool = False  # in a warning: no cause, but it may tell who holds the file

    @property
    def retry_once(self) -> bool:
        """Whether one more attempt is worth it: not where the path turned out to be the cause."""
        return self.signature.retry_once and self.category is self.signature.category

    @property
    def weight(self) -> tuple[bool, bool, bool, bool, bool, int]:
        """How much it says, against another match of the same text."""
        return (
            self.category is not Category.UNKNOWN,
            self.path is not None,
            self.operation is not None,
            bool(self.holders),
            self.signature.category is not None,
            self.end - self.start,
        )


@dataclass(frozen=True, slots=True)
class Lookup:
    """What is needed to understand a match."""

    codes: Sequence[CodeMeaning]
    places: Sequence[Place]
    system: System | None
    products: Sequence[Product] = ()
    programs: Mapping[str, Collection[str]] = field(default_factory=dict)  # that a file's tools run as


def find_candidates(reading: Reading, signatures: Sequence[Signature], lookup: Lookup) -> list[Candidate]:
    """All matches, in the order of the text; of those inside warnings that the tool survived, the holders."""
    whole = system_of(reading.text[:_SAMPLE] + reading.text[-_SAMPLE:], lookup.system)
    warnings = _Warnings(reading, [signature.pattern for signature in signatures if signature.nonfatal])
    found: list[Candidate] = []
    for signature in signatures:
        for match in () if signature.nonfatal else occurrences(signature.pattern, reading):
            cause = _understand(signature, match, reading, lookup, whole)
            if cause is None or not warnings.hold(cause):
                found += [cause] if cause else []
            elif cause.holders:
                found.append(replace(cause, nonfatal=True))
    return sorted(found, key=lambda cause: (cause.start, cause.end))


def _understand(
    signature: Signature, match: re.Match[str], reading: Reading, lookup: Lookup, whole: System | None
) -> Candidate | None:
    groups = {name: value for name, value in match.groupdict().items() if value}
    near = reading.text[max(match.start() - _NEAR, 0) : match.end() + _NEAR]
    system = _system(match[0], near, lookup.system, whole)
    if signature.systems and system is not None and system not in signature.systems:
        return None
    code, meaning = _meaning(signature, groups, system, lookup.codes)
    operation = signature.operation or groups.get("operation")
    cause = Candidate(
        signature,
        match.start(),
        match.end(),
        signature.category or (meaning.category if meaning else None) or Category.UNKNOWN,
        code,
        " ".join(operation.lower().split()) if operation else None,
        clean_path(groups["path"]) if "path" in groups else None,
        clean_path(groups["target"]) if "target" in groups else None,
        groups.get("package"),
        holders_in(groups.get("holder", "")),
        bool(meaning and meaning.ambiguous and signature.category is None),
    )
    return _refined(cause, groups.get("path", match[0]), _line(reading, match), system, lookup)


def _line(reading: Reading, match: re.Match[str]) -> str:
    start, end = reading.extent(reading.index(max(match.end() - 1, match.start())))
    return reading.text[start:end]


def _refined(cause: Candidate, written: str, line: str, system: System | None, lookup: Lookup) -> Candidate:
    """What the holder of the file, and the path itself, make of the number."""
    category = category_by(cause.holders, cause.category, lookup.products)
    if category is not cause.category:
        return replace(cause, category=category, ambiguous=False)
    if system is System.WINDOWS and _may_be_too_long(cause) and (path := too_long(cause.path, line)):
        return replace(cause, category=Category.PATH_TOO_LONG, path=path, ambiguous=False)
    if category is not Category.ANTIVIRUS_LOCK or system is None:
        return cause
    return _placed(cause, written, system, lookup)


def _placed(cause: Candidate, written: str, system: System, lookup: Lookup) -> Candidate:
    """What looks like a lock, where the path or the operation explains it otherwise."""
    if system is System.WINDOWS and _removes_itself(cause, lookup):
        return replace(cause, category=Category.FILE_IN_USE)
    if (cause.operation, cause.code) == _NEEDS_PRIVILEGE:
        return replace(cause, category=Category.PERMISSION)
    if system is System.WINDOWS and cause.code in _NEVER_RIGHTS:
        return cause
    if cause.operation == "rename" and made_by_tool(cause.path):
        return cause  # who could make it there may also rename it
    place = place_of(written, cause.operation, lookup.places, system)
    if place is not None:
        return replace(cause, category=place.category, ambiguous=not place.certain)
    return cause


def _may_be_too_long(cause: Candidate) -> bool:
    """A file that is "not there", or a folder that "cannot be deleted" without a number that says why."""
    missing = cause.code in MISSING and cause.category in (Category.CONFIGURATION, Category.ANTIVIRUS_BLOCK)
    return missing or (cause.code is None and cause.category in _WITHOUT_NUMBER)


def _removes_itself(cause: Candidate, lookup: Lookup) -> bool:
    if cause.path is None or cause.operation not in _REMOVALS:
        return False
    if cause.operation is None and (cause.code is None or cause.code.namespace != "win32"):
        return False  # Python's `open` prints an errno, its `unlink` the number of Windows
    family = cause.signature.id.partition(".")[0]
    return is_own_program(cause.path, lookup.programs.get(family, frozenset()))


def _system(matched: str, near: str, given: System | None, whole: System | None) -> System | None:
    for text in (matched, near):
        system = system_of(text, None, words=text is near and given is not System.WINDOWS)
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


class _Warnings:
    """Where a log warns of something that the tool lives through."""

    def __init__(self, reading: Reading, patterns: Sequence[str]) -> None:
        self._reading = reading
        self._patterns = patterns
        self._first: dict[int, int | None] = {}  # by line: where its first warning begins
        self._spans = [
            match.span()
            for pattern in patterns
            if _SPANNING in pattern
            for match in occurrences(pattern, reading)
        ]  # of warnings that tell in a later line that they are some

    def hold(self, cause: Candidate) -> bool:
        """Whether a warning begins before the cause in its line, or in one that this one is indented under.

        A signature that reads the warning itself, from its first word on, is meant to.
        """
        reading = self._reading
        if any(start < cause.start and cause.end <= end for start, end in self._spans):
            return True
        line = last = reading.index(max(cause.end - 1, cause.start))
        first = reading.index(cause.start)
        if any(self._begins(near, cause) for near in {first, reading.head(first), reading.head(last)}):
            return True
        for _ in range(_LONGEST_WARNING):
            if self._begins(line, cause):
                return True
            if _OWN_MESSAGE.match(reading.text, reading.starts[line]):
                return False
            above = line - 1
            while (
                above >= max(0, last - _LONGEST_WARNING) and reading.indents[above] >= reading.indents[line]
            ):
                above -= 1
            if above < max(0, last - _LONGEST_WARNING):
                return False
            line = above
        return False

    def _begins(self, line: int, cause: Candidate) -> bool:
        if line not in self._first:
            start, end = self._reading.extent(line)
            found = (compiled(pattern).search(self._reading.text, start, end) for pattern in self._patterns)
            self._first[line] = min((match.start() for match in found if match), default=None)
        at = self._first[line]
        return at is not None and at < cause.start


def without_overlaps(causes: Iterable[Candidate]) -> list[Candidate]:
    """Of causes that read the same text, the one that says the most; in the order of the text."""
    taken: list[Candidate] = []
    starts: list[int] = []
    for cause in sorted(causes, key=lambda cause: cause.weight, reverse=True):
        at = bisect_right(starts, cause.start)
        if (at and taken[at - 1].end > cause.start) or (at < len(taken) and starts[at] < cause.end):
            continue
        taken.insert(at, cause)
        starts.insert(at, cause.start)
    return taken


def excerpt(reading: Reading, cause: Candidate) -> tuple[int, str]:
    """The line of the original log that carries the cause, and its text."""
    at = max(cause.end - 1, cause.start)
    return reading.number(at), reading.original(at).strip()[:_MOST_EXCERPT]
