"""A test that cannot remove its own file after it: it, or what it tests, still holds that open.

Windows says so as of any file in use, each time anew; elsewhere an open file can be removed.
"""

from ci_guard.diagnose.candidate import REMOVALS, Candidate
from ci_guard.diagnose.reading import Reading
from ci_guard.expression import expression
from ci_guard.model.history import Code, Namespace

_HELD = frozenset({Code(Namespace.WIN32, 32), Code(Namespace.LIBUV, -4082), Code(Namespace.ERRNO, 16)})
_BY_THE_C_LIBRARY = Code(Namespace.ERRNO, 13)  # what it makes of a file in use, as well as of missing rights
_OF_A_FOLDER = "rmdir"  # which a program that has just ended keeps for a moment
_REMOVALS = REMOVALS - {_OF_A_FOLDER}
_BEFORE, _AFTER = 500, 500  # characters
_TEARS_DOWN = expression(
    r"\b(?:OneTime)?(?:async)?[Tt]ear_?[Dd]own(?:Class|Module|_\w{4,8})?\b(?!\()|\bERROR at teardown of "
    r"|\bat (?:\w{1,40}\.){0,4}after(?:Each|All) \(|\"after (?:each|all)\" hook|\bTemporaryFolder\.delete\("
)


def tears_down(cause: Candidate, reading: Reading) -> bool:
    """Whether a file in use was to be removed by what tidies up after a test."""
    by_errno = cause.code == _BY_THE_C_LIBRARY and cause.operation in _REMOVALS
    if cause.path is None or not (cause.code in _HELD or by_errno):
        return False
    near = reading.text[max(cause.start - _BEFORE, 0) : cause.end + _AFTER]
    return _TEARS_DOWN.search(near) is not None and _OF_A_FOLDER not in near
