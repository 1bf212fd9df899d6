"""Recovers from held files, beside loops: `python benchmarks/locks.py [--quick] [linux] [windows]`.

Real tools under a played scanner. For each case: who ended whole, and how long it took beside the best
possible, which is one undisturbed run and the sum of the locks on its path. A green end with a file missing
is counted by itself. Linux needs root (the lock is the immutable flag of the file system, which every program
meets and can see); Windows is the machine itself, or Wine.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Protocol

ROOT = Path(__file__).resolve().parents[1]
sys.path += [str(ROOT), str(ROOT / "tests")]

GOAL_MEDIAN, GOAL_WORST = 1.15, 1.5
LOOP_TRIES, LOOP_DELAY = (
    6,
    5.0,
)  # as people write loops: `for i in 1 2 3 4 5 6; do ... && break; sleep 5; done`
LATE_TRIES = 3  # a fresh launcher is there for a millisecond, and the scanner may miss it
BACKOFF_TRIES, BACKOFF_FIRST = 6, 2.0  # seconds, and twice as long each time
BARE, LOOP, BACKOFF, GUARD = "bare tool", "loop, 5 s apart", "backoff 2 s to 32 s", "ci-guard"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A tool, what of it is held, and how."""

    system: str
    tool: str
    held: str  # which files
    model: str  # each fresh file, the first only, ...
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one contender made of one case."""

    case: Case
    who: str
    status: int
    whole: bool
    seconds: float
    best: float  # seconds: the best possible

    @property
    def recovered(self) -> bool:
        """Whether it is green, and rightly."""
        return self.status == 0 and self.whole

    @property
    def false_green(self) -> bool:
        """Whether it is green with something missing."""
        return self.status == 0 and not self.whole

    @property
    def ratio(self) -> float:
        """Its time to the best possible."""
        return self.seconds / self.best


class Scene(Protocol):
    """A case that is set up anew for one contender."""

    def run(self, *, guarded: bool) -> int:
        """Run the command once, guarded or not; its exit status."""
        ...

    def whole(self) -> bool:
        """Whether all is there, once nothing is held any more."""
        ...

    def locks(self) -> float:
        """Seconds: the sum of the locks that were on the path."""
        ...


class Rig(Protocol):
    """One system's cases."""

    def cases(self, *, quick: bool) -> Sequence[Case]:
        """What can be measured there, the most telling first."""
        ...

    def scene(self, case: Case, *, disturbed: bool) -> AbstractContextManager[Scene]:
        """Set it up."""
        ...


def bare(scene: Scene) -> int:
    """Run it once."""
    return scene.run(guarded=False)


def guard(scene: Scene) -> int:
    """Run it under ci-guard, as it is without any setting."""
    return scene.run(guarded=True)


def loop(scene: Scene) -> int:
    """Try again after a fixed time."""
    return _tries(scene, [LOOP_DELAY] * (LOOP_TRIES - 1))


def backoff(scene: Scene) -> int:
    """Try again after a time that doubles."""
    return _tries(scene, [BACKOFF_FIRST * 2**number for number in range(BACKOFF_TRIES - 1)])


def _tries(scene: Scene, pauses: Sequence[float]) -> int:
    status = scene.run(guarded=False)
    for pause in pauses:
        if status == 0:
            break
        time.sleep(pause)
        status = scene.run(guarded=False)
    return status


CONTENDERS: dict[str, Callable[[Scene], int]] = {GUARD: guard, BARE: bare, LOOP: loop, BACKOFF: backoff}


def measure(rig: Rig, cases: Sequence[Case], until: float) -> Iterator[Result]:
    """Every contender at every case, as long as there is time."""
    for case in cases:
        best = _undisturbed(rig, case)
        for who, contender in CONTENDERS.items():
            if time.monotonic() > until:
                return
            result, locks = _disturbed(rig, case, who, contender)
            if who == GUARD:
                # a busy machine is not as fast at one time as at another: before and after count
                best = statistics.mean((best, _undisturbed(rig, case))) + locks
            result = replace(result, best=best)
            print(_line(result), file=sys.stderr, flush=True)
            yield result


def _disturbed(rig: Rig, case: Case, who: str, contender: Callable[[Scene], int]) -> tuple[Result, float]:
    """What the contender made of it, and the seconds of the locks; anew where the scanner came too late."""
    for _ in range(LATE_TRIES - 1):
        result, locks = _once(rig, case, who, contender)
        if locks:
            return result, locks
    return _once(rig, case, who, contender)


