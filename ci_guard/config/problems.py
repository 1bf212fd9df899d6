"""Collects every mistake of a configuration before anything is refused."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from ci_guard.annotation import TYPE_CHECKING
from ci_guard.config.nodes import Place
from ci_guard.dataclass import dataclass
from ci_guard.errors import PolicyError
from ci_guard.model.counting import counted

if TYPE_CHECKING:
    from typing import NoReturn

_CLOSE = 0.6  # similarity from which a known word is offered in place of an unknown one


class Rejected(Exception):
    """A value was refused and the reason recorded; a checker of collections goes on with the next value."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: where, what, and what to write instead."""

    place: Place
    what: str
    suggestion: str | None = None

    def __str__(self) -> str:
        return f"{self.place}: {self.what}" + (f"; {self.suggestion}" if self.suggestion else "")


class Problems:
    """The mistakes found so far; file by file, in the order of their lines.

    `own`: the file is one of ci-guard's own, whose regular expressions the tests have checked; at run time
    they need not be compiled before they are used. `tweaks` tells the tweaks that there are, if anybody asks.
    """

    def __init__(self, *, own: bool = False, tweaks: Callable[[], Collection[str]] | None = None) -> None:
        self.own = own
        self.tweaks = tweaks
        self._found: list[Problem] = []

    def __len__(self) -> int:
        return len(self._found)

    def __iter__(self) -> Iterator[Problem]:
        return iter(sorted(self._found, key=lambda problem: problem.place.order))

    def add(self, place: Place, what: str, suggestion: str | None = None) -> None:
        """Record a mistake and go on."""
        problem = Problem(place, what, suggestion)
        if problem not in self._found:  # an alias shows the same value twice
            self._found.append(problem)

    def refuse(self, place: Place, what: str, suggestion: str | None = None) -> "NoReturn":
        """Record a mistake and give the value up."""
        self.add(place, what, suggestion)
        raise Rejected

    def raise_if_any(self) -> None:
        """Raise one `PolicyError` that lists all mistakes, if there are any."""
        if self._found:
            count = counted(len(self._found), "mistake")
            lines = "".join(f"\n{problem}" for problem in self)
            raise PolicyError(f"{count} in the configuration:{lines}")


def nearest(word: str, known: Iterable[str], shown: Mapping[str, str] | None = None) -> str | None:
    """The suggestion for a word that is not among the known ones; `shown`: how to write these."""
    from difflib import get_close_matches

    words = list(known)
    close = get_close_matches(word.lower(), words, n=1, cutoff=_CLOSE)
    return f"did you mean `{(shown or {}).get(close[0], close[0])}`?" if close else None
