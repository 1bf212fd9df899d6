"""Refuses each system call of real installations, with and without ci-guard, and counts the ends.

    PYTHONPATH=tests python -m rig.sweep [--row NAME]... [--points N] [--seed S] [--always] [--limit SECONDS]
        [--with-guard | --without-guard] [--at AREA:OPERATION:NUMBER:HOLD]...
        [--markdown FILE] [--results FILE]

The file of a call is refused once, in two attempts, or for three seconds. Without ci-guard: the command is
run again until it says that it passed. With ci-guard: the same disturbance under `ci-guard --attempts 4`. The
end is compared, file by file, with that of an undisturbed run. Which points are taken depends on the seed,
which is printed. Ends with 1 if ci-guard ever ended green on a broken installation, red without a word, red
where trying again is enough, or with less than trying again leaves.
"""

import argparse
import json
import queue
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from rig import (
    scenarios,
    scenarios_cargo,
    scenarios_compound,
    scenarios_git,
    scenarios_maven,
    scenarios_node,
    scenarios_php,
    scenarios_python,
    scenarios_tools,
    scenarios_uv_python,
    wheels,
)
from rig.bench import HOLDS, Bench
from rig.injector import unavailable
from rig.requirement import expected
from rig.scenarios import Scenario
from rig.verdict import FORBIDDEN, Area, Finding, Hold, Point, Verdict, beside

SCENARIOS: tuple[Scenario, ...] = (
    *scenarios.SCENARIOS,
    *scenarios_python.SCENARIOS,
    *scenarios_uv_python.SCENARIOS,
    *scenarios_tools.SCENARIOS,
    *scenarios_node.SCENARIOS,
    *scenarios_git.SCENARIOS,
    *scenarios_compound.SCENARIOS,
    *scenarios_php.SCENARIOS,
    *scenarios_cargo.SCENARIOS,
    *scenarios_maven.SCENARIOS,
)
POINTS = 60
SEEDS = 1_000_000
WORKERS = 2


