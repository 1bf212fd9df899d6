"""What the machine's answers make of a diagnosis that rests on text alone; pure."""

from ci_guard.dataclass import replace
from ci_guard.diagnose.codes import MISSING
from ci_guard.diagnose.refused import DENIED
from ci_guard.model.category import Category, System
from ci_guard.model.evidence import Evidence, Refusal
from ci_guard.model.history import Code, Diagnosis, Namespace

VANISHED = "a file that was there a moment ago is gone: check the quarantine of the antivirus"
EMPTY_IT = "a volume is mounted there: empty the folder instead of removing it, or mount the volume elsewhere"
NO_FOLDER = "the folder of the file that was to be written does not exist"
OTHER_VOLUME = "this volume does not support such links: work on another one, or let the tool copy"
BUSY = frozenset({Code(Namespace.ERRNO, 16), Code(Namespace.LIBUV, -4082)})
_INSIDE = frozenset(
    {"open", "read", "write", "exec", "spawn", "create"}
)  # what a mount point does not refuse
_ON_OWN_FILES = frozenset(
    {"chmod", "rename", "persist", "hardlink", "link", "utime", "exec", "symlink", "move"}
)
_HELD = frozenset({Refusal.SHARING, Refusal.DELETE_PENDING, Refusal.MAPPED})  # whoever holds it may let go
_MAY_BE_BLOCKED = frozenset({Category.ANTIVIRUS_LOCK, Category.PERMISSION})
_MAKES = frozenset({"create", "write", "open"})
_FIND = "find"  # of a tool that says that there is no such file
_MAY_BE_FULL = frozenset({Category.ANTIVIRUS_LOCK, Category.PERMISSION, Category.UNKNOWN})


def judge(diagnosis: Diagnosis, evidence: Evidence | None, system: System) -> Diagnosis:
    """Decide what the text leaves open: a lock where this user may write, missing rights where not.

    A folder of this user that was closed while the attempt ran is a lock, too: the attempt had begun with it
    open, and whoever has closed it may open it again.

    Without an answer the diagnosis stays as the text has it.
    """
    if evidence is None:
        return diagnosis
    diagnosis = replace(diagnosis, evidence=(*diagnosis.evidence, *evidence.sentences))
    if evidence.full and diagnosis.category in _MAY_BE_FULL:
        return replace(diagnosis, category=Category.DISK_FULL, ambiguous=False, retry_once=False)
    if impossible := _never_possible(diagnosis, evidence):
        return replace(
            diagnosis,
            category=Category.CONFIGURATION,
            ambiguous=False,
            retry_once=False,
            advice=(impossible,),
        )
    if _has_no_folder(diagnosis, evidence):
        return replace(
            diagnosis,
            category=Category.CONFIGURATION,
            ambiguous=False,
            advice=(NO_FOLDER, *diagnosis.advice),
        )
    if evidence.refusal is Refusal.VIRUS and diagnosis.category in _MAY_BE_BLOCKED:
        return replace(diagnosis, category=Category.ANTIVIRUS_BLOCK, ambiguous=False)
    if _has_vanished(diagnosis, evidence):
        advice = tuple(dict.fromkeys((*diagnosis.advice, VANISHED)))
        return replace(diagnosis, category=Category.ANTIVIRUS_BLOCK, retry_once=True, advice=advice)
    held = evidence.refusal in _HELD or evidence.closed
    if _was_overlooked(diagnosis, evidence, held=held):
        return replace(diagnosis, category=Category.ANTIVIRUS_LOCK, retry_once=True)
    if evidence.allowed is None and not held:
        return diagnosis
    lock = held or (evidence.allowed is True and not evidence.read_only and _could_make(evidence, system))
    if diagnosis.ambiguous or (system is System.WINDOWS and _is_refusal(diagnosis)):
        return replace(diagnosis, category=_lock_or_rights(lock), ambiguous=False)
    return diagnosis


def _never_possible(diagnosis: Diagnosis, evidence: Evidence) -> str | None:
    """What a person can do about something that no waiting makes possible; None if it may be possible."""
    match = diagnosis.match
    if match is None:
        return None
    if evidence.mount_point and match.code in BUSY and match.operation not in _INSIDE:
        return EMPTY_IT
    return OTHER_VOLUME if evidence.linkable is False else None


def _has_no_folder(diagnosis: Diagnosis, evidence: Evidence) -> bool:
    """Whether a refusal without a reason is explained by a folder that nobody has made."""
    match = diagnosis.match
    unexplained = diagnosis.ambiguous and match is not None and match.code is None
    return unexplained and match is not None and match.operation in _MAKES and evidence.folder_exists is False


def _lock_or_rights(lock: bool) -> Category:
    return Category.ANTIVIRUS_LOCK if lock else Category.PERMISSION


def _could_make(evidence: Evidence, system: System) -> bool:
    """On Windows only trying shows the rights; elsewhere the rights are known, and a refusal is the lock."""
    return system is not System.WINDOWS or evidence.made is not False


def _is_refusal(diagnosis: Diagnosis) -> bool:
    match = diagnosis.match
    return diagnosis.category is Category.ANTIVIRUS_LOCK and match is not None and match.code in DENIED


def _was_overlooked(diagnosis: Diagnosis, evidence: Evidence, *, held: bool) -> bool:
    """Whether a tool says that it found no file, and it is there: to some, what cannot be read is missing."""
    match = diagnosis.match
    looked = match is not None and match.operation == _FIND
    return looked and evidence.exists is True and (evidence.allowed is True or held)


def _has_vanished(diagnosis: Diagnosis, evidence: Evidence) -> bool:
    """Missing now, in a folder that the attempt wrote to, when the tool went on with what it had written."""
    match = diagnosis.match
    if match is None or match.code not in MISSING or diagnosis.category is not Category.CONFIGURATION:
        return False
    return (
        match.operation in _ON_OWN_FILES
        and evidence.exists is False
        and evidence.folder_exists is True
        and evidence.fresh
    )
