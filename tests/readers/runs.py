"""A JUnit file of every outcome, twice: from a recorded run, and from a run that really ended so."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from ci_guard.reports import junit
from rig import guard
from rig.events import HANG
from unit.reports import samples

OUTCOMES = {
    "passed": samples.PASSED,
    "flaky": samples.FLAKY,
    "failed": samples.FAILED,
    "gave_up": samples.GAVE_UP,
    "aborted": samples.ABORTED,
    "timed_out": samples.TIMED_OUT,
    "not_started": samples.NOT_STARTED,
}
PROGRAM = Path(__file__).parents[1] / "programs" / "fails_until.py"
POLICY = """\
version: 1
attempts: 3
backoff: {initial: 10ms, maximum: 10ms}
signatures:
  - id: packer.busy
    category: antivirus_lock
    pattern: 'packer: artifact (?P<path>\\S{1,300}) is busy'
    reference: the tests
    examples: ['packer: artifact out/app.msi is busy']
"""
BUSY = "packer: artifact out/app.msi is busy"
SLEEP = (sys.executable, "-c", "import time; print('asleep', flush=True); time.sleep(60)")


def render_samples(folder: Path) -> dict[str, Path]:
    """The recorded runs as files; each names its step after its outcome."""
    files = {}
    for outcome, run in OUTCOMES.items():
        files[outcome] = folder / f"TEST-ci-guard-sample-{outcome}.xml"
        files[outcome].write_bytes(junit.render(samples.shown(replace(run, name=f"sample {outcome}"))))
    return files


def make_real(folder: Path) -> dict[str, Path]:
    """Runs that end so, through the command line; each names its step after its outcome."""
    (folder / ".ci-guard.yml").write_text(POLICY, encoding="utf-8")
    fails = (sys.executable, str(PROGRAM))
    commands: dict[str, tuple[str, ...]] = {
        "passed": ("--", *fails, "1", "1"),
        "flaky": ("--", *fails, "3", "5", BUSY),
        "failed": ("--", *fails, "9", "5", "no such option"),
        "gave_up": ("--", *fails, "9", "5", BUSY),
        "timed_out": ("--attempt-timeout", "1s", "--", *SLEEP),
        "not_started": ("--", "there-is-no-such-program"),
    }
    if os.name == "posix":  # no other process of Windows can press Ctrl+C in ours
        commands["aborted"] = ("--", *SLEEP)
    return {outcome: _run(folder, outcome, words) for outcome, words in commands.items()}


def _run(folder: Path, outcome: str, words: tuple[str, ...]) -> Path:
    report, record = folder / f"TEST-ci-guard-real-{outcome}.xml", folder / f"{outcome}.json"
    options = ("--name", f"real {outcome}", "--junit", str(report), "--report", f"json={record}")
    plain = {name: value for name, value in os.environ.items() if not name.startswith("CI_GUARD")}
    process = subprocess.Popen(
        guard.command(*options, *words),
        cwd=folder,
        env=guard.variables(plain),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if outcome == "aborted":
        assert process.stdout is not None
        assert process.stdout.readline() == b"asleep\n"
        process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=HANG)
    assert json.loads(record.read_text(encoding="utf-8"))["outcome"] == outcome, output
    return report
