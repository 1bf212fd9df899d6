"""What went wrong while one place was looked at or repaired: it costs the verdict on that place alone.

Notes of tools can be damaged in ways that nobody has thought of, and ci-guard can have defects.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from ci_guard.dataclass import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Stumble:
    """One place, and what was raised there."""

    place: str  # a folder
    error: Exception


class Stumbles:
    """All of them, in the order in which they came."""

    def __init__(self) -> None:
        self.all: list[Stumble] = []

    @contextmanager
    def noted(self, place: str) -> Iterator[None]:
        """Note what is raised inside, which then ends there."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - whatever it is
            self.all.append(Stumble(place=place, error=error))

    def tell(self) -> str:
        """The places, each with the kind of what was raised."""
        kinds = {each.place: type(each.error).__name__ for each in self.all}
        return " and ".join(f"`{place}` ({kind})" for place, kind in kinds.items())
