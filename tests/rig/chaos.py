"""Guarded commands under all that a build machine may do to them, against a model of what must come out.

`PYTHONPATH=tests python -m rig.chaos [COMMANDS [SEED]]` prints the seed, by which a run can be replayed, and
each deviation.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from rig.events import HANG, until
from rig.guard import OUT_OF_TIME, PROGRAMS, UNDER_A_CLOCK

PROGRAM = PROGRAMS / "follows_plan.py"
GUARD = (sys.executable, "-m", "ci_guard")
COMMAND = (sys.executable, str(PROGRAM))
POLICY = "version: 1\nbackoff: {initial: 1ms, maximum: 5ms}\ngrace: 1s\n"
AT_ONCE = 4
STATUS = {"pass": 0, "fail": 7, "lock": 2, "die": 137, "hang": 124}
ABORTED, TERMINATED = -9, 143
UNHEARD, UNHEARD_AT_EXIT = 1, 120  # how the command itself, a Python, ends whose output nobody takes
AFTER_THE_END = -15  # the signal came when all was done and written, and the guard was on its way out
DISTURBANCES = (
    *("none", "none", "kill", "terminate", "suspend", "full disk", "no reader", "early kill"),
    *("clock", "clock", "hold", "hold", "killed hold"),
)
KILLED = ("kill", "early kill", "killed hold")
UNDISTURBED = ("none", "suspend", "clock", "hold")  # whose attempts must all be made
JUMPS = (5.0, -5.0, 3600.0, -3600.0, 86400.0 * 365)  # seconds by which the clock is set back
HOLDS = 10  # times the moment: how long the file is held that the locks name


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One guarded command: what it does in each attempt, and what is done to its guard."""

    plan: tuple[str, ...]
    disturbance: str
    moment: float  # seconds after the attempt that is disturbed has begun
    jump: float  # seconds by which the clock is set back when the first attempt begins

    @property
    def attempts(self) -> tuple[str, ...]:
        """The attempts that must be made when nothing disturbs."""
        last = next((n for n, what in enumerate(self.plan, 1) if what != "lock"), len(self.plan))
        return self.plan[:last]


def scenario(chance: random.Random) -> Scenario:
    """A scenario by chance."""
    words = [chance.choice(("lock", "lock", "lock", "pass", "fail", "die", "hang")) for _ in range(3)]
    return Scenario(
        plan=tuple(words[: chance.randint(1, 3)]),
        disturbance=chance.choice(DISTURBANCES),
        moment=chance.random() * 0.2,
        jump=chance.choice(JUMPS),
    )


def play(made: Scenario) -> list[str]:
    """Run it; what has come out otherwise than it must."""
    with tempfile.TemporaryDirectory(prefix="chaos-") as name:
        folder = Path(name)
        (folder / ".ci-guard.yml").write_text(POLICY)
        return _Play(made, folder).deviations()


