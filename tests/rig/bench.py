"""One worker's place in which the sweep disturbs a scenario, without and with ci-guard."""

import os
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from rig import compare, guard
from rig.injector import Injector
from rig.scenarios import COMMAND_SECONDS, Place, Scenario
from rig.verdict import Area, Finding, Hold, Point, Verdict, of_result

GROUPS = (
    *((Area.TARGET, operation) for operation in ("rename", "link", "openw", "mkdir", "symlink", "unlink")),
    *((Area.CACHE, operation) for operation in ("rename", "openw", "mkdir")),
)
GLOBS = {Area.TARGET: "[pt]*", Area.CACHE: "cache-*"}  # project, tools, tools-bin; see `rig.python`
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

    def counts(self) -> dict[tuple[Area, str], int]:
        """How many calls of each group an undisturbed run makes."""
        self._reset()
        rules = {group: self._rule(*group, "n=0") for group in GROUPS}
        with Injector(rules.values(), self._runs) as injector:
            self._run([*injector.command(*self.scenario.real(self.place)), *self.scenario.arguments])
            return {group: injector.seen(rule) for group, rule in rules.items()}

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
