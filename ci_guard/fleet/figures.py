"""Many steps folded into the figures that every form of the report shows."""

from collections.abc import Callable, Iterable, Sequence

from ci_guard.dataclass import dataclass
from ci_guard.fleet.step import UNNAMED, Step

WORST = 10
EDGES = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 60.0, 120.0, 300.0)  # seconds; where a class of lock times ends
DIMENSIONS: dict[str, Callable[[Step], Iterable[str]]] = {
    "agent": lambda one: (one.agent,),
    "job": lambda one: (one.job,),
    "tool": lambda one: (one.tool,),
    "package": lambda one: (one.package or UNNAMED,),
    "path": lambda one: (one.place or UNNAMED,),
    "operation": lambda one: (one.operation or UNNAMED,),
    "code": lambda one: (one.code or UNNAMED,),
    "healed": lambda one: one.healed,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Steps that met an antivirus product and have a name in common."""

    name: str
    steps: int
    recovered: int
    lost: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LockTimes:
    """How long files were waited for, in seconds; `classes`: upper edge (None: open) and number."""

    count: int
    median: float | None
    p95: float | None
    maximum: float | None
    classes: tuple[tuple[float | None, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The picture; a build counts as recovered when all its steps that met a product were."""

    steps: int
    builds: int
    builds_met: int
    builds_recovered: int
    steps_met: int
    incidents: int  # refusals and holds; a step may have several
    recovered: int  # of the steps that met a product
    lost: float
    first: str | None
    last: str | None
    days: tuple[Group, ...]
    by: dict[str, tuple[Group, ...]]
    locks: LockTimes
    worst: tuple[Step, ...]


def fold(steps: Sequence[Step]) -> Figures:
    """The picture of all steps."""
    met = [one for one in steps if one.met]
    builds: dict[str, list[Step]] = {}
    for one in steps:
        builds.setdefault(one.url or one.build, []).append(one)
    touched = [found for group in builds.values() if (found := [one for one in group if one.met])]
    days = sorted(one.day for one in steps)
    return Figures(
        steps=len(steps),
        builds=len(builds),
        builds_met=len(touched),
        builds_recovered=sum(all(one.recovered for one in group) for group in touched),
        steps_met=len(met),
        incidents=sum(one.incidents for one in met),
        recovered=sum(one.recovered for one in met),
        lost=sum(one.lost for one in met),
        first=days[0] if days else None,
        last=days[-1] if days else None,
        days=tuple(sorted(group_by(met, lambda one: (one.day,)), key=lambda group: group.name)),
        by={name: group_by(met, names) for name, names in DIMENSIONS.items()},
        locks=spread([seconds for one in met for seconds in one.locks]),
        worst=tuple(sorted(met, key=lambda one: (one.recovered, -one.lost, one.when))[:WORST]),
    )


def group_by(steps: Iterable[Step], names: Callable[[Step], Iterable[str]]) -> tuple[Group, ...]:
    """The groups, those with the most steps first."""
    groups: dict[str, list[Step]] = {}
    for one in steps:
        for name in names(one):
            groups.setdefault(name, []).append(one)
    told = (
        Group(
            name=name,
            steps=len(found),
            recovered=sum(one.recovered for one in found),
            lost=sum(one.lost for one in found),
        )
        for name, found in groups.items()
    )
    return tuple(sorted(told, key=lambda group: (-group.steps, -group.lost, group.name)))


def spread(seconds: Sequence[float]) -> LockTimes:
    """The distribution of times."""
    ordered = sorted(seconds)
    edges: tuple[float | None, ...] = (*EDGES, None)
    counts = [0] * len(edges)
    for each in ordered:
        counts[next((at for at, edge in enumerate(EDGES) if each <= edge), len(EDGES))] += 1
    return LockTimes(
        count=len(ordered),
        median=quantile(ordered, 0.5),
        p95=quantile(ordered, 0.95),
        maximum=ordered[-1] if ordered else None,
        classes=tuple(zip(edges, counts, strict=True)),
    )


def quantile(ordered: Sequence[float], share: float) -> float | None:
    """The smallest value that this share of all does not exceed (nearest rank)."""
    if not ordered:
        return None
    return ordered[max(0, -(-len(ordered) * round(share * 100) // 100) - 1)]
