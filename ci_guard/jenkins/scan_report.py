"""Scanned builds and the fleet as text for people, and as JSON for programs. Expects showable text."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from ci_guard import __version__
from ci_guard.model.build import Fleet, Incident, LockStats, ScannedBuild
from ci_guard.redact.text import make_visible, shorten
from ci_guard.reports.json import SCHEMA

LONGEST_CELL = 60  # characters
MOST_ROWS = 20  # of each group of the fleet
_MINUTE, _HOUR = 60, 3600
Record = dict[str, object]


def render_builds(scanned: Sequence[ScannedBuild]) -> str:
    """The builds with incidents as a table, then how many builds there were."""
    rows = [
        (one.build.name, one.build.result or "", found.agent, *_told(found))
        for one in scanned
        for found in one.incidents
    ]
    heads = ("build", "result", "agent", "category", "recovered", "lost", "tool", "path")
    locks = sum(len(one.locks) for one in scanned)
    closing = (
        f"{len(scanned)} builds, {locks} antivirus locks in {sum(bool(one.locks) for one in scanned)} of them"
    )
    return (_table(heads, rows) + "\n" if rows else "") + closing + "\n"


def render_fleet(fleet: Fleet) -> str:
    """One table for each group, the worst first."""
    parts = [
        f"{fleet.incidents} antivirus locks in {fleet.builds} builds; {fleet.recovered} recovered; "
        f"{_span(fleet.lost)} lost\n"
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
        "started": _time(build.started),
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


def run_records(one: ScannedBuild) -> Iterator[tuple[str, bytes]]:
    """Records of schema `ci-guard/run/1`, each with its file name: one for each incident, or one without.

    The name follows from the build alone, so that a second scan replaces what the first one wrote. What a log
    does not tell is null, or empty.
    """
    stem = "".join(sign if sign.isalnum() or sign in "-_." else "-" for sign in one.build.job)
    for at, found in enumerate(one.incidents or (None,)):
        content = json.dumps(_run(one, found), ensure_ascii=False, indent=2) + "\n"
        yield f"{stem}-{one.build.number}-{at}.json", content.encode()


def _run(one: ScannedBuild, found: Incident | None) -> Record:
    build = one.build
    passed = found.recovered if found is not None else not one.failed
    attempts = (
        [_attempt(found, number) for number in range(1, found.attempts + 1)] if found is not None else []
    )
    if found is not None and passed:
        attempts.append(_attempt(None, found.attempts + 1))
    outcome = ("flaky" if found is not None else "passed") if passed else "failed"
    return {
        "schema": SCHEMA,
        "version": __version__,
        "command": [found.command] if found is not None and found.command else [],
        "name": found.command or build.job if found is not None else build.job,
        "outcome": outcome,
        "finished": True,
        "exit_status": 0 if passed else 1,
        "category": found.category.value if found is not None and not passed else None,
        "explanation": found.excerpt if found is not None else "",
        "started": _time(build.started),
        "duration": round(found.lost if found is not None else build.duration, 3),
        "host": "jenkins",
        "agent": found.agent if found is not None else one.agents[0],
        "directory": "",
        "attempts_allowed": len(attempts),
        "attempts": attempts,
        "verification": None,
        "build": {"job": build.job, "number": build.number, "url": build.url, "result": build.result},
    }


def _attempt(found: Incident | None, number: int) -> Record:
    return {
        "number": number,
        "argv": [],
        "exit_status": 0 if found is None else 1,
        "signal": None,
        "started": None,
        "duration": None,
        "stopped": None,
        "category": found.category.value if found is not None else None,
        "retryable": found is not None and found.recovered,
        "match": _match(found) if found is not None else None,
        "evidence": [],
        "packages": [],
        "advice": [],
        "decision": None,
        "waited": None,
        "environment": [],
        "repairs": [],
    }


def _match(found: Incident) -> Record | None:
    if found.signature is None:
        return None
    namespace, _, number = (found.code or "").partition(" ")
    return {
        "signature": found.signature,
        "code": {"namespace": namespace, "number": int(number)} if number else None,
        "operation": found.operation,
        "path": found.path,
        "holders": [],
        "line": found.line,
        "excerpt": found.excerpt,
    }


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
        "match": _match(found),
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


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    shown = [tuple(shorten(make_visible(cell), LONGEST_CELL) for cell in row) for row in (heads, *rows)]
    widths = [max(len(row[at]) for row in shown) for at in range(len(heads))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in shown)
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _span(seconds: float) -> str:
    if seconds < _MINUTE:
        return f"{seconds:.0f} s"
    return f"{seconds / _MINUTE:.0f} min" if seconds < _HOUR else f"{seconds / _HOUR:.1f} h"


def _time(moment: float) -> str:
    return datetime.fromtimestamp(moment, tz=UTC).isoformat(timespec="milliseconds")
