"""Refuses each system call of real installations, with and without ci-guard, and counts the ends.

    PYTHONPATH=tests python -m rig.sweep [--row NAME]... [--points N] [--seed S] [--always] [--limit SECONDS]
        [--with-guard | --without-guard] [--at AREA:OPERATION:NUMBER:HOLD]... [--markdown FILE]

The file of a call is refused once, in two attempts, or for three seconds. Without ci-guard: the command is
run again until it says that it passed. With ci-guard: the same disturbance under `ci-guard --attempts 4`. The
end is compared, file by file, with that of an undisturbed run. Which points are taken depends on the seed,
which is printed. Ends with 1 if ci-guard ever ended green on a broken installation, red without a word, red
where trying again is enough, or with less than trying again leaves.
"""

import argparse
import os
import queue
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from rig import (
    compare,
    guard,
    scenarios,
    scenarios_compound,
    scenarios_git,
    scenarios_node,
    scenarios_php,
    scenarios_python,
    scenarios_tools,
    wheels,
)
from rig.injector import Injector, unavailable
from rig.requirement import expected
from rig.scenarios import COMMAND_SECONDS, Place, Scenario
from rig.verdict import FORBIDDEN, Area, Finding, Hold, Point, Verdict, beside, of_result

GROUPS = (
    *((Area.TARGET, operation) for operation in ("rename", "link", "openw", "mkdir", "symlink", "unlink")),
    *((Area.CACHE, operation) for operation in ("rename", "openw", "mkdir")),
)
GLOBS = {Area.TARGET: "[pt]*", Area.CACHE: "cache-*"}  # project, tools, tools-bin; see `rig.python`
SCENARIOS: tuple[Scenario, ...] = (
    *scenarios.SCENARIOS,
    *scenarios_python.SCENARIOS,
    *scenarios_tools.SCENARIOS,
    *scenarios_node.SCENARIOS,
    *scenarios_git.SCENARIOS,
    *scenarios_compound.SCENARIOS,
    *scenarios_php.SCENARIOS,
)
POINTS = 60
SEEDS = 1_000_000
WORKERS = 2
ATTEMPTS = 4
HELD_SECONDS = 3
HOLDS = {  # the rule's options, and how often a sample has it, of 10
    Hold.ONCE: ("after={before}", 6),
    Hold.TWICE: ("after={before},again=2", 3),
    Hold.SECONDS: (f"after={{before}},held={HELD_SECONDS}", 1),
}
PIP_ITSELF = "/site-packages/pip/"
POLICY = "version: 1\nverify: {verify}\nbackoff: {backoff}\n"
SHORT, LONG = "{initial: 10ms, maximum: 50ms}", "{initial: 1s, maximum: 3s}"


