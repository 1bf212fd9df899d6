"""A bounded sample of the chaos run, and many guards in one folder."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rig import chaos

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="POSIX: asks /proc what is left")
COMMANDS, GUARDS = 40, 50
SEED = 12  # fixed: a red CI means a change
REPORT = "json=reports/{step}.json"
ECHO = "echo {0}; exit {0}"


def test_a_sample_of_the_chaos_run_follows_the_model() -> None:
    print(f"python -m rig.chaos {COMMANDS} {SEED}")  # replays it; another seed plays others
    assert chaos.run(COMMANDS, SEED) == []


def test_fifty_guards_in_one_folder_mix_nothing_up(tmp_path: Path) -> None:
    environment = {name: text for name, text in os.environ.items() if not name.startswith("CI_GUARD")}
    guards = [
        subprocess.Popen(
            [
                *chaos.GUARD,
                "--name",
                f"step {number}",
                "--report",
                REPORT,
                "--",
                "sh",
                "-c",
                ECHO.format(number),
            ],
            cwd=tmp_path,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        for number in range(GUARDS)
    ]
    for number, guard in enumerate(guards):
        out, _ = guard.communicate(timeout=250)
        assert (guard.returncode, out) == (number, b"%d\n" % number)
        told = json.loads((tmp_path / "reports" / f"step-{number}.json").read_text(encoding="utf-8"))
        assert (told["name"], told["exit_status"]) == (f"step {number}", number)
    assert len(list((tmp_path / "reports").iterdir())) == GUARDS