class _Play:
    def __init__(self, made: Scenario, folder: Path) -> None:
        self._made = made
        self._folder = folder
        self._report = folder / "run.json"
        self._mark = f"CHAOS={folder}"
        self._disturbed = folder / "disturbed"
        self._hangs = "hang" in made.attempts

    def deviations(self) -> list[str]:
        holder = self._hold() if "hold" in self._made.disturbance else None
        guard = self._start()
        try:
            self._disturb(guard, holder)
            self._disturbed.write_text("yes")
            guard.wait(HANG)
        except subprocess.TimeoutExpired:
            return ["it does not end"]
        finally:
            for process in (guard, holder):
                if process is not None:
                    process.kill()
                    process.wait()
        return [*self._of_status(guard.returncode), *self._of_report(guard.returncode), *self._of_processes()]

    def _hold(self) -> "subprocess.Popen[bytes]":
        """Hold the file that a lock names: a program that runs cannot be written to."""
        held = self._folder / "t"
        shutil.copy(shutil.which("sleep") or "", held)
        return subprocess.Popen([held, str(HANG)], env={}, stdin=subprocess.DEVNULL)

    def _start(self) -> "subprocess.Popen[bytes]":
        words = ["--attempts", str(len(self._made.plan)), "--attempt-timeout", "1h"]
        report = "/dev/full" if self._made.disturbance == "full disk" else "run.json"
        environment = {name: text for name, text in os.environ.items() if not name.startswith("CI_GUARD")}
        environment["CHAOS"] = str(self._folder)
        guard: tuple[str, ...] = GUARD
        if self._hangs:  # its time is over once it hangs and was disturbed
            guard = (sys.executable, str(OUT_OF_TIME))
            begun = self._folder / f"begun-{len(self._made.attempts)}"
            environment["OVER_AT"] = os.pathsep.join(map(str, (begun, self._disturbed)))
        if self._made.disturbance == "clock":
            guard = (sys.executable, str(UNDER_A_CLOCK))
            environment |= {
                "CLOCK_AHEAD": str(self._made.jump),
                "CLOCK_UNTIL": str(self._folder / "begun-1"),
            }
        reader, writer = os.pipe()
        out = writer if self._made.disturbance == "no reader" else subprocess.DEVNULL
        try:
            return subprocess.Popen(
                [*guard, *words, "--report", f"json={report}", "--", *COMMAND, *self._made.plan],
                cwd=self._folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )
        finally:
            os.close(writer)
            os.close(reader)

    def _disturb(self, guard: "subprocess.Popen[bytes]", holder: "subprocess.Popen[bytes] | None") -> None:
        kind = self._made.disturbance
        if kind == "early kill":
            time.sleep(self._made.moment)
            guard.kill()
        if kind not in ("kill", "terminate", "suspend", "hold", "killed hold"):
            return
        until(lambda: (self._folder / "begun-1").exists() or guard.poll() is not None)
        if holder is not None:
            time.sleep(self._made.moment * HOLDS)
        else:
            time.sleep(self._made.moment)
        if kind == "hold":
            assert holder is not None
            holder.kill()
        elif kind == "suspend":
            guard.send_signal(signal.SIGSTOP)
            time.sleep(0.1)
            guard.send_signal(signal.SIGCONT)
        else:
            guard.send_signal(signal.SIGTERM if kind == "terminate" else signal.SIGKILL)

    def _of_status(self, status: int) -> list[str]:
        allowed = {STATUS[self._made.attempts[-1]]}
        if self._made.disturbance in KILLED:
            allowed.add(ABORTED)
        if self._made.disturbance == "terminate":
            # an attempt that ends by itself before the signal has reached it has its own status
            allowed |= {TERMINATED, AFTER_THE_END, *(STATUS[each] for each in self._made.attempts)}
        if self._made.disturbance == "no reader":
            allowed |= {UNHEARD, UNHEARD_AT_EXIT}
        return [] if status in allowed else [f"status {status}, not {sorted(allowed)}"]

    def _of_report(self, status: int) -> list[str]:
        parts = sorted(path.name for path in self._folder.glob(".*.part"))
        begun = parts[:1] if status == ABORTED else []  # nobody takes away what was being written just then
        found = [f"left behind: {name}" for name in parts if name not in begun]
        if not self._report.exists():
            needed = self._made.disturbance not in ("full disk", "early kill")
            return [*found, *(["no report"] if needed else [])]
        told = json.loads(self._report.read_text(encoding="utf-8"))
        if status == ABORTED:
            wrong = (told["outcome"], told["finished"]) != ("aborted", False) and not told["finished"]
            return [*found, *([f"outcome {told['outcome']}"] if wrong else [])]
        late = status == AFTER_THE_END and told["exit_status"] == STATUS[self._made.attempts[-1]]
        if (told["exit_status"] != status and not late) or not told["finished"]:
            found.append(f"the report says {told['exit_status']}, the guard {status}")
        made, wanted = len(told["attempts"]), len(self._made.attempts)
        if self._made.disturbance in UNDISTURBED and made != wanted:
            found.append(f"{made} attempts, not {wanted}")
        if not all(0 <= each["duration"] <= HANG for each in (told, *told["attempts"])):
            found.append("a duration that cannot be")
        return found

    def _of_processes(self) -> list[str]:
        try:
            until(lambda: not _bearers(self._mark))
        except AssertionError:
            return [f"still there: {_bearers(self._mark)}"]
        return []


def _bearers(mark: str) -> list[int]:
    found = []
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdecimal() and mark.encode() in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def run(commands: int, seed: int) -> list[str]:
    """Play so many scenarios; a line for each that deviates."""
    chance = random.Random(seed)
    scenarios = [scenario(chance) for _ in range(commands)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        results = list(pool.map(play, scenarios))
    return [f"{made}: {'; '.join(wrong)}" for made, wrong in zip(scenarios, results, strict=True) if wrong]


def main(argv: list[str]) -> int:
    commands = int(argv[0]) if argv else 1000
    seed = int(argv[1]) if len(argv) > 1 else random.SystemRandom().randrange(10**6)
    print(f"{commands} commands, seed {seed}", flush=True)
    wrong = run(commands, seed)
    print("\n".join(wrong) or "no deviation")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
