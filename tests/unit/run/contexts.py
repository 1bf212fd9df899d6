"""Circumstances of a run, made by hand, for the parts of a run that are tested alone."""

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from ci_guard.ci_server.plain import Host
from ci_guard.model.category import Category
from ci_guard.model.history import Attempt, Code, Decision, Diagnosis, Match, Namespace
from ci_guard.model.invocation import Invocation
from ci_guard.model.policy import Policy
from ci_guard.model.process import Capture, Exit, Outcome
from ci_guard.run.ci_reporter import CiReporter
from ci_guard.run.console import Console
from ci_guard.run.context import RunContext

JUST_NOW = 1.0  # seconds: what a test has made just before it belongs to the run


def context_of(
    directory: Path,
    command: Sequence[str],
    policy: Policy | None = None,
    environ: Mapping[str, str] | None = None,
) -> RunContext:
    """The context of a run of the command that began a moment ago."""
    given = dict(os.environ if environ is None else environ)
    console = Console(given, (), quiet=False, verbose=False)
    return RunContext(
        invocation=Invocation(command=tuple(command)),
        policy=policy or Policy(),
        environ=given,
        directory=str(directory),
        name="a step",
        host="plain",
        ci_reporter=CiReporter(Host(given), console),
        agent="here",
        started=time.time() - JUST_NOW,
        began=time.monotonic() - JUST_NOW,
        console=console,
    )


def ended(status: int, text: str = "") -> Outcome:
    """What came of an attempt that wrote the text to stderr."""
    captures = (Capture("stdout"), Capture("stderr", head=text.encode()))
    return Outcome(exit=Exit(code=status), started=time.time(), duration=1.0, captures=captures)


def locked(
    argv: Sequence[str], path: Path | None = None, packages: tuple[str, ...] = (), *, vanished: bool = False
) -> Attempt:
    """An attempt that failed by a lock, or because its file has vanished."""
    return Attempt(
        number=1,
        argv=tuple(argv),
        outcome=ended(2),
        diagnosis=Diagnosis(
            category=Category.ANTIVIRUS_BLOCK if vanished else Category.ANTIVIRUS_LOCK,
            match=Match(
                signature="uv.lock",
                code=Code(Namespace.WIN32, 5),
                operation="rename",
                path=str(path) if path is not None else None,
            ),
            packages=packages,
            retry_once=vanished,
        ),
        decision=Decision(again=True, reason="antivirus_lock"),
    )
