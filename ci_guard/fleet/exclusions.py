"""Which exclusions would have prevented the incidents: the smallest set, and what each alone does."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

from ci_guard.dataclass import dataclass
from ci_guard.expression import expression
from ci_guard.fleet.incident import Incident
from ci_guard.fleet.step import RANDOM, UNNAMED

ROOT_PARTS = 2  # of a path that stay: drive or top folder, and the folder below
END_PARTS = 2  # of the folder that stay
MOST_TRIED = 5  # sets of more members are found step by step, each time the one that prevents most
MOST_CANDIDATES = 24  # among which all sets are tried
_SEPARATOR = expression(r"[\\/]")

Met = tuple[str, str]  # the pattern of the path and the program: what exclusions can tell apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """One entry for the product's list, and how many of the incidents it alone would have prevented."""

    kind: str  # `path` or `program`
    pattern: str
    prevents: int


def candidates(incidents: Sequence[Incident]) -> list[Exclusion]:
    """All that come into question, those that prevent most first; of equals a path, which opens less."""
    return _ranked(Counter(map(_kind_of, incidents)))


def smallest(incidents: Sequence[Incident]) -> tuple[list[Exclusion], int]:
    """The smallest set that prevents all that exclusions can prevent, and how many are left over."""
    kinds = Counter(map(_kind_of, incidents))
    hits = _hits(kinds)
    ranked = [(one, hits[one.kind, one.pattern]) for one in _ranked(kinds)]
    wanted = set().union(*hits.values())
    chosen = _exactly(ranked[:MOST_CANDIDATES], wanted) or _greedily(ranked, wanted)
    return chosen, sum(count for kind, count in kinds.items() if kind not in wanted)


def _ranked(kinds: Mapping[Met, int]) -> list[Exclusion]:
    found = (
        Exclusion(kind=kind, pattern=pattern, prevents=sum(kinds[one] for one in hit))
        for (kind, pattern), hit in _hits(kinds).items()
    )
    return sorted(found, key=lambda one: (-one.prevents, one.kind, one.pattern))


def _exactly(ranked: Sequence[tuple[Exclusion, set[Met]]], wanted: set[Met]) -> list[Exclusion]:
    for size in range(1, MOST_TRIED):
        for some in combinations(ranked, size):
            if set().union(*(hit for _, hit in some)) == wanted:
                return [one for one, _ in some]
    return []


def _greedily(ranked: Sequence[tuple[Exclusion, set[Met]]], wanted: set[Met]) -> list[Exclusion]:
    chosen: list[Exclusion] = []
    left = set(wanted)
    while left:
        best, hit = max(ranked, key=lambda pair: len(pair[1] & left))
        chosen.append(best)
        left -= hit
    return chosen


def _kind_of(incident: Incident) -> Met:
    program = incident.program or incident.tool
    return pattern_of(incident.path) if incident.path else "", "" if program == UNNAMED else program


def _hits(kinds: Iterable[Met]) -> Mapping[tuple[str, str], set[Met]]:
    hits: dict[tuple[str, str], set[Met]] = {}
    for kind in kinds:
        for name, pattern in zip(("path", "program"), kind, strict=True):
            if pattern:
                hits.setdefault((name, pattern), set()).add(kind)
    return hits


def pattern_of(path: str) -> str:
    """The folder of a path as a pattern: what differs between workspaces and runs is `*`."""
    separator = "\\" if "\\" in path else "/"
    parts = [RANDOM.sub("*", part) for part in _SEPARATOR.split(path)[:-1]]
    root = ROOT_PARTS + (not parts[0] if parts else 0)
    if len(parts) > root + END_PARTS:
        parts = [*parts[:root], "*", *parts[-END_PARTS:]]
    return separator.join([*parts, "*"])
