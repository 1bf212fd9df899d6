"""What a machine answers about one path after an operation on it was refused."""

from enum import StrEnum

from ci_guard.dataclass import dataclass

FILE_CLOCK_SLACK = 2.0  # seconds by which the clock of a file system may be behind ours (FAT counts in twos)


class Refusal(StrEnum):
    """What refuses an operation on a file now, as Windows tells it."""

    SHARING = "sharing"  # another program has it open and does not share it
    DELETE_PENDING = "delete_pending"  # it is deleted, and still open somewhere
    MAPPED = "mapped"  # a program runs from it or has it mapped
    VIRUS = "virus"  # a verdict
    FILTERED = "filtered"  # the rights are there: a driver refuses it


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Answers; None: not asked, or no answer."""

    path: str
    exists: bool | None = None
    folder_exists: bool | None = None  # the folder that holds the path
    allowed: bool | None = None  # by its rights this user may do what was tried
    mount_point: bool = False  # something is mounted there
    linkable: bool | None = None  # the volume knows the links that were to be made
    closed: bool = False  # this user's folder lost its write permission while the attempt ran
    made: bool | None = None  # a file could be made in the folder just now
    opened: bool | None = None  # the file itself could be opened just now
    read_only: bool = False  # the file's attribute (Windows) or the file system
    full: bool = False  # no space or no inodes are left
    fresh: bool = False  # the path, or the folder where it is missing, was changed since the attempt began
    written: float | None = None  # last written, made or renamed, seconds since the epoch
    holders: tuple[str, ...] = ()  # the programs that have it open, where the system names them
    refusal: Refusal | None = None  # Windows only
    sentences: tuple[str, ...] = ()  # the same for people
