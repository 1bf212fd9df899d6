"""A lock file that could not be made for lack of rights: some tools take that for another instance."""

from collections.abc import Sequence

from ci_guard.dataclass import replace
from ci_guard.diagnose.candidate import Candidate
from ci_guard.expression import expression
from ci_guard.model.category import Category
from ci_guard.model.history import Code, Namespace

_NO_RIGHTS = frozenset({Code(Namespace.ERRNO, 13), Code(Namespace.ERRNO, 30)})  # EACCES, EROFS
_LOCK_FILE = expression(r"(?i)lock|\.pid$|/run/")
_NEAR = 600  # characters before the tool's conclusion


def denied_lock(chosen: Candidate, causes: Sequence[Candidate]) -> Candidate:
    """The refusal of the lock file, where a tool concludes from it that somebody else holds the lock."""
    if chosen.signature.category is not Category.FILE_IN_USE:
        return chosen
    for cause in reversed(causes):
        denied = cause.category is Category.PERMISSION and cause.code in _NO_RIGHTS
        if denied and 0 <= chosen.start - cause.end <= _NEAR and _LOCK_FILE.search(cause.path or ""):
            return replace(cause, ambiguous=False)
    return chosen
