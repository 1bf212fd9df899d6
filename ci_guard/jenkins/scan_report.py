"""Scanned builds and the fleet as text for people, and as JSON for programs. Expects showable text."""

import json
from collections.abc import Sequence

from ci_guard.jenkins.links import linked
from ci_guard.model.build import Fleet, Incident, LockStats, ScannedBuild
from ci_guard.model.counting import counted, lasting
from ci_guard.record.codec import moment, plain
from ci_guard.redact.text import make_visible, shorten
from ci_guard.reports.json import record_match

LONGEST_CELL = 60  # characters
MOST_ROWS = 20  # of each group of the fleet
Record = dict[str, object]


def render_builds(scanned: Sequence[ScannedBuild], *, links: bool = False) -> str:
    """The builds with incidents as a table, then how many builds there were.

    `links`: a build's name leads to its page, in a terminal that shows links (OSC 8).
    """
    rows = [
        (one.build.name, one.build.result or "", found.agent, *_told(found))
        for one in scanned
        for found in one.incidents
    ]
    pages = [one.build.url if links else "" for one in scanned for _ in one.incidents]
    heads = ("build", "result", "agent", "category", "recovered", "lost", "tool", "path")
    locks = sum(len(one.locks) for one in scanned)
    closing = (
        f"{counted(len(scanned), 'build')}, {counted(locks, 'antivirus lock')} "
        f"in {sum(bool(one.locks) for one in scanned)} of them"
    )
    return (_table(heads, rows, pages) + "\n" if rows else "") + closing + "\n"


def render_fleet(fleet: Fleet, *, links: bool = False) -> str:
    """One table for each group, the worst first; `links`: as for builds."""
    parts = [
        f"{counted(fleet.incidents, 'antivirus lock')} in {counted(fleet.builds, 'build')}; "
        f"{fleet.recovered} recovered; {lasting(fleet.lost)} lost\n"
    ]
    for group, members in fleet.by.items():
        if not members:
            continue
        heads = (group, "builds", "locks", "per 100", "recovered", "lost", "last build")
        rows = [
            (
                one.name,
                str(one.builds),
                str(one.incidents),
                f"{one.rate:.1f}",
                str(one.recovered),
                lasting(one.lost),
                one.last.name if one.last is not None else "",
            )
            for one in members[:MOST_ROWS]
        ]
        pages = [one.last.url if links and one.last is not None else "" for one in members[:MOST_ROWS]]
        more = len(members) - MOST_ROWS
        parts.append(
            _table(heads, rows, pages, len(heads) - 1)
            + (f"and {more} more; `--format json` has all\n" if more > 0 else "")
        )
    return "\n".join(parts)


def build_line(one: ScannedBuild) -> str:
    """A build as one line of JSON."""
    build = one.build
    record: Record = {
        "job": build.job,
        "number": build.number,
        "url": build.url,
        "result": build.result,
        "started": moment(build.started),
        "duration": round(build.duration, 3),
        "agents": list(one.agents),
        "failed_tests": one.failed_tests,
        "failed_by_locks_only": one.failed_by_locks_only,
        "incidents": [_incident(found) for found in one.incidents],
    }
    return json.dumps(record, ensure_ascii=False) + "\n"


def fleet_line(fleet: Fleet) -> str:
    """The fleet as one line of JSON."""
    record: Record = {
        "builds": fleet.builds,
        "incidents": fleet.incidents,
        "recovered": fleet.recovered,
        "lost": round(fleet.lost, 3),
        "by": {group: [_suffering(one) for one in members] for group, members in fleet.by.items()},
    }
    return json.dumps(record, ensure_ascii=False) + "\n"


def _incident(found: Incident) -> Record:
    return {
        "category": found.category.value,
        "agent": found.agent,
        "command": found.command,
        "tool": found.tool,
        "attempts": found.attempts,
        "recovered": found.recovered,
        "ambiguous": found.ambiguous,
        "lost": round(found.lost, 3),
        "match": plain(record_match(found.match)) if found.match is not None else None,
        "excerpt": found.excerpt,
    }


def _suffering(one: LockStats) -> Record:
    return {
        "name": one.name,
        "builds": one.builds,
        "incidents": one.incidents,
        "per_100_builds": round(one.rate, 3),
        "recovered": one.recovered,
        "lost": round(one.lost, 3),
        "last_build": {"name": one.last.name, "url": one.last.url} if one.last is not None else None,
    }


def _told(found: Incident) -> tuple[str, ...]:
    recovered = "yes" if found.recovered else "no"
    return (found.category.value, recovered, lasting(found.lost), found.tool or "", found.path or "")


def _table(
    heads: Sequence[str], rows: Sequence[Sequence[str]], pages: Sequence[str] = (), at: int = 0
) -> str:
    """`pages`: for each row, where its cell of column `at` leads; empty: nowhere."""
    shown = [tuple(shorten(make_visible(cell), LONGEST_CELL) for cell in row) for row in (heads, *rows)]
    widths = [max(len(row[column]) for row in shown) for column in range(len(heads))]
    targets = ("", *(pages or [""] * len(rows)))
    return "".join(_row(row, widths, page, at) for row, page in zip(shown, targets, strict=True))


def _row(cells: Sequence[str], widths: Sequence[int], page: str, at: int) -> str:
    # nothing is padded behind the last one that says something
    last = max((column for column, cell in enumerate(cells) if cell), default=-1)
    parts = []
    for column, (cell, width) in enumerate(zip(cells[: last + 1], widths, strict=False)):
        padding = "" if column == last else " " * (width - len(cell))
        parts.append((linked(cell, page) if column == at else cell) + padding)
    return "  ".join(parts) + "\n"
