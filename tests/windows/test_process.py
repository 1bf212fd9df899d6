"""What ci-guard does with processes on Windows: none survives it, and batch files get what was written."""

import json

import pytest

from rig import records
from rig.events import until
from rig.guard import OUT_OF_TIME
from rig.tools import NEWEST_UV

# starts a process that keeps a file open for as long as it lives, which nothing but Windows ends
PARENT = """
import subprocess, sys
code = "import sys, time; open(sys.argv[1], 'w').write('yes'); f = open(sys.argv[1])"
code += "; print('begun', flush=True); time.sleep(600)"
subprocess.run([sys.executable, '-I', '-c', code, sys.argv[1]])
"""
# removes a file once nobody keeps it open; a process may take a moment to be gone
REMOVE = """
import os, sys, time
until = time.monotonic() + 200
while True:
    try:
        os.remove(sys.argv[1])
        break
    except PermissionError:
        if time.monotonic() > until:
            raise
        time.sleep(0.1)
"""
# leaves a server behind, which says something once there is a file
STEP = """
import subprocess, sys
code = "import os, sys, time\\nwhile not os.path.exists(sys.argv[1]): time.sleep(0.05)\\n"
code += "print('::set-env name=A::b', flush=True); print('wrong', file=sys.stderr, flush=True)"
subprocess.Popen([sys.executable, '-I', '-c', code, sys.argv[1]], stdout=1, stderr=2)
print('begun', flush=True)
"""
ARGUMENTS = ["two words", "x&echo hit>hit.txt", "(a)", "1^2", ""]
BATCH = """\
@echo off
python -I show.py %*
if errorlevel 1 exit /b 9
uv sync
"""
SHOW = "import json, sys\nprint(json.dumps(sys.argv[1:]), flush=True)\n"


@pytest.fixture
def family(workshop):
    """A command that starts a process; `gone` proves that this one has ended."""
    file = workshop.project / "kept-open"

    class Family:
        words = ("python", "-I", "-c", PARENT, workshop.system.spelled(file))

        def gone(self) -> None:
            assert file.exists(), "the process never began"
            done = workshop.system.run(workshop.system.guard, "-I", "-c", REMOVE, file)
            assert done.status == 0, done.text

    return Family()


def test_the_processes_of_an_attempt_end_with_its_time(guard, family) -> None:
    over = {"OVER_AT": family.words[-1]}
    done = guard(*family.words, options=("--attempt-timeout", "1h"), program=(OUT_OF_TIME,), environment=over)
    assert done.status == 124, done.output
    assert "begun" in done.stdout
    assert (done.record["outcome"], done.categories) == ("timed_out", ["timeout"])
    assert not done.step().is_passed
    family.gone()


def test_the_processes_end_with_a_guard_that_is_killed(guard, family) -> None:
    running = guard.start(*family.words)
    running.says("begun", "stdout")
    running.started.terminate()
    done = guard.ended(running)
    assert done.status != 0
    assert done.record["finished"] is False
    assert done.record["outcome"] == "aborted"
    assert not done.step().is_passed
    family.gone()


def test_a_server_that_outlives_the_step_keeps_its_output(workshop, guard) -> None:
    """On GitHub what it says is no command: the shield has come down with the step's end."""
    go = workshop.project / "go"
    command = ("python", "-I", "-c", STEP, workshop.system.spelled(go))
    running = guard.start(*command, options=("--host", "github"))
    running.says("begun", "stdout")
    until(lambda: guard.record.exists() and records.read(guard.record)["finished"])
    go.touch()
    done = guard.ended(running)  # the streams end with the server
    assert done.status == 0, done.output
    assert done.stdout.splitlines() == ["begun", ": :set-env name=A::b"]
    assert done.stderr.splitlines()[-1] == "wrong"


@pytest.fixture
def batch(workshop):
    """A batch file that shows its arguments and has uv upgrade the project."""
    workshop.use_uv(NEWEST_UV)
    workshop.want("1.0")
    workshop.run("uv", "sync")
    workshop.want("2.0")
    (workshop.project / "install.cmd").write_bytes(BATCH.replace("\n", "\r\n").encode())
    (workshop.project / "show.py").write_text(SHOW)
    return workshop


def test_a_batch_file_is_guarded_as_a_program_is(batch, guard, holder) -> None:
    module = batch.site / "rigapp" / "module_015.py"
    done = guard.released_after_attempt_1(holder(module), "install", *ARGUMENTS)
    # what the batch file runs is read from it, so that uv's own half upgrade is repaired and verified
    assert done.status == 0, done.output
    assert done.categories == ["antivirus_lock", None]
    shown = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("[")]
    assert shown == [ARGUMENTS] * 2
    assert not (batch.project / "hit.txt").exists()
    assert done.record["verification"]["whole"] is True
    assert batch.versions() == ["2.0"]


@pytest.mark.parametrize("argument", ['say "hi"', "%PATH%"])
def test_an_argument_that_cmd_would_run_is_refused(batch, guard, argument: str) -> None:
    done = guard("install", argument)
    assert done.status == 125, done.output
    assert "cannot be passed safely to the batch file" in done.stderr
    assert "call the program behind the batch file" in done.stderr
    assert done.record["outcome"] == "not_started"
    assert done.stdout == ""
    assert batch.versions() == ["1.0"]