def sample(counts: Mapping[tuple[Area, str], int], points: int, seed: str) -> list[Point]:
    """Up to `points` points, shared fairly among the groups and drawn from each one's calls."""
    drawn = random.Random(seed)
    chosen: list[Point] = []
    left = points
    groups = sorted(counts, key=counts.__getitem__)
    for place, group in enumerate(groups):
        total = counts[group]
        share = min(total, -(-left // (len(groups) - place)))
        chosen += [Point(*group, number, _hold(drawn)) for number in drawn.sample(range(1, total + 1), share)]
        left -= share
    return chosen


def _hold(drawn: random.Random) -> Hold:
    return drawn.choices(list(HOLDS), [weight for _, weight in HOLDS.values()])[0]


def sweep(
    scenario: Scenario, root: Path, wheel_folder: Path, options: argparse.Namespace
) -> Iterator[tuple[str, list[Finding]]]:
    """The findings of a scenario without and with ci-guard."""
    with ThreadPoolExecutor(WORKERS) as pool:
        roots = [root / f"place-{number}" for number in range(WORKERS)]
        made = list(pool.map(lambda folder: Bench(scenario, folder, wheel_folder), roots))
        benches: queue.SimpleQueue[Bench] = queue.SimpleQueue()
        seed = f"{options.seed} {scenario.name}"
        points = options.at or sample(made[0].counts(), options.points, seed)
        for bench in made:
            benches.put(bench)

        def plain(point: Point) -> Finding:
            bench = benches.get()
            try:
                return bench.without_guard(point)
            finally:
                benches.put(bench)

        def guarded(point: Point) -> Finding:
            bench = benches.get()
            try:
                return _guarded(bench, point, always=options.always)
            finally:
                benches.put(bench)

        if options.without_guard:
            yield "same command again", list(pool.map(plain, points))
        if options.with_guard:
            yield "ci-guard", list(pool.map(guarded, points))


def _guarded(bench: Bench, point: Point, *, always: bool) -> Finding:
    """The finding of a point; what an attempt 1 that passes hides must be seen with `verify: always`."""
    found = bench.with_guard(point, always=always)
    if found.verdict is Verdict.HIDDEN and not always:
        strict = _guarded(bench, point, always=True)
        return strict if strict.verdict in FORBIDDEN else found
    if found.verdict is Verdict.HIDDEN:
        return replace(found, verdict=Verdict.UNSEEN)
    return beside(found, bench.without_guard(point)) if found.verdict is Verdict.RED else found


def row(name: str, kind: str, findings: Sequence[Finding]) -> str:
    """One line of the table."""
    counts = Counter(finding.verdict for finding in findings)
    cells = [name, kind, str(len(findings)), *(str(counts[verdict]) for verdict in Verdict)]
    return f"| {' | '.join(cells)} |"


def keep(path: Path, name: str, kind: str, findings: Sequence[Finding], seed: int) -> None:
    """Append the counts to a file of JSON lines, for `rig.sweep_table`."""
    counts = Counter(finding.verdict.name for finding in findings)
    entry = {"command": name, "retried by": kind, "seed": seed, "verdicts": dict(counts)}
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")


def main() -> int:
    """The command line."""
    options = _options()
    if reason := unavailable():
        print(f"sweep: {reason}", file=sys.stderr)
        return 1
    header = ["command", "retried by", "points", *Verdict]
    lines = [f"| {' | '.join(header)} |", f"| --- | --- |{' ---: |' * (len(Verdict) + 1)}"]
    print(f"seed {options.seed}", file=sys.stderr, flush=True)
    print("\n".join(lines), flush=True)
    bad: list[str] = []
    with tempfile.TemporaryDirectory(prefix="sweep-") as temporary:
        folder = Path(options.keep or temporary).resolve()
        wheel_folder = wheels.write_all(folder / "wheels")
        ends = time.monotonic() + options.limit if options.limit else None
        rows = [each for each in enumerate(SCENARIOS) if not options.row or each[1].name in options.row]
        if ends is not None:  # so that all rows have their turn, if not on the same day
            random.Random(options.seed).shuffle(rows)
        for place, (number, scenario) in enumerate(rows):
            if ends is not None and time.monotonic() > ends:
                left = ", ".join(each.name for _, each in rows[place:])
                print(f"sweep: no time was left for {left}", file=sys.stderr)
                break
            if reason := scenario.lacking():
                print(f"sweep: {scenario.name} was skipped: {reason}", file=sys.stderr)
                bad += [reason] if expected() and scenario.installable else []
                continue
            for kind, findings in sweep(scenario, folder / str(number), wheel_folder, options):
                if options.results:
                    keep(options.results, scenario.name, kind, findings, options.seed)
                lines.append(row(scenario.name, kind, findings))
                print(lines[-1], flush=True)
                found = report(scenario, kind, findings, verbose=options.verbose)
                print("".join(f"{line}\n" for line in found), end="", file=sys.stderr, flush=True)
                bad += found
    if options.markdown:
        options.markdown.write_text("\n".join(lines) + "\n", "utf-8")
    return 1 if bad else 0


def report(scenario: Scenario, kind: str, findings: Sequence[Finding], *, verbose: bool) -> list[str]:
    """What ci-guard must never do, each with the line that does it again."""
    bad: list[str] = []
    for finding in findings:
        text = f"{scenario.name} {finding.point} {finding.verdict}: {finding.refused}\n{finding.detail}"
        if verbose:
            print(f"[{kind}] {text}", file=sys.stderr)
        if kind == "ci-guard" and finding.verdict in FORBIDDEN:
            again = f'python -m rig.sweep --with-guard --row "{scenario.name}" --at {finding.point}'
            bad.append(f"{text}\n    again: {again} --verbose")
    return bad


def _point(text: str) -> Point:
    area, operation, number, hold = f"{text}:{Hold.ONCE}".split(":")[:4]
    return Point(Area(area), operation, int(number), Hold(hold))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="rig.sweep", description=__doc__.split("\n", 1)[0] if __doc__ else ""
    )
    parser.add_argument("--with-guard", action="store_true")
    parser.add_argument("--without-guard", action="store_true")
    parser.add_argument("--points", type=int, default=POINTS)
    parser.add_argument("--seed", type=int, default=random.randrange(SEEDS))
    parser.add_argument("--row", action="append", choices=[scenario.name for scenario in SCENARIOS])
    parser.add_argument("--at", type=_point, action="append")
    parser.add_argument("--limit", type=float, help="seconds after which no further row begins; in any order")
    parser.add_argument("--always", action="store_true", help="with `verify: always`")
    parser.add_argument("--markdown", type=Path)
    parser.add_argument("--results", type=Path, help="where counts are appended, for `rig.sweep_table`")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    if not options.with_guard and not options.without_guard:
        options.with_guard = options.without_guard = True
    return options


if __name__ == "__main__":
    sys.exit(main())
