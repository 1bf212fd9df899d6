"""The table of docs/why-not-just-retry.md: what trying again comes to for each command, beside ci-guard.

    PYTHONPATH=tests python -m rig.sweep --results FILE [--points N]
    PYTHONPATH=tests python -m rig.sweep_table FILE...

Of several lines about one command the last counts.
"""

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from rig.sweep import SCENARIOS
from rig.verdict import Verdict

HEADER = (
    "command",
    "points",
    "tried again: whole / exit 0 and broken / red",
    "ci-guard: whole / exit 0 and broken / red",
    "with `verify: always`: exit 0 and broken",
)
BROKEN = (Verdict.HIDDEN, Verdict.UNSEEN, Verdict.METADATA, Verdict.BROKEN)
UNSEEN = (Verdict.UNSEEN, Verdict.METADATA, Verdict.BROKEN)
RED = (Verdict.RED, Verdict.WORSE, Verdict.HARMED, Verdict.SILENT, Verdict.HUNG)
Counts = Mapping[str, int]


def line_of(name: str, counts: Mapping[str, Counts]) -> str:
    """One row of the table; `counts`: the verdicts by who tried again."""
    plain, guarded = counts["same command again"], counts["ci-guard"]
    words, _, more = name.partition(" (")
    shown = f"`{words}`" + (f" ({more}" if more else "")
    cells = [shown, str(sum(plain.values())), _ends(plain), _ends(guarded), _bold(_sum(guarded, UNSEEN))]
    return f"| {' | '.join(cells)} |"


def table(rows: Mapping[str, Mapping[str, Counts]]) -> str:
    """The whole table, with a line of sums."""
    lines = [f"| {' | '.join(HEADER)} |", f"| --- |{' ---: |' * (len(HEADER) - 1)}"]
    lines += [line_of(name, counts) for name, counts in rows.items()]
    sums = {kind: _added(counts[kind] for counts in rows.values()) for kind in next(iter(rows.values()))}
    last = line_of("", sums).replace("``", f"{len(rows)} commands")
    return "\n".join([*lines, last])


def read(paths: Iterable[Path]) -> dict[str, Mapping[str, Counts]]:
    """What `--results` has written: both kinds of each command that has both."""
    found: dict[str, dict[str, Counts]] = {}
    for path in paths:
        for text in path.read_text("utf-8").splitlines():
            entry = json.loads(text)
            found.setdefault(entry["command"], {})[entry["retried by"]] = entry["verdicts"]
    order = {scenario.name: place for place, scenario in enumerate(SCENARIOS)}
    return {name: found[name] for name in sorted(found, key=order.__getitem__) if len(found[name]) > 1}


def _ends(counts: Counts) -> str:
    whole = _sum(counts, (Verdict.WHOLE,))
    return f"{whole} / {_bold(_sum(counts, BROKEN))} / {_sum(counts, RED)}"


def _bold(number: int) -> str:
    return f"**{number}**" if number else "0"


def _sum(counts: Counts, verdicts: Iterable[Verdict]) -> int:
    return sum(counts.get(verdict.name, 0) for verdict in verdicts)


def _added(many: Iterable[Counts]) -> dict[str, int]:
    total: dict[str, int] = {}
    for counts in many:
        for name, number in counts.items():
            total[name] = total.get(name, 0) + number
    return total


if __name__ == "__main__":
    print(table(read(map(Path, sys.argv[1:]))))
