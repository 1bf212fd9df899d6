"""Which of several causes is the cause.

The last one in the log mostly is: tools stop at what stops them. But an error that follows from an earlier
one is not the cause, so a consequence (`no solution found`, `build failed`) yields to a reason (`permission
denied`) that stands shortly before it, and both yield to what stops everything (a full disk, a verdict).
"""

from collections.abc import Sequence

from ci_guard.dataclass import replace
from ci_guard.diagnose.candidate import Candidate
from ci_guard.diagnose.codes import MISSING
from ci_guard.diagnose.merge import decides, lent, merged
from ci_guard.model.category import Category
from ci_guard.model.history import Code, Namespace

REACH = 8000  # characters that a consequence may stand behind its reason
ONE_MESSAGE = 150  # characters between the parts of one message
SAME_REPORT = 400  # characters between a report's heading and its sentence
_STACK = 3000  # characters that a call stack takes between an error and its fields
NEAR_PACKAGE = 3000  # characters around the cause in which packages are named

_NOTHING, SYMPTOM, CONSEQUENCE, _REASON, _EVERYTHING = range(0, 10, 2)
# what a refused file may be called, by a signature and by a number beside it
_LENT = frozenset(
    {Category.ANTIVIRUS_LOCK, Category.PERMISSION, Category.FILE_IN_USE, Category.ANTIVIRUS_BLOCK}
)
_REFUSED = _LENT - {Category.ANTIVIRUS_BLOCK}
_NOT_EMPTY = frozenset(
    {Code(Namespace.WIN32, 145), Code(Namespace.LIBUV, -4051)}
    | {Code(Namespace.ERRNO, number) for number in (39, 41, 66)}
)
_RANKS = {
    Category.DISK_FULL: _EVERYTHING,
    Category.OUT_OF_MEMORY: _EVERYTHING,
    Category.TIMEOUT: _EVERYTHING,  # what is killed leaves its files to programs that still run
    Category.ANTIVIRUS_BLOCK: _EVERYTHING,
    Category.ANTIVIRUS_LOCK: _REASON,
    Category.FILE_IN_USE: _REASON,
    Category.PERMISSION: _REASON,
    Category.PATH_TOO_LONG: _REASON,
    Category.INTEGRITY: _REASON,
    Category.NETWORK: _REASON,
    Category.AUTHENTICATION: _REASON,
    Category.UNKNOWN: _NOTHING,
}


def rank(cause: Candidate) -> int:
    """From what says nothing, over what follows from something else and reasons, to what stops everything.

    Words that any program may use come after what a tool is known to say.
    """
    known = _known_rank(cause)
    return known - 1 if cause.signature.generic and known > _NOTHING else known


def _known_rank(cause: Candidate) -> int:
    if cause.retry_once:
        return _REASON  # a vanished file: no verdict
    if (
        cause.signature.category is None
        and cause.code in MISSING
        and cause.category is Category.CONFIGURATION
    ):
        return SYMPTOM  # that some file is missing is a symptom as well
    if cause.signature.symptom:
        return SYMPTOM + (cause.category in _REFUSED)  # it names the file, a summary nothing
    return _RANKS.get(cause.category, CONSEQUENCE)


def select_candidate(causes: Sequence[Candidate]) -> Candidate | None:
    """The cause, among causes in the order of the text that do not overlap."""
    chosen: Candidate | None = None
    for cause in reversed(causes):
        if chosen is not None and _is_shown_below(chosen, cause):
            chosen = cause
        elif chosen is None or (rank(cause) > rank(chosen) and _within_reach(cause, chosen)):
            chosen = chosen if chosen is not None and _told_better(cause, chosen) else cause
    return chosen and _fullest(chosen, causes)


def _fullest(chosen: Candidate, causes: Sequence[Candidate]) -> Candidate:
    """Where one message is read twice (its path here, the system's words behind), what says the most."""
    near = [cause for cause in causes if _apart(chosen, cause) <= ONE_MESSAGE]
    alike = [cause for cause in causes if cause.category is chosen.category and cause.code == chosen.code]
    same = [cause for cause in alike if cause in near]
    fullest = max([chosen, *same], key=lambda cause: cause.weight)
    if fullest.path is None or fullest.nearby:  # told again without the file
        told = [cause for cause in near if _tells_of(cause, fullest)]
        named = [
            cause
            for cause in (*alike, *told)
            if cause.path and not cause.nearby and _apart(fullest, cause) <= REACH
        ]
        fullest = named[-1] if named else fullest
    knowing = [
        cause for cause in near if decides(cause, fullest) and {cause.category, fullest.category} <= _LENT
    ]
    fullest = merged(fullest, knowing[-1]) if knowing else fullest
    for other in sorted(near, key=lambda cause: _apart(fullest, cause)):
        if (
            other.category in (fullest.category, Category.UNKNOWN)
            or {other.category, fullest.category} <= _LENT
        ):
            fullest = lent(fullest, other)
    return fullest


