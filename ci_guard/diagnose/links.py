"""A symbolic link that may not be made on a mounted volume: its file system knows none, whoever asks.

symlink(2) gives EPERM for that alone, as on exFAT and on a drive of Windows under WSL; missing rights are
EACCES. Elsewhere the machine is asked.
"""

from ci_guard.diagnose.candidate import Candidate
from ci_guard.diagnose.reading import Reading
from ci_guard.expression import expression
from ci_guard.model.category import System
from ci_guard.model.history import Code, Namespace

_NOT_PERMITTED = Code(Namespace.ERRNO, 1)
_MADE = frozenset({"symlink", "softlink"})
_LINK = expression(
    r"\bsym(?:bolic )?link\b|\brb_file_s_symlink\b|\bcreateSymbolicLink\(|\bos\.symlink\(|\bsymlink_to\("
)
_BELOW = 300  # characters, in which the first frames of a call stack stand
_ON_A_VOLUME = expression(r"(?:^|[\s'\"`(\[])/(?:mnt|media|run/media|Volumes)/")
ADVICE = "this file system does not support symbolic links: work on another volume, or have files copied"


def is_unsupported_link(cause: Candidate, system: System | None, reading: Reading) -> bool:
    """Whether a link was refused that nobody may make there."""
    if system not in (System.LINUX, System.MACOS) or cause.code != _NOT_PERMITTED:
        return False
    made = (cause.operation or "").split(" ")[0] in _MADE
    if made and (cause.path or "").startswith("/"):
        return _ON_A_VOLUME.match(cause.path or "") is not None
    low = reading.extent(reading.index(cause.start))[0]
    high = reading.extent(reading.index(max(cause.end - 1, cause.start)))[1]
    if not _ON_A_VOLUME.search(reading.text, low, high):
        return False
    return made or _LINK.search(reading.text, low, cause.end + _BELOW) is not None
