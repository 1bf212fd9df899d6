"""What Windows has loaded into a program it removes for nobody, and says "access denied" of it.

A scanner that holds a file makes its removal a sharing violation, and holds one at a time: where several
libraries of one folder are denied, a program runs from there. So it is where `rd` or `del`
met the interpreter itself.
"""

from collections.abc import Sequence

from ci_guard.dataclass import replace
from ci_guard.diagnose.candidate import REMOVALS, Candidate
from ci_guard.diagnose.paths import is_temporary
from ci_guard.diagnose.rank import REACH
from ci_guard.expression import expression
from ci_guard.model.category import Category
from ci_guard.model.history import Code, Namespace

_DENIED = frozenset({Code(Namespace.WIN32, 5), Code(Namespace.LIBUV, -4048)})
_REMOVALS = REMOVALS | {"rd"}
_LOADABLE = expression(r"(?i)\.(?:exe|dll|pyd|node|ocx|com)$")
# launchers are no sign: on the worst machines a scanner holds every fresh one, several at a time
_LIBRARY = expression(r"(?i)\.(?:dll|pyd|node|ocx)$")
_INTERPRETER = expression(r"(?i)[\\/](?:pythonw?|node|javaw?|ruby|perl|php|pwsh|dotnet)\.exe$")
_RUN_TIME = expression(
    r"(?i)[\\/](?:python3?\d{0,3}|(?:x64-\w{1,8}-)?ruby\d{2,4}|perl5\d{2}|coreclr|jvm)\.dll$"
)
_BY_CMD = "windows.delete-command"  # which knows one number from the other
_SEVERAL = 2  # different libraries


def kept_loaded(chosen: Candidate, causes: Sequence[Candidate]) -> Candidate:
    """As a file in use, where all that could not be removed are files that programs run from.

    `causes`: one for each message, since several readings of one may name its file in several ways.
    """
    if chosen.category is not Category.ANTIVIRUS_LOCK or not _is_denied(chosen):
        return chosen
    denied = {
        cause.path.lower()
        for cause in causes
        if cause.path and _is_denied(cause) and abs(chosen.start - cause.start) <= REACH
    }
    if not all(_LOADABLE.search(path) for path in denied) or any(is_temporary(path) for path in denied):
        return chosen
    alone = _RUN_TIME.search(chosen.path or "") or (
        chosen.signature.id == _BY_CMD and _INTERPRETER.search(chosen.path or "")
    )
    if sum(_LIBRARY.search(path) is not None for path in denied) < _SEVERAL and not alone:
        return chosen
    return replace(chosen, category=Category.FILE_IN_USE, ambiguous=False)


def _is_denied(cause: Candidate) -> bool:
    return cause.code in _DENIED and cause.operation in _REMOVALS
