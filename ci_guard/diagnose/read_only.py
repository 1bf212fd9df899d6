"""Git's objects, which are read-only: on Windows many run-times remove and overwrite no such file.

Git itself, Node, Go, Ruby, Perl and Rust take the mark away first, and so do `rd /s` and the shells of MSYS:
what they are refused is held. DeleteFile as it is, to which Python, .NET, `java.nio`, Haskell and `del` leave
it, answers a mark and a handle alike, and the mark stays.
"""

from ci_guard.dataclass import replace
from ci_guard.diagnose.candidate import Candidate
from ci_guard.diagnose.reading import Reading
from ci_guard.diagnose.refused import DENIED
from ci_guard.expression import expression
from ci_guard.model.category import Category
from ci_guard.model.history import Code, Namespace

_OBJECT = expression(
    r"\.git[\\/]+(?:modules[\\/].{1,200}[\\/])?objects[\\/]+(?:pack[\\/]+pack-[0-9a-f]{4,64}\.|[0-9a-f]{2}[\\/])"
)
_KEEP_IT = ("dotnet.", "java.access-denied", "windows.path-denied")
_PYTHON, _REMOVED = "python.", Code(Namespace.WIN32, 5)  # its `open` prints an errno
_DEL = "windows.delete-command"
_HASKELL = expression(r"\bDeleteFile[ \n]\"")
_BEFORE = 700  # characters, where the match begins at the path, or at the reason below it
ADVICE = "git makes its objects read-only: on Windows take that away before they are removed (`attrib -r /s`)"


def read_only_object(cause: Candidate, reading: Reading) -> Candidate | None:
    """The same as missing rights, unless the machine says otherwise; None where it is no such object."""
    if not _is_marked(cause, reading):
        return None
    return replace(cause, category=Category.PERMISSION, ambiguous=True, advice=(ADVICE,))


def _is_marked(cause: Candidate, reading: Reading) -> bool:
    if cause.path is None or not _OBJECT.search(cause.path):
        return False
    if cause.code is not None and cause.code not in DENIED:
        return False
    name = cause.signature.id
    if name.startswith(_KEEP_IT):
        return True
    if name.startswith(_PYTHON):
        return cause.code == _REMOVED
    if name == _DEL:  # `rd` names the file and the reason in one line
        return "\n" in reading.text[cause.start : cause.end]
    return _HASKELL.search(reading.text, max(cause.start - _BEFORE, 0), cause.end) is not None
