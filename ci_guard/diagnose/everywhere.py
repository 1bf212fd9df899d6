"""One file after another is refused: a scanner holds a few fresh files, missing rights shut out of all."""

from collections.abc import Sequence

from ci_guard.dataclass import replace
from ci_guard.diagnose.candidate import Candidate
from ci_guard.expression import expression
from ci_guard.model.category import Category
from ci_guard.model.history import Code, Namespace

_DENIED = frozenset({Code(Namespace.WIN32, 5), Code(Namespace.ERRNO, 13)})  # never those of a file in use
_MANY = 4  # different files
# what scanners look at longest; several of them can be held at once
_PROGRAM = expression(r"(?i)\.(?:exe|dll|pyd|node|msi|cmd|bat|ps1|jar|zip|whl|nupkg|so|cab|sys|scr)\b|\.tmp")


def denied_everywhere(chosen: Candidate, causes: Sequence[Candidate]) -> Candidate:
    """As missing rights where many files were denied in one way, and none is a program.

    A saved log can only be judged by this; a running guard asks the machine.
    """
    if chosen.category is not Category.ANTIVIRUS_LOCK or chosen.code not in _DENIED:
        return chosen
    denied = {
        cause.path.lower()
        for cause in causes
        if cause.path and cause.code in _DENIED and cause.operation == chosen.operation
    }
    if len(denied) < _MANY or any(_PROGRAM.search(path) for path in denied):
        return chosen
    return replace(chosen, category=Category.PERMISSION, ambiguous=True)
