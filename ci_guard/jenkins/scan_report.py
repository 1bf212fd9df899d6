"""Scanned builds and the fleet as text for people, and as JSON for programs. Expects showable text."""

import json
from collections.abc import Sequence

from ci_guard.model.build import Fleet, Incident, LockStats, ScannedBuild
from ci_guard.model.counting import counted
from ci_guard.record.codec import moment, plain
from ci_guard.redact.text import make_visible, shorten
from ci_guard.reports.json import record_match

LONGEST_CELL = 60  # characters
MOST_ROWS = 20  # of each group of the fleet
_MINUTE, _HOUR = 60, 3600
_LINK, _END = "\x1b]8;;", "\x1b\\"  # OSC 8, and the string terminator
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


def render_fleet(fleet: Fleet) -> str:
    """One table for each group, the worst first."""
    parts = [
        f"{counted(fleet.incidents, 'antivirus lock')} in {counted(fleet.builds, 'build')}; "
        f"{fleet.recovered} recovered; {_span(fleet.lost)} lost\n"
    ]
    for group, members in fleet.by.items():
        if not members:
            continue
        heads = (group, "builds", "locks", "per 100", "recovered", "lost")
        rows = [
            (
                one.name,
                str(one.builds),
                str(one.incidents),
                f"{one.rate:.1f}",
                str(one.recovered),
                _span(one.lost),
            )
            for one in members[:MOST_ROWS]
        ]
        more = len(members) - MOST_ROWS
        parts.append(
            _table(heads, rows) + (f"and {more} more; `--format json` has all\n" if more > 0 else "")
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
    }


def _told(found: Incident) -> tuple[str, ...]:
    recovered = "yes" if found.recovered else "no"
    return (found.category.value, recovered, _span(found.lost), found.tool or "", found.path or "")


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], pages: Sequence[str] = ()) -> str:
    """`pages`: for each row, where its first cell leads; empty: nowhere."""
    shown = [tuple(shorten(make_visible(cell), LONGEST_CELL) for cell in row) for row in (heads, *rows)]
    widths = [max(len(row[at]) for row in shown) for at in range(len(heads))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in shown]
    targets = ("", *(pages or [""] * len(rows)))
    return "".join(
        f"{_linked(row[0], page)}{line.rstrip()[len(row[0]) :]}\n"
        for line, row, page in zip(lines, shown, targets, strict=True)
    )


def _linked(text: str, page: str) -> str:
    """The text as a link; what could end the escape sequence, or is no address of the web, makes none."""
    shown = make_visible(page)
    if not page.startswith(("https://", "http://")) or shown != page or not page.isascii():
        return text
    return f"{_LINK}{page}{_END}{text}{_LINK}{_END}"


def _span(seconds: float) -> str:
    if seconds < _MINUTE:
        return f"{seconds:.0f} s"
    return f"{seconds / _MINUTE:.0f} min" if seconds < _HOUR else f"{seconds / _HOUR:.1f} h"
