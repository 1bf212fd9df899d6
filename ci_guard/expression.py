"""Regular expressions that are compiled when they are first used.

A module has its expressions as constants, and a run needs few of them: two hundred were compiled for one
failed step, which took half of its time. A test compiles all, so that a mistake is seen before any run.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from typing import Any, AnyStr

IGNORECASE = 2  # `re.IGNORECASE`, without opening the files of `re`
_METHODS = ("findall", "finditer", "fullmatch", "match", "search", "split", "sub", "subn")


class Expression:
    """Stands for a compiled expression: from the first use on with that one's own methods."""

    def __init__(self, pattern: "Any", flags: int) -> None:
        self.pattern = pattern
        self._given = flags

    def __getattr__(self, name: str) -> object:
        import re

        compiled = re.compile(self.pattern, self._given)
        for method in _METHODS:
            setattr(self, method, getattr(compiled, method))
        return getattr(compiled, name)


def expression(pattern: "AnyStr", flags: int = 0) -> "re.Pattern[AnyStr]":
    """As `re.compile`."""
    made: re.Pattern[AnyStr] = Expression(pattern, flags)  # type: ignore[assignment]
    return made
