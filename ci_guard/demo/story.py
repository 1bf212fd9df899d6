"""The demonstration, told top to bottom; every sentence of it is checked against what really happened."""

import contextlib
import json
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree
from pathlib import Path

from ci_guard.demo.lock import Scanner, choose_lock
from ci_guard.demo.scene import COMMAND, Ended, Environment, Scene
from ci_guard.demo.wheel import GREETING, SCRIPT
from ci_guard.errors import GuardError
from ci_guard.model.category import Category, RunOutcome
from ci_guard.model.counting import counted
from ci_guard.model.invocation import Invocation
from ci_guard.run import run

SATISFIED = "Requirement already satisfied"
DIFFERENT = 1
_TYPED = " ".join(COMMAND)


def show(*, keep: bool = False) -> int:
    """Play the demonstration; 0 only if all happened as told. `keep`: leave the scratch folder behind.

    Raises GuardError where this machine does not allow it.
    """
    folder = Path(tempfile.mkdtemp(prefix="ci-guard-demo-")).resolve()
    try:
        scene = Scene(folder)
        story = _Story()
        story.tell("an antivirus locks the launcher of a package while pip installs it")
        _without(story, scene)
        _with(story, scene)
        return story.end()
    except (OSError, subprocess.TimeoutExpired) as error:
        raise GuardError(f"the demonstration stopped early: {error}") from error
    finally:
        if keep:
            _write(f"kept: {folder}\n")
        else:
            shutil.rmtree(folder, ignore_errors=True)


class _Story:
    """What is told, and what turned out differently."""

    def __init__(self) -> None:
        self._different: list[str] = []

    def tell(self, text: str) -> None:
        _write(f"{text}\n")

    def typed(self, command: str) -> None:
        _write(f"   $ {command}\n")

    def printed(self, ended: Ended) -> None:
        for line in ended.output.splitlines():
            _write(f"   | {line}\n")

    def claim(self, text: str, true: bool) -> None:
        """Tell what is to be seen here; if it is not so, that is told instead."""
        if not true:
            self._different.append(text)
        _write(f"   {'=>' if true else 'NOT SO:'} {text}\n")

    def end(self) -> int:
        if self._different:
            _write(f"\nthe demonstration went differently: not so: {'; '.join(self._different)}\n")
            return DIFFERENT
        _write("\nthe same lock: a broken build that looks green without ci-guard, a whole one with it\n")
        return 0


def _without(story: _Story, scene: Scene) -> None:
    environment = scene.environment("without")
    lock = choose_lock(environment=environment.path, launcher=environment.launcher, site=environment.site)
    story.tell(f"the lock: {lock.how}\n\n1. without ci-guard")
    story.typed(_TYPED)
    lock.hold()
    try:
        failed = environment.run(COMMAND)
    finally:
        lock.release()
    story.printed(failed)
    story.claim(f"pip fails with exit status {failed.status}", failed.status != 0)
    story.tell("   the lock is gone; the very same command again, as a plain retry does it:")
    story.typed(_TYPED)
    again = environment.run(COMMAND)
    story.printed(again)
    story.claim(
        f"exit status {again.status}, and `{SCRIPT}` is missing: green, but broken",
        again.status == 0 and SATISFIED in again.output and not environment.launcher.exists(),
    )


def _with(story: _Story, scene: Scene) -> None:
    environment = scene.environment("with")
    lock = choose_lock(environment=environment.path, launcher=environment.launcher, site=environment.site)
    story.tell("\n2. with ci-guard")
    story.typed(f"ci-guard -- {_TYPED}")
    with contextlib.chdir(scene.folder), Scanner(lock, environment.log):
        status = run(
            Invocation(command=COMMAND, name="demo"),
            environ=environment.variables(),
            directory=str(scene.folder),
        )
    record = json.loads((scene.folder / "run.json").read_text("utf-8"))
    attempts, verification = record["attempts"], record["verification"] or {}
    story.claim(
        f"exit status {status} after {counted(len(attempts), 'attempt')}", status == 0 and len(attempts) > 1
    )
    seen = attempts[0]["category"]
    story.claim(f"the first attempt was diagnosed: {seen}", seen == Category.ANTIVIRUS_LOCK)
    repairs = sum(len(attempt["repairs"]) for attempt in attempts)
    story.claim(f"half-done things that were repaired: {repairs}", repairs > 0)
    story.claim("the result is verified complete", verification.get("whole") is True)
    story.typed(SCRIPT)
    _start_launcher(story, environment)
    story.claim(
        "the reports call it flaky: `run.json` for programs, `junit.xml` for the CI",
        record["outcome"] == RunOutcome.FLAKY and _flaky(scene.folder / "junit.xml"),
    )


def _start_launcher(story: _Story, environment: Environment) -> None:
    try:
        ended = environment.run((SCRIPT,))
    except OSError as error:
        ended = Ended(DIFFERENT, str(error))
    story.printed(ended)
    story.claim("the launcher is there and starts", ended.status == 0 and GREETING in ended.output)


def _flaky(junit: Path) -> bool:
    return xml.etree.ElementTree.parse(junit).find(".//flakyFailure") is not None


def _write(text: str) -> None:
    """At once: the guarded command writes to the same terminal."""
    sys.stdout.write(text)
    sys.stdout.flush()
