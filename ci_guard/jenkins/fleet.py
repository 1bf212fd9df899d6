"""Scanned builds folded: which agents, jobs, tools, paths suffer from locks, how often, what it costs."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from ci_guard.expression import expression
from ci_guard.model.build import Build, Fleet, Incident, LockStats, ScannedBuild

UNNAMED = "unknown"
_SEPARATOR = expression(r"[\\/]")
_PARTS_SHOWN = 2  # of a path: the folder and the file are the same on every agent


def fold(scanned: Sequence[ScannedBuild]) -> Fleet:
    """The picture of all builds."""
    locks = [(one, found) for one in scanned for found in one.locks]
    everywhere = len(scanned)
    ran_on = Counter(agent for one in scanned for agent in one.agents)
    of_job = Counter(one.build.job for one in scanned)
    return Fleet(
        builds=everywhere,
        incidents=len(locks),
        recovered=sum(found.recovered for _, found in locks),
        lost=sum(found.lost for _, found in locks),
        by={
            "agent": _group(locks, lambda _, found: found.agent, lambda agent: ran_on[agent]),
            "job": _group(locks, lambda one, _: one.build.job, lambda job: of_job[job]),
            "tool": _group(locks, lambda _, found: found.tool or UNNAMED, lambda _: everywhere),
            "path": _group(locks, lambda _, found: _short(found.path), lambda _: everywhere),
        },
    )


def _group(
    locks: Iterable[tuple[ScannedBuild, Incident]],
    name_of: Callable[[ScannedBuild, Incident], str],
    builds_of: Callable[[str], int],
) -> tuple[LockStats, ...]:
    groups: dict[str, list[Incident]] = {}
    newest: dict[str, Build] = {}
    for one, found in locks:
        name = name_of(one, found)
        groups.setdefault(name, []).append(found)
        newest[name] = max(newest.get(name, one.build), one.build, key=lambda build: build.started)
    told = (
        LockStats(
            name=name,
            builds=max(builds_of(name), 1),
            incidents=len(found),
            recovered=sum(incident.recovered for incident in found),
            lost=sum(incident.lost for incident in found),
            last=newest[name],
        )
        for name, found in groups.items()
    )
    return tuple(sorted(told, key=lambda one: (-one.rate, -one.incidents, one.name)))


def _short(path: str | None) -> str:
    if not path:
        return UNNAMED
    separator = "\\" if "\\" in path else "/"
    return separator.join([part for part in _SEPARATOR.split(path) if part][-_PARTS_SHOWN:])
