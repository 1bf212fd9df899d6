"""What Windows answers about a refused operation: who may, what refuses it now, who holds the file.

The calls are in `_access` and `_holders`; what their answers mean is here, and can be tested anywhere.
"""

import os
from collections.abc import Callable
from typing import Protocol

from ci_guard.dataclass import dataclass, replace
from ci_guard.model.error_numbers import (
    SHARING_STATUSES,
    STATUS_ACCESS_DENIED,
    STATUS_DELETE_PENDING,
    VIRUS_STATUSES,
)
from ci_guard.model.evidence import Evidence, Refusal
from ci_guard.windows.paths import extended
from ci_guard.windows.rights import DELETE, DELETE_CHILD, WRITE_DATA, needed, words_of

NOBODY = (
    "the Restart Manager names no program that holds `{}`: it sees no driver, as the filter of an antivirus "
    "is, and without elevation no program of another user"
)
REFUSALS = {
    **dict.fromkeys(SHARING_STATUSES, Refusal.SHARING),
    STATUS_DELETE_PENDING: Refusal.DELETE_PENDING,
    **dict.fromkeys(VIRUS_STATUSES, Refusal.VIRUS),
}
SENTENCES = {
    Refusal.SHARING: "another program has `{}` open and does not share it (sharing violation)",
    Refusal.DELETE_PENDING: "`{}` is being deleted: its name stays until the last program closes it",
    Refusal.MAPPED: "a program runs from `{}`, has it mapped or does not share writing to it",
    Refusal.VIRUS: "Windows says that `{}` contains a virus",
    Refusal.FILTERED: (
        "Windows refuses `{}` although the access control list grants it: a filter driver does that, "
        "as an antivirus has one"
    ),
}
NAMED = frozenset({Refusal.SHARING, Refusal.MAPPED, Refusal.FILTERED})  # whose holder may have a name


class Questions(Protocol):
    """What can be asked of Windows."""

    def open_status(self, path: str, rights: int) -> int:
        """The NTSTATUS of opening the path for the rights."""
        ...

    def granted(self, path: str, rights: int) -> bool | None:
        """Whether the access control list grants them all; None: no answer."""
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of it."""

    allowed: bool | None
    refusal: Refusal | None = None
    sentences: tuple[str, ...] = ()


def ask(path: str, folder: str, operation: str, *, exists: bool, windows: Questions) -> Answer:
    """By its rights, may this user do it, and does Windows refuse it now?

    `folder`: the one of the path, or the nearest that exists. Raises OSError for an impossible path.
    """
    needs = needed(operation, exists=exists)
    said: list[str] = []
    allowed: list[bool | None] = []
    if needs.path:
        own = windows.granted(path, needs.path)
        if own is False and needs.path == DELETE and windows.granted(folder, DELETE_CHILD):
            own = True
        if own is False and not operation:
            own = windows.granted(path, DELETE)  # one of the two was refused, we do not know which
        said += _sentence(path, needs.path, own)
        allowed.append(own)
    if needs.folder:
        own = windows.granted(folder, needs.folder)
        said += _sentence(folder, needs.folder, own)
        allowed.append(own)
    verdict = False if False in allowed else None if None in allowed else True
    asked = needs.path if operation else DELETE  # the strictest question includes the others
    refusal = _refusal(path, asked, windows) if exists and needs.path else None
    if refusal is Refusal.FILTERED and verdict is not True:
        refusal = None
    if refusal is not None:
        said.append(SENTENCES[refusal].format(path))
    return Answer(verdict, refusal, tuple(said))


def _refusal(path: str, rights: int, windows: Questions) -> Refusal | None:
    """What an attempt to open it says; a running program opens for deletion, and is not deleted yet."""
    status = windows.open_status(path, rights)
    if status in REFUSALS:
        return REFUSALS[status]
    if status == STATUS_ACCESS_DENIED:
        return Refusal.FILTERED
    if rights == DELETE and REFUSALS.get(windows.open_status(path, WRITE_DATA)) is Refusal.SHARING:
        return Refusal.MAPPED
    return None


def _sentence(path: str, rights: int, own: bool | None) -> list[str]:
    if own is None:
        return [f"the access control list of `{path}` cannot be judged from here"]
    verb = "allows" if own else "does not allow"
    return [f"the access control list {verb} this user to {words_of(rights)} `{path}`"]


def with_holders(evidence: Evidence, holders: Callable[[str], tuple[str, ...]]) -> Evidence:
    """The evidence with the names of those that hold the file, or the honest remark that none is named."""
    path = evidence.path
    if evidence.refusal not in NAMED or not os.path.isfile(extended(path)):
        return evidence
    names: tuple[str, ...] = ()
    try:
        names = holders(extended(path))
        said = f"`{path}` is held by {', '.join(names)}" if names else NOBODY.format(path)
    except OSError as error:
        said = f"the Restart Manager cannot be asked who holds `{path}`: {error.strerror or error}"
    return replace(evidence, holders=names, sentences=(*evidence.sentences, said))