def _once(rig: Rig, case: Case, who: str, contender: Callable[[Scene], int]) -> tuple[Result, float]:
    with rig.scene(case, disturbed=True) as scene:
        begun = time.monotonic()
        status = contender(scene)
        seconds = time.monotonic() - begun
        whole = scene.whole()
        result = Result(case=case, who=who, status=status, whole=whole, seconds=seconds, best=seconds)
        return result, scene.locks()


def _undisturbed(rig: Rig, case: Case) -> float:
    """Seconds of one run with nothing held."""
    with rig.scene(case, disturbed=False) as scene:
        begun = time.monotonic()
        if scene.run(guarded=False) != 0 or not scene.whole():
            raise RuntimeError(f"{case.tool} does not even work undisturbed")
        return time.monotonic() - begun


def save(result: Result, path: Path) -> None:
    """Add it to a file, so that a measurement of hours can be made in parts."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(result)) + "\n")


def load(paths: Sequence[Path]) -> list[Result]:
    """What was saved; the last of each case and contender, beside the best that ci-guard's run told."""
    found: dict[tuple[Case, str], Result] = {}
    for line in (line for path in paths for line in path.read_text("utf-8").splitlines()):
        fields = json.loads(line)
        result = Result(**fields | {"case": Case(**fields["case"])})
        found[result.case, result.who] = result
    best = {case: each.best for (case, who), each in found.items() if who == GUARD}
    return [replace(each, best=best[case]) for (case, _), each in found.items() if case in best]


def _line(result: Result) -> str:
    case = result.case
    verdict = "recovered" if result.recovered else "FALSE GREEN" if result.false_green else "red"
    return (
        f"{case.system} {case.tool}, {case.held}, {case.model}, {case.seconds:g} s: {result.who}: {verdict} "
        f"after {result.seconds:.1f} s, best {result.best:.1f} s, {result.ratio:.2f} x"
    )


def table(results: Sequence[Result]) -> str:
    """What each contender came to, as Markdown; only cases that all of them have run."""
    complete = [
        case
        for case in dict.fromkeys(each.case for each in results)
        if {each.who for each in results if each.case == case} == CONTENDERS.keys()
    ]
    rows = [
        f"{len(complete)} cases; the goal is {GOAL_MEDIAN} x in the median, {GOAL_WORST} x at the worst.\n",
        "| who | recovered whole | green with something missing | time to the best: median | worst |",
        "| --- | --- | --- | --- | --- |",
    ]
    for who in CONTENDERS:
        mine = [each for each in results if each.who == who and each.case in complete]
        ratios = [each.ratio for each in mine if each.recovered]
        times = f"{statistics.median(ratios):.2f} x | {max(ratios):.2f} x" if ratios else "- | -"
        whole, false = sum(each.recovered for each in mine), sum(each.false_green for each in mine)
        rows.append(f"| {who} | {whole} of {len(mine)} | {false} | {times} |")
    return "\n".join(rows)


def _rig(name: str) -> AbstractContextManager[Rig]:
    if name == "linux":
        from benchmarks import locks_linux

        return locks_linux.rig()
    from benchmarks import locks_windows

    return locks_windows.rig()


def main() -> int:
    """Measure and tell."""
    parser = argparse.ArgumentParser(description="Recover from held files, beside loops.")
    parser.add_argument("--quick", action="store_true", help="two short cases: shows that it works")
    parser.add_argument("--minutes", type=float, default=60.0, help="begin nothing after so many minutes")
    parser.add_argument("--who", action="append", choices=CONTENDERS, help="only these (repeatable)")
    parser.add_argument("--seconds", type=float, action="append", help="only locks of so long (repeatable)")
    parser.add_argument("--tool", action="append", help="only cases of this tool (repeatable)")
    parser.add_argument("--save", type=Path, help="add each result to this file")
    parser.add_argument(
        "--load", type=Path, action="append", help="measure nothing, tell what was saved (repeatable)"
    )
    parser.add_argument("systems", nargs="*", choices=["linux", "windows", []], help="else both")
    asked = parser.parse_args()
    if asked.load:
        print(table(load(asked.load)))
        return 0
    if asked.who:
        for name in CONTENDERS.keys() - set(asked.who):
            del CONTENDERS[name]
    until = time.monotonic() + 60 * asked.minutes
    results: list[Result] = []
    for name in asked.systems or ["linux", "windows"]:
        with _rig(name) as system:
            cases = system.cases(quick=asked.quick)
            wanted = [
                each
                for each in cases
                if (not asked.seconds or each.seconds in asked.seconds)
                and (not asked.tool or each.tool in asked.tool)
            ]
            for result in measure(system, wanted, until):
                results.append(result)
                if asked.save:
                    save(result, asked.save)
    print(table(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
