"""One place in a log where a signature matches, understood; and what is needed to understand it."""

from collections.abc import Collection, Mapping, Sequence

from ci_guard.dataclass import dataclass, field
from ci_guard.model.category import Category, System
from ci_guard.model.history import Code
from ci_guard.model.knowledge import CodeMeaning, Place, Product, Signature

REMOVALS = frozenset({"remove", "unlink", "delete", "rm", "rmdir"})  # what taking a file away is called


@dataclass(frozen=True, slots=True)
class Candidate:
    """One match of one signature, understood."""

    signature: Signature
    start: int
    end: int
    category: Category
    code: Code | None = None
    operation: str | None = None
    path: str | None = None
    target: str | None = None
    package: str | None = None
    holders: tuple[str, ...] = ()
    ambiguous: bool = False
    nearby: bool = False  # the path stands in another line: the signature itself names none
    nonfatal: bool = False  # in a warning: no cause, but it may tell who holds the file
    advice: tuple[str, ...] = ()  # of the place where the file lies

    @property
    def retry_once(self) -> bool:
        """Whether one more attempt is worth it: not where the path turned out to be the cause."""
        return self.signature.retry_once and self.category is self.signature.category

    @property
    def weight(self) -> tuple[bool, bool, bool, bool, bool, bool, bool, bool, int]:
        """How much it says, against another match of the same text."""
        return (
            self.category is not Category.UNKNOWN,
            not self.signature.generic,
            not self.signature.symptom,
            self.path is not None and not self.nearby,
            self.path is not None,
            self.operation is not None,
            bool(self.holders),
            self.signature.category is not None,
            self.end - self.start,
        )


@dataclass(frozen=True, slots=True)
class Updating:
    """The programs that a command line has replaced by themselves."""

    surely: frozenset[str] = frozenset()
    perhaps: frozenset[str] = frozenset()  # unless it is something else that they update
    all_of_it: bool = False  # it is said to update itself: all that it has loaded is its own


@dataclass(frozen=True, slots=True)
class Lookup:
    """What is needed to understand a match."""

    codes: Sequence[CodeMeaning]
    places: Sequence[Place]
    system: System | None
    products: Sequence[Product] = ()
    programs: Mapping[str, Collection[str]] = field(default_factory=dict)  # that a file's tools run as
    updating: Updating = Updating()
    started: Collection[str] = ()  # programs that the command line names with their drive: `started_by`
