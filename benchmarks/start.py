"""What it costs to start: the program around `true`, beside what others need for that."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from benchmarks.measure import Figure, Program, Scale, medians, opens, run

SUBJECT = "start"
OPENS = "files opened"
FLOOR = "python -I -c pass"
ROUNDS = 3  # times those of the others: a start is short
TRUE = "true"
LOOP = 'for attempt in 1 2 3; do "$@" && exit 0; done; exit 1'
POLICY = "version: 1\nattempts: 3\n"
RETRY_TOOLS = {
    "retry (npm retry-cli)": ("retry", "-n", "3", "--", TRUE),
    "recur (PyPI recur-command)": ("recur", TRUE),
}
INSTALLED = "ci-guard --attempts 3"
PYZ = "ci-guard.pyz --attempts 3"  # as released: with byte code for this Python
MOST_OF_INSTALLED = 1.3  # the time of the one file, of that of the installed program
MOST = {  # (ratio to the floor, files opened)
    INSTALLED: (3.5, 80),
    "ci-guard with a policy": (4.5, 95),
}


OTHERS = {"timeout": ("timeout", "60", TRUE), "bash loop": ("bash", "-c", LOOP, "loop", TRUE)} | RETRY_TOOLS


def figures(program: Program, scale: Scale) -> Iterator[Figure]:
    """Times as ratios to a Python that does nothing, and files opened."""
    missing = {name: reason for name, command in OTHERS.items() if (reason := _useless(command)) is not None}
    with tempfile.TemporaryDirectory() as folder:
        policy = Path(folder, "policy.yml")
        policy.write_text(POLICY)
        commands = {
            FLOOR: (sys.executable, "-I", "-c", "pass"),
            "bare command": (TRUE,),
            **{name: command for name, command in OTHERS.items() if name not in missing},
            INSTALLED: program.command("--attempts", "3", "--", TRUE),
            "ci-guard with a policy": program.command("--policy", str(policy), "--", TRUE),
        }
        if pyz := os.environ.get("CI_GUARD_PYZ"):
            commands[PYZ] = (sys.executable, "-I", pyz, "--attempts", "3", "--", TRUE)
        else:
            missing[PYZ] = "CI_GUARD_PYZ names none"
        yield from _times(commands, folder, scale.rounds * ROUNDS)
        yield from _opens(commands)
    for name, reason in missing.items():
        yield Figure(subject=SUBJECT, case=name, skipped=reason)


def _useless(command: tuple[str, ...]) -> str | None:
    """Why a tool cannot be compared with; None if it can."""
    if shutil.which(command[0]) is None:
        return f"`{command[0]}` is not installed"
    try:
        run(command)
    except RuntimeError as error:
        return f"does not work here: {error}"
    return None


def _times(commands: Mapping[str, tuple[str, ...]], folder: str, rounds: int) -> Iterator[Figure]:
    cases = {name: partial(run, command, directory=folder) for name, command in commands.items()}
    times = medians(cases, rounds)
    most = {name: ratio for name, (ratio, _) in MOST.items()}
    most[PYZ] = MOST_OF_INSTALLED * times[INSTALLED] / times[FLOOR]
    for name, seconds in times.items():
        yield Figure(
            subject=SUBJECT,
            case=name,
            value=seconds * 1000,
            unit="ms",
            ratio=seconds / times[FLOOR],
            most_ratio=most.get(name),
        )


def _opens(commands: Mapping[str, tuple[str, ...]]) -> Iterator[Figure]:
    least = opens(commands[FLOOR])
    if least is None:
        yield Figure(subject=OPENS, case="all", skipped="`strace` is not installed")
        return
    for name, command in commands.items():
        number = opens(command) or 0
        most = MOST[name][1] if name in MOST else None
        yield Figure(subject=OPENS, case=name, value=number, ratio=number / least, most_value=most)
