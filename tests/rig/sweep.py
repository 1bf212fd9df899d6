"""Refuses each system call of real installations once, with and without ci-guard, and counts the ends.

    PYTHONPATH=tests python -m rig.sweep [--with-guard | --without-guard] [--points N] [--scenario NAME]...
                                         [--only AREA:OPERATION:NUMBER] [--markdown FILE] [--keep FOLDER]

Without ci-guard: the command, disturbed; then the same command again, undisturbed. With ci-guard: the same
disturbance under `ci-guard --attempts 4`. The end is compared, file by file, with that of an undisturbed run.
Ends with 1 if ci-guard ever ended green on a broken installation, or red without a word.
"""

import argparse
import os
import queue
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rig import compare, guard, wheels
from rig.injector import Injector, unavailable
from rig.scenarios import COMMAND_SECONDS, SCENARIOS, Place, Scenario
from rig.verdict import FORBIDDEN, Area, Finding, Point, Verdict, of_result

GROUPS = (
    *((Area.TARGET, operation) for operation in ("rename", "link", "openw", "mkdir", "symlink", "unlink")),
    *((Area.CACHE, operation) for operation in ("rename", "openw", "mkdir")),
)
GLOBS = {Area.TARGET: "[pt]*", Area.CACHE: "cache-*"}  # project, tools, tools-bin; see `rig.python`
POINTS = 60
WORKERS = 2
GUARD_ATTEMPTS = 4
PIP_ITSELF = "/site-packages/pip/"
POLICY = "version: 1\nbackoff: {initial: 10ms, maximum: 50ms}\n"


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
        """Disturb the command once, then run the same command again."""
        self._reset()
        with self._fault(point) as injector:
            first = self._run([*injector.command(*self.scenario.real(self.place)), *self.scenario.arguments])
            refused = _refused(injector)
        if first.returncode == 0:
            found = self._judge(first, point, refused)
            hidden = found.verdict in (Verdict.BROKEN, Verdict.METADATA)
            return Finding(
                point=point,
                verdict=Verdict.HIDDEN if hidden else Verdict.ABSORBED,
                refused=refused,
                detail=found.detail,
            )
        return self._judge(
            self._run([*self.scenario.real(self.place), *self.scenario.arguments]), point, refused
        )

    def with_guard(self, point: Point) -> Finding:
        """Disturb the command once under ci-guard."""
        self._reset()
        policy = self._runs / "policy.yml"
        policy.write_text(POLICY, "utf-8")
        with self._fault(point) as injector:
            variables = self._guarded_variables(injector)
            options = ["--policy", str(policy), "--attempts", str(GUARD_ATTEMPTS)]
            command = guard.command(*options, "--", self.scenario.tool, *self.scenario.arguments)
            done = self._run(command, variables)
            refused = _refused(injector)
            attempts = injector.attempts()
        found = self._judge(done, point, refused)
        verdict = found.verdict
        if verdict is Verdict.RED and "ci-guard: " not in done.stderr:
            verdict = Verdict.SILENT
        if attempts == 1 and verdict is not Verdict.RED:
            verdict = Verdict.ABSORBED if verdict is Verdict.WHOLE else Verdict.HIDDEN
        detail = "\n".join(filter(None, (found.detail, done.stderr)))
        return Finding(point=point, verdict=verdict, refused=refused, detail=detail)

    def _guarded_variables(self, injector: Injector) -> dict[str, str]:
        """The variables of the command, with the faulty program where its users would find it."""
        variables = guard.variables(self.place.variables())
        if self.scenario.tool == "pip":
            injector.launcher(self.place.venv / "bin" / "pip", *self.scenario.real(self.place))
            return variables
        folder = injector.shim("uv", *self.scenario.real(self.place))
        return {**variables, "PATH": f"{folder}:{variables['PATH']}"}

    def _fault(self, point: Point) -> Injector:
        return Injector([self._rule(point.area, point.operation, f"after={point.number - 1}")], self._runs)

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
        return Finding(point=point, verdict=verdict, refused=refused, detail=detail)


def _copy(source: str, target: str) -> None:
    """Copy a file; link one of pip itself: there are many, and no scenario writes them."""
    if PIP_ITSELF in source:
        os.link(source, target)
    else:
        shutil.copy2(source, target, follow_symlinks=False)


def _refused(injector: Injector) -> str:
    hits = injector.hits()
    return hits[0].paths[-1] if hits else ""


def sample(counts: Mapping[tuple[Area, str], int], points: int) -> list[Point]:
    """Up to `points` points, shared fairly among the groups and evenly spread over each one's calls."""
    chosen: list[Point] = []
    left = points
    groups = sorted(counts, key=counts.__getitem__)
    for place, group in enumerate(groups):
        total = counts[group]
        share = min(total, -(-left // (len(groups) - place)))
        chosen += [Point(*group, 1 + step * total // share) for step in range(share)]
        left -= share
    return chosen


def sweep(
    scenario: Scenario, root: Path, wheel_folder: Path, options: argparse.Namespace
) -> Iterator[tuple[str, list[Finding]]]:
    """The findings of a scenario without and with ci-guard."""
    with ThreadPoolExecutor(WORKERS) as pool:
        roots = [root / f"place-{number}" for number in range(WORKERS)]
        made = list(pool.map(lambda folder: Bench(scenario, folder, wheel_folder), roots))
        benches: queue.SimpleQueue[Bench] = queue.SimpleQueue()
        counts = {group: made[0].count(*group) for group in GROUPS}
        points = [options.only] if options.only else sample(counts, options.points)
        for bench in made:
            benches.put(bench)

        def at(point: Point, *, guarded: bool) -> Finding:
            bench = benches.get()
            try:
                return bench.with_guard(point) if guarded else bench.without_guard(point)
            finally:
                benches.put(bench)

        if options.without_guard:
            yield "same command again", list(pool.map(lambda point: at(point, guarded=False), points))
        if options.with_guard:
            yield "ci-guard", list(pool.map(lambda point: at(point, guarded=True), points))


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
    print("\n".join(lines), flush=True)
    bad: list[str] = []
    with tempfile.TemporaryDirectory(prefix="sweep-") as temporary:
        folder = Path(options.keep or temporary).resolve()
        wheel_folder = wheels.write_all(folder / "wheels")
        for number, scenario in enumerate(SCENARIOS):
            if options.scenario and scenario.name not in options.scenario:
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
            again = f'python -m rig.sweep --with-guard --scenario "{scenario.name}" --only {finding.point}'
            bad.append(f"{text}\n    again: {again} --verbose")
    return bad


def _point(text: str) -> Point:
    area, operation, number = text.split(":")
    return Point(Area(area), operation, int(number))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="rig.sweep", description=__doc__.split("\n", 1)[0] if __doc__ else ""
    )
    parser.add_argument("--with-guard", action="store_true")
    parser.add_argument("--without-guard", action="store_true")
    parser.add_argument("--points", type=int, default=POINTS)
    parser.add_argument("--scenario", action="append", choices=[scenario.name for scenario in SCENARIOS])
    parser.add_argument("--only", type=_point)
    parser.add_argument("--markdown", type=Path)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    if not options.with_guard and not options.without_guard:
        options.with_guard = options.without_guard = True
    return options


if __name__ == "__main__":
    sys.exit(main())
