"""How long a tool bears locks, and where it meets them: the shape of `patience` in its data file."""

from ci_guard.dataclass import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedPlace:
    """Where a tool writes files that it renames, replaces or removes next."""

    path: str  # a pattern of paths, in which `{VARIABLE}` may name the first folder
    replaces: str | None = None  # a pattern of names: what such a file may be meant to replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How a tool bears locks. Times are seconds."""

    retries_for: float  # how long it tries by itself; a lock that ends sooner it survives alone
    after: float = 0.5  # its own writer never holds such a file for longer
    still: float = 15.0  # how long at a time it may be held still: its connections must bear that
    places: tuple[WatchedPlace, ...] = ()
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What patience may do. Times are seconds."""

    after: float  # that a file must have been held before the command is held still
    still: float  # of one step
    limit: float  # for one file, all steps together


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What has happened to one name in a folder, as the system tells of it."""

    path: str
    gone: bool = False  # removed, or renamed away; else made, renamed to this, or written
