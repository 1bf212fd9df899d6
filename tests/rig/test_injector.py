"""A fault that is not injected, or not proven, would make every test that relies on it worthless."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from rig import rules
from rig.events import HANG, until
from rig.injector import Injector
from rig.requirement import needs_injection

pytestmark = needs_injection()


def run(injector: Injector, program: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a little Python program under the rules."""
    command = injector.command(sys.executable, "-I", "-c", program, *arguments)
    return subprocess.run(command, capture_output=True, text=True, timeout=HANG)


def test_refuses_for_the_given_attempts_and_proves_it(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    program = "import os, sys; os.rename(*sys.argv[1:])"
    with Injector(["rename:*/b:EBUSY:attempts=2"], tmp_path) as injector:
        statuses = [run(injector, program, tmp_path / "a", tmp_path / "b") for _ in range(3)]
        assert [done.returncode for done in statuses] == [1, 1, 0]
        assert "Device or resource busy" in statuses[0].stderr
        assert [(hit.attempt, hit.answer) for hit in injector.hits()] == [(1, "EBUSY"), (2, "EBUSY")]
        assert injector.hits()[0].paths == (str(tmp_path / "a"), str(tmp_path / "b"))
        assert injector.attempts() == 3


@pytest.mark.parametrize(
    ("operation", "program"),
    [
        ("rename", "os.rename('old', 'held')"),
        ("link", "os.link('old', 'held')"),
        ("symlink", "os.symlink('old', 'held')"),
        ("mkdir", "os.mkdir('held')"),
        ("unlink", "os.unlink('held')"),
        ("rmdir", "os.rmdir('held')"),
        ("chmod", "os.chmod('held', 0o600)"),
        ("openr", "open('held')"),
        ("openw", "open('held', 'w')"),
        ("exec", "os.execv('./held', ['held'])"),
    ],
)
def test_knows_each_operation_by_relative_path(tmp_path: Path, operation: str, program: str) -> None:
    with Injector([f"{operation}:{tmp_path}/held:EIO"], tmp_path) as injector:
        done = run(injector, f"import os, sys; os.chdir(sys.argv[1]); open('old', 'w'); {program}", tmp_path)
        assert "Input/output error" in done.stderr
        assert [hit.paths[-1] for hit in injector.hits()] == [str(tmp_path / "held")]


def test_opens_for_reading_pass_a_rule_about_writing(tmp_path: Path) -> None:
    (tmp_path / "held").write_text("there", "utf-8")
    with Injector(["openw:*/held:EACCES:forever"], tmp_path) as injector:
        assert (
            run(injector, "import sys; print(open(sys.argv[1]).read())", tmp_path / "held").stdout
            == "there\n"
        )
        assert injector.hits() == []


def test_gone_takes_the_file_away(tmp_path: Path) -> None:
    (tmp_path / "held").touch()
    with Injector(["openr:*/held:GONE"], tmp_path) as injector:
        assert "FileNotFoundError" in run(injector, "import sys; open(sys.argv[1])", tmp_path / "held").stderr
        assert [hit.answer for hit in injector.hits()] == ["GONE"]
    assert not (tmp_path / "held").exists()


def test_counts_without_refusing(tmp_path: Path) -> None:
    with Injector(["mkdir:*:EACCES:n=0"], tmp_path) as injector:
        program = "import os, sys; [os.mkdir(f'{sys.argv[1]}/{n}') for n in range(5)]"
        assert run(injector, program, tmp_path).returncode == 0
        assert injector.seen() == 5
        assert injector.hits() == []


def test_refuses_the_call_after_so_many(tmp_path: Path) -> None:
    with Injector(["mkdir:*:EACCES:after=2"], tmp_path) as injector:
        program = "import os, sys; [os.mkdir(f'{sys.argv[1]}/{n}') for n in range(5)]"
        assert run(injector, program, tmp_path).returncode == 1
        assert [Path(hit.paths[0]).name for hit in injector.hits()] == ["2"]


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_forwards_signals_and_dies_as_the_program_did(tmp_path: Path, number: int, status: int) -> None:
    program = (
        "import pathlib, signal, sys; signal.signal(2, signal.SIG_DFL); pathlib.Path(sys.argv[1]).mkdir()"
    )
    with Injector(["mkdir:*/never:EACCES"], tmp_path) as injector:
        command = injector.command(sys.executable, "-c", f"{program}; signal.pause()", tmp_path / "up")
        with subprocess.Popen(command) as process:
            until((tmp_path / "up").exists)
            process.send_signal(number)
            assert process.wait(HANG) == status


def test_leaves_no_process_behind(tmp_path: Path) -> None:
    """A grandchild that outlives the program still gets its answers, and is ended in the end."""
    program = (
        "import os, pathlib, signal, sys\n"
        "if os.fork() == 0:\n"
        "    pathlib.Path(sys.argv[1]).write_text(str(os.getpid()))\n"
        "    os.close(1); os.close(2); signal.pause()\n"
        "while not os.path.exists(sys.argv[1]): pass\n"
    )
    with Injector(["openw:*/never:EACCES"], tmp_path) as injector:
        assert run(injector, program, tmp_path / "grandchild").returncode == 0
    orphan = int((tmp_path / "grandchild").read_text("utf-8"))
    with pytest.raises(ProcessLookupError):
        os.kill(orphan, 0)


def test_program_dies_with_a_killed_supervisor(tmp_path: Path) -> None:
    program = "import os, signal, sys; os.mkdir(sys.argv[1]); os.write(1, b'up'); signal.pause()"
    with Injector(["mkdir:*/never:EACCES"], tmp_path) as injector:
        command = injector.command(sys.executable, "-c", program, tmp_path / "up")
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stdout.read(2) == b"up"
            process.kill()
            assert process.stdout.read() == b""  # the end of the pipe: nobody holds it any more
        until(lambda: injector.running() == [])


def test_shim_passes_arguments_and_status_through(tmp_path: Path) -> None:
    with Injector(["mkdir:*/never:EACCES"], tmp_path) as injector:
        folder = injector.shim("tool", sys.executable, "-c", "import sys; print(sys.argv[1:]); sys.exit(7)")
        done = subprocess.run([folder / "tool", "two words", "$x"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (7, "['two words', '$x']\n")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("renam:*:EACCES", "unknown operation"),
        ("rename:*:EWHAT", "neither an errno nor GONE"),
        ("rename:*:EACCES:time=3", "unknown option"),
    ],
)
def test_a_wrong_rule_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        rules.parse(text)
