"""The protocol behind which each tool's knowledge of its own installations stands.

A `Family` serves the programs of one tool. From one command (`Step`) it finds what the command works on: each
an `Installation`, as a virtual environment, a `node_modules`, a checkout. An installation can

- `survey`: look, and change nothing;
- `repair`: take away what the run has left half done, and only what *this command* will put back;
- `verify`: survey the result of an attempt that says it passed, and tidy up what nothing owns any more.

To add a family: write `families/NAME.py` with a class or module object that has `programs` and
`find_installations`, and name it and its programs in `families/__init__.py`; what it finds may begin as a
`Surveyed`. `promise` drives all of them and holds the rule: what a repair has taken away is back before the
step is green (`Owed`), or the step is red and says what is missing. What a family must keep to:

- An installation that its tool locks while it works says how (`HasLocks`); git locks what it is asked to do.
- A tool whose cache can lose a file, so that every later installation lacks it, is a `HasCache` as well.
- Nothing declared, nothing touched: an installation whose tool would not put a thing back has no repair.
- Only what this run has changed is at fault (`Trail.touched`); what was so before is a warning.
- A repair removes what is broken, never what is whole and merely unfinished.
- A repair tells of each thing as soon as it is done (`repair` yields), so that what is owed is known whatever
  goes wrong after it.
- A path that the output named (`Trail.paths`) is data: it may choose among the places that the command's own
  line or environment names, and never adds one.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Protocol, Self, runtime_checkable

from ci_guard.dataclass import dataclass
from ci_guard.model.history import Fault, Repair
from ci_guard.recover.beginning import Beginning
from ci_guard.recover.user_home import user_home


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One command of the line that ran: with `cd sub && uv sync` the one that starts uv, in `sub`."""

    name: str  # the bare name of the program, as `programs` of a family has it
    program: str  # its path; that of the interpreter where it runs as a module
    words: tuple[str, ...]  # its arguments
    environment: Mapping[str, str]
    directory: str  # absolute
    interpreter: tuple[str, ...] | None = None  # what starts the Python that runs it as `-m name`
    runner: str | None = None  # the tool in whose environment it runs: `uv run pytest` has `uv`
    alone: bool = False  # whether the line runs nothing else, so that nothing undoes or replaces what it does

    @property
    def home(self) -> str:
        """The folder of the user whom it works for."""
        return user_home(self.environment)

    @property
    def start(self) -> tuple[str, ...]:
        """What starts the program, without its arguments."""
        return (self.program,) if self.interpreter is None else (*self.interpreter, "-m", self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """What the run has left so far that a family may want to know."""

    beginning: Beginning
    paths: tuple[str, ...] = ()  # files that its failures named, absolute
    packages: tuple[str, ...] = ()  # packages that its failures named, as the tool writes them
    repaired: frozenset[str] = frozenset()  # `Repair.project` of all repairs so far

    def touched(self, path: str) -> bool:
        """Whether the file or folder was made or changed since the run began; False if it is not there."""
        return self.beginning.touched(path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What there is in one installation."""

    examined: bool = True  # whether there was anything that could be looked at
    packages: int = 0
    files: int = 0
    there: frozenset[str] = frozenset()  # packages that are installed, named as the tool compares names
    absent: frozenset[str] = frozenset()  # packages that the command itself names and that are not here
    faults: tuple[Fault, ...] = ()  # what this run has left broken
    warnings: tuple[Fault, ...] = ()  # what looks odd and was so before, or harms nothing
    removed: tuple[str, ...] = ()  # by `verify`: files that nothing owned any more

    @classmethod
    def of(
        cls,
        names: Collection[str],
        faults: Iterable[tuple[Fault, bool]],
        *,
        files: int | None = None,
        examined: bool = True,
    ) -> Self:
        """Of packages that the tool has noted, and what is wrong, each with whether this run has done it.

        `files`: how many were looked for; without it one of each package.
        """
        found = tuple(faults)
        broken = {fault.project for fault, _ in found}
        return cls(
            examined=examined,
            packages=len(names),
            files=len(names) if files is None else files,
            there=frozenset(name for name in names if name not in broken),
            faults=tuple(fault for fault, mine in found if mine),
            warnings=tuple(fault for fault, mine in found if not mine),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """What a repair took away and the command must put back: a package or, without one, the path itself."""

    path: str
    project: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairOutcome:
    """What a repair came to."""

    repairs: tuple[Repair, ...] = ()
    owed: tuple[Owed, ...] = ()
    refusal: str | None = None  # why no further attempt may run with what is there
    busy: tuple[str, ...] = ()  # locks of installers that others hold, where so nothing was repaired

    @classmethod
    def joined(cls, parts: Iterable[Self]) -> Self:
        """All parts in one; there is one refusal at the most, the last part's."""
        found = tuple(parts)
        return cls(
            repairs=tuple(repair for part in found for repair in part.repairs),
            owed=tuple(each for part in found for each in part.owed),
            refusal=found[-1].refusal if found else None,
            busy=tuple(lock for part in found for lock in part.busy),
        )


def taken_away(act: Callable[[], bool], repair: Repair, owed: Owed | None = None) -> Iterator[RepairOutcome]:
    """Take something away by `act`, which says whether it is gone; nothing came of it where it is not."""
    if act():
        yield RepairOutcome(repairs=(repair,), owed=() if owed is None else (owed,))


def noted(repairs: Iterable[Repair]) -> Iterator[RepairOutcome]:
    """Each repair as it is made, of what nobody has to put back."""
    return (RepairOutcome(repairs=(repair,)) for repair in repairs)


class Installation(Protocol):
    """What one command of a tool works on."""

    @property
    def folder(self) -> str:
        """Where it is, absolute; two with one folder are one."""

    @property
    def folders(self) -> tuple[str, ...]:
        """The folders that the tool writes what is installed into, for looking at their volume and rights."""

    def survey(self, trail: Trail) -> Survey:
        """Look at it."""

    def repair(self, trail: Trail, /) -> Iterator[RepairOutcome]:
        """Take away what the run has left half done, for the next attempt of the same command.

        Yields each thing when it is done; nothing follows a refusal.
        """

    def verify(self, trail: Trail) -> Survey:
        """Look at the result of an attempt that says it passed."""


class Surveyed(ABC):
    """An installation of a tool that puts back by itself what is missing: whoever knows more says so."""

    __slots__ = ()

    @abstractmethod
    def survey(self, trail: Trail) -> Survey:
        """Look at it."""

    def repair(self, _trail: Trail, /) -> Iterator[RepairOutcome]:
        """Nothing is taken away."""
        return iter(())

    def verify(self, trail: Trail) -> Survey:
        """A survey; there is nothing to tidy up."""
        return self.survey(trail)


class Family(Protocol):
    """One tool, or several with the same habits."""

    @property
    def programs(self) -> frozenset[str]:
        """The bare names, in lower case, without suffix and version, of the programs that it serves."""

    def find_installations(self, step: Step, trail: Trail, /) -> Iterable[Installation]:
        """What the command works on; nothing for a sub-command that installs nothing."""


@runtime_checkable
class HasLocks(Protocol):
    """An installation whose tool locks it while it works there; so do a repair and a verification."""

    @property
    def locks(self) -> tuple[str, ...]:
        """The files or folders that the tool takes, in its order."""


@runtime_checkable
class HasCache(Protocol):
    """A family whose tool hands out what its cache holds, broken or not."""

    def clean_cache(self, step: Step, packages: Iterable[str], /) -> Iterable[Repair]:
        """Drop these packages from the cache, because one there lacks a file."""
