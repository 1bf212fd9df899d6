"""Puts a program that fails for a moment in front of `PATH`, and proves afterwards what it was refused.

Portable to import; works on Linux (`unavailable` says why not elsewhere). Only programs that run through
`command` or a shim are touched, nothing else on the machine.
"""

import contextlib
import functools
import os
import platform
import re
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from rig import rules
from rig.events import HANG
from rig.syscalls import MACHINES

RIG_PARENT = Path(__file__).resolve().parents[1]
START = "import sys; sys.path.insert(0, sys.argv.pop(1)); from rig.supervise import main; sys.exit(main())"
HIT = re.compile(r"attempt=(\d+) thread=(\d+) call=(\w+) answer=(\w+) path=(.*)")


@dataclass(frozen=True, slots=True)
class Hit:
    """One system call that was answered by a rule: the proof that the kernel really refused it."""

    attempt: int
    thread: int
    call: str
    answer: str
    paths: tuple[str, ...]


class Injector:
    """Faults for real programs; the count of them spans all programs that this object starts.

    Rules are in the language of `rig.rules`. Everything is kept in `folder`.
    """

    def __init__(self, wanted: Iterable[str], folder: Path) -> None:
        self._rules = [rules.parse(text) for text in wanted]
        self._folder = folder / "injector"
        self._state = self._folder / "state.json"
        self._log = self._folder / "hits.log"

    @property
    def log(self) -> Path:
        """A file that is there once the first program has been started."""
        return self._log

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self.running():  # each ends its program with itself
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)

    def command(self, *argv: str | Path) -> list[str]:
        """The command line that runs `argv` under the rules."""
        options = ["--state", str(self._state), "--log", str(self._log)]
        for rule in self._rules:
            options += ["--rule", rule.text]
        arguments = [str(argument) for argument in argv]
        return [sys.executable, "-I", "-S", "-c", START, str(RIG_PARENT), *options, "--", *arguments]

    def shim(self, name: str, *real: str | Path) -> Path:
        """Write a program `name` that runs `real` under the rules; the folder to put first in `PATH`."""
        text = f'#!/bin/sh\nexec {shlex.join(self.command(*real))} "$@"\n'
        return _write_program(self._folder / "bin" / name, text)

    def launcher(self, script: Path, *real: str | Path) -> None:
        """Put in the place of a console script of a virtual environment one that runs `real` under the rules.

        Its first line still names the environment's interpreter, as that of any console script does.
        """
        words = self.command(*real)
        text = f"#!{script.parent / 'python'}\nimport os, sys\nwords = {words!r}\n"
        _write_program(script, f"{text}os.execv(words[0], [*words, *sys.argv[1:]])\n")

    def hits(self) -> list[Hit]:
        """The calls that were answered by a rule, in order."""
        if not self._log.exists():
            return []
        found = [HIT.fullmatch(line) for line in self._log.read_text("utf-8", "surrogateescape").splitlines()]
        return [
            Hit(int(match[1]), int(match[2]), match[3], match[4], tuple(match[5].split(" -> ")))
            for match in found
            if match
        ]

    def attempts(self) -> int:
        """How often a program was started under the rules."""
        return rules.read(self._state).attempt

    def seen(self, rule: str | None = None) -> int:
        """How many calls matched this rule (default: the first one), refused or not."""
        return rules.read(self._state).tally(rules.parse(rule) if rule else self._rules[0]).seen

    def running(self) -> list[int]:
        """The supervisors of this object that still run."""
        mark = str(self._state).encode()
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if mark in (process / "cmdline").read_bytes().split(b"\0"):
                    found.append(int(process.name))
        return found


def _write_program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)  # it may be a hard link
    path.write_text(text, "utf-8")
    path.chmod(0o755)
    return path.parent


@functools.cache
def unavailable() -> str | None:
    """Why no fault can be injected here; None where it works (tried once, for real)."""
    if sys.platform != "linux":
        return f"fault injection needs Linux (seccomp user notification), this is {sys.platform}"
    if platform.machine() not in MACHINES:
        return f"fault injection has no system call table for {platform.machine()}"
    with (
        tempfile.TemporaryDirectory() as folder,
        Injector(["mkdir:*/refused:EACCES"], Path(folder)) as injector,
    ):
        trial = injector.command("mkdir", Path(folder, "refused"))
        done = subprocess.run(trial, capture_output=True, text=True, timeout=HANG)
        if injector.hits():
            return None
    return f"fault injection was refused: {done.stderr.strip()}"