def _tells_of(cause: Candidate, unnamed: Candidate) -> bool:
    """Whether it is the same refusal, which the file's place may make another thing than a lock."""
    same = cause.code is not None and cause.code == unnamed.code
    return same and {cause.category, unnamed.category} <= _REFUSED


def _told_better(cause: Candidate, chosen: Candidate) -> bool:
    """Whether a bare name (`code ENOTEMPTY`) heads the message that says what happened."""
    bare = (
        cause.category is Category.ANTIVIRUS_LOCK
        and cause.signature.generic
        and (cause.path is None or cause.nearby)
    )
    same = cause.code is not None and cause.code == chosen.code and not chosen.signature.generic
    return bare and same and _apart(cause, chosen) <= SAME_REPORT


def _is_shown_below(bare: Candidate, cause: Candidate) -> bool:
    """Whether a name (`code: 'EPERM'`) is a field of an error that was told before, and meant otherwise."""
    return (
        bare.signature.generic
        and bare.nearby
        and cause.category is Category.CONFIGURATION
        and cause.code is not None
        and (cause.operation == "symlink" or _name(cause.path) == _name(bare.path))  # source or target
        and _apart(bare, cause) <= _STACK
    )


def _apart(one: Candidate, other: Candidate) -> int:
    """Characters between two matches."""
    return max(one.start - other.end, other.start - one.end, 0)


def _within_reach(reason: Candidate, chosen: Candidate) -> bool:
    return rank(chosen) == _NOTHING or chosen.start - reason.end <= REACH


def within_folder(chosen: Candidate, causes: Sequence[Candidate]) -> Candidate:
    """The refused file in a folder that only for its sake could not be removed."""
    if chosen.category is not Category.ANTIVIRUS_LOCK or not chosen.path or not _speaks_of_folder(chosen):
        return chosen
    folder = _lowered(chosen.path).rstrip("/") + "/"
    inside = [
        cause
        for cause in causes
        if cause.category is chosen.category
        and abs(chosen.start - cause.end) <= REACH
        and _lowered(cause.path or "").startswith(folder)
    ]
    return inside[-1] if inside else chosen


def _speaks_of_folder(cause: Candidate) -> bool:
    return cause.code in _NOT_EMPTY or "not-empty" in cause.signature.id


def with_holders(chosen: Candidate, causes: Sequence[Candidate]) -> Candidate:
    """With the processes that hold the file, where another line about the same file names them."""
    if chosen.category is not Category.ANTIVIRUS_LOCK or chosen.holders or not chosen.path:
        return chosen
    for cause in reversed(causes):
        if cause.holders and abs(chosen.start - cause.end) <= REACH and _same_file(cause.path, chosen.path):
            return replace(chosen, category=cause.category, holders=cause.holders)
    return chosen


def _same_file(one: str | None, other: str) -> bool:
    """One may be written from another folder."""
    shorter, longer = sorted((_lowered(one or ""), _lowered(other)), key=len)
    return bool(shorter) and (longer == shorter or longer.endswith("/" + shorter.removeprefix("./")))


def _name(path: str | None) -> str:
    return _lowered(path or "").rstrip("/").rpartition("/")[2]


def _lowered(path: str) -> str:
    return path.lower().replace("\\", "/")


def packages_beside(chosen: Candidate, causes: Sequence[Candidate]) -> tuple[str, ...]:
    """The packages named nearest to the cause: in the same message, else shortly before, else after it."""
    named = [cause for cause in causes if cause.package]
    same = [cause for cause in named if cause.start <= chosen.start and chosen.end <= cause.end]
    before = [cause for cause in named if 0 <= chosen.start - cause.start <= NEAR_PACKAGE]
    after = [cause for cause in named if 0 <= cause.start - chosen.end <= NEAR_PACKAGE]
    if same or before:
        nearest = (same or before)[-1]
    elif after:
        nearest = after[0]
    else:
        return ()
    return (nearest.package,) if nearest.package else ()
