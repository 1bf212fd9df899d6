"""The entries of `commands:` as rules: which one counts for a command, and which none ever reaches."""

from collections.abc import Iterator, Mapping, Sequence

from ci_guard.config.document import read_file
from ci_guard.config.nodes import Node
from ci_guard.config.problems import Problem, Problems
from ci_guard.policy.match import CommandMatcher, Parse, covers


def unreachable(path: str, name: str) -> tuple[Problem, ...]:
    """A warning for each entry that no command reaches, because one above it matches the same and more.

    The policy file has no mistakes; `name` is what messages call it.
    """
    return tuple(_warnings(_matches(path, name)))


def rule_for(path: str, name: str, command: Sequence[str], parse: Parse) -> tuple[str, int] | None:
    """The `match` of the entry that counts for a command, and its line; None: none does."""
    matcher = CommandMatcher(command, parse)
    for match in _matches(path, name):
        if matcher.fits(str(match.value)):
            return str(match.value), match.place.line
    return None


def _matches(path: str, name: str) -> list[Node]:
    root = read_file(path, name, problems=Problems())
    listed = root.value.get("commands") if isinstance(root.value, Mapping) else None
    entries = listed.value if listed is not None and isinstance(listed.value, tuple) else ()
    found = (entry.value.get("match") for entry in entries if isinstance(entry.value, Mapping))
    return [match for match in found if match is not None and isinstance(match.value, str)]


def _warnings(matches: Sequence[Node]) -> Iterator[Problem]:
    for index, match in enumerate(matches):
        above = next((each for each in matches[:index] if covers(str(each.value), str(match.value))), None)
        if above is not None:
            yield Problem(
                match.place,
                f"`{match.value}` is never reached: `{above.value}` on line {above.place.line} matches all "
                "that it matches",
                "the first match wins, so move it above that line",
            )