class Bench:
    """One worker's place with a scenario set up in it."""

    def __init__(self, scenario: Scenario, root: Path, wheel_folder: Path) -> None:
        self.scenario = scenario
        self.place: Place = scenario.place(root, wheel_folder)
        self._beginning = root / "beginning"
        self._runs = root / "runs"
        self.place.refresh_base()
        self.place.project.mkdir(parents=True)
        scenario.prepare(self.place)
        self.place.refresh_base()
        self.place.state.rename(self._beginning)
        self._reset()
        self.place.run(*scenario.real(self.place), *scenario.arguments)
        self.reference = scenario.snapshot(self.place)
        if not scenario.speaks(self.place):
            raise RuntimeError(f"{scenario.name}: an undisturbed run does not work")

    def count(self, area: Area, operation: str) -> int:
        """How many calls of this operation an undisturbed run makes there."""
        self._reset()
        with Injector([self._rule(area, operation, "n=0")], self._runs) as injector:
            self._run([*injector.command(*self.scenario.real(self.place)), *self.scenario.arguments])
            return injector.seen()

    def without_guard(self, point: Point) -> Finding:
        """Disturb the command, and run it again until it says that it passed."""
        self._reset()
        with self._fault(point) as injector:
            command = [*injector.command(*self.scenario.real(self.place)), *self.scenario.arguments]
            done = self._run(command)
            for _ in range(ATTEMPTS - 1 if done.returncode else 0):
                if point.hold is Hold.SECONDS:
                    time.sleep(HELD_SECONDS)
                done = self._run(command)
                if done.returncode == 0:
                    break
            found = self._judge(done, point, _refused(injector))
            return self._absorbed(found) if injector.attempts() == 1 and done.returncode == 0 else found

    def with_guard(self, point: Point, *, always: bool = False) -> Finding:
        """Disturb the command in the same way under ci-guard."""
        self._reset()
        policy = self._runs / "policy.yml"
        backoff = LONG if point.hold is Hold.SECONDS else SHORT
        policy.write_text(POLICY.format(verify="always" if always else "true", backoff=backoff), "utf-8")
        with self._fault(point) as injector:
            variables = self._guarded_variables(injector)
            options = ["--policy", str(policy), "--attempts", str(ATTEMPTS)]
            command = guard.command(*options, "--", self.scenario.tool, *self.scenario.arguments)
            done = self._run(command, variables)
            found = self._judge(done, point, _refused(injector))
            if injector.attempts() == 1 and found.verdict is not Verdict.RED:
                found = self._absorbed(found)
        if found.verdict is Verdict.RED and "ci-guard: " not in done.stderr:
            found = replace(found, verdict=Verdict.SILENT)
        return replace(found, detail="\n".join(filter(None, (found.detail, done.stderr))))

    def _absorbed(self, found: Finding) -> Finding:
        """What came of a command whose first attempt said that it passed."""
        whole = found.verdict is Verdict.WHOLE
        return replace(found, verdict=Verdict.ABSORBED if whole else Verdict.HIDDEN)

    def _guarded_variables(self, injector: Injector) -> dict[str, str]:
        """The variables of the command, with the faulty program where its users would find it."""
        return self.scenario.arm(self.place, injector, guard.variables(self.place.variables()))

    def _fault(self, point: Point) -> Injector:
        options = HOLDS[point.hold][0].format(before=point.number - 1)
        return Injector([self._rule(point.area, point.operation, options)], self._runs)

    def _rule(self, area: Area, operation: str, options: str) -> str:
        return f"{operation}:{self.place.state}/{GLOBS[area]}:EACCES:{options}"

    def _reset(self) -> None:
        for folder in (self.place.state, self._runs):
            shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self._beginning, self.place.state, symlinks=True, copy_function=_copy)
        self._runs.mkdir()

    def _run(
        self, command: Sequence[str | Path], variables: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command; one that does not end has the status -9."""
        process = subprocess.Popen(
            command,
            cwd=self.place.project,
            env=variables or self.place.variables(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
        with process:
            try:
                output, errors = process.communicate(timeout=COMMAND_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                output, errors = process.communicate()
        return subprocess.CompletedProcess(process.args, process.returncode, output, errors)

    def _judge(self, done: subprocess.CompletedProcess[str], point: Point, refused: str) -> Finding:
        touched = self.place.refresh_base()
        difference = compare.compare(self.scenario.snapshot(self.place), self.reference)
        status = None if done.returncode < 0 else done.returncode
        verdict = of_result(
            status,
            difference,
            speaks=status == 0 and self.scenario.speaks(self.place),
            base_touched=touched,
        )
        detail = str(difference) + ("; the base Python was changed" if touched else "")
        return Finding(point=point, verdict=verdict, refused=refused, difference=difference, detail=detail)


def _copy(source: str, target: str) -> None:
    """Copy a file; link one of pip itself: there are many, and no scenario writes them."""
    if PIP_ITSELF in source:
        os.link(source, target)
    else:
        shutil.copy2(source, target, follow_symlinks=False)


def _refused(injector: Injector) -> str:
    hits = injector.hits()
    return hits[0].paths[-1] if hits else ""


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
        if options.at:
            points = options.at
        else:
            counts = {group: made[0].count(*group) for group in GROUPS}
            points = sample(counts, options.points, f"{options.seed} {scenario.name}")
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
                found = bench.with_guard(point, always=options.always)
                return beside(found, bench.without_guard(point)) if found.verdict is Verdict.RED else found
            finally:
                benches.put(bench)

        if options.without_guard:
            yield "same command again", list(pool.map(plain, points))
        if options.with_guard:
            yield "ci-guard", list(pool.map(guarded, points))


def row(name: str, kind: str, findings: Sequence[Finding]) -> str:
    """One line of the table."""
    counts = Counter(finding.verdict for finding in findings)
    cells = [name, kind, str(len(findings)), *(str(counts[verdict]) for verdict in Verdict)]
    return f"| {' | '.join(cells)} |"


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
                bad += [f"{scenario.name}: {reason}"] if expected() and scenario.installable else []
                continue
            for kind, findings in sweep(scenario, folder / str(number), wheel_folder, options):
                lines.append(row(scenario.name, kind, findings))
                print(lines[-1], flush=True)
                bad += report(scenario, kind, findings, verbose=options.verbose)
    if options.markdown:
        options.markdown.write_text("\n".join(lines) + "\n", "utf-8")
    for line in bad:
        print(line, file=sys.stderr)
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
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    if not options.with_guard and not options.without_guard:
        options.with_guard = options.without_guard = True
    return options


if __name__ == "__main__":
    sys.exit(main())
