"""What a command finds, and what others find of it, is the same with a guard as without; one table."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rig.events import HANG, until
from rig.guard import out_of_time

pytestmark = [
    pytest.mark.program,
    pytest.mark.traced,
    pytest.mark.skipif(sys.platform == "win32", reason="POSIX descriptors, signals and shells"),
]
GUARD = [sys.executable, "-m", "ci_guard", "--"]
linux = pytest.mark.skipif(sys.platform != "linux", reason="POSIX: what only Linux tells")


LEFT_OUT = ("CI_GUARD", "PYTHONUNBUFFERED")  # unbuffered, Python has nothing to flush when it ends


def environment(**more: str) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(LEFT_OUT)} | more


def outcome(script: str, guard: list[str], folder: Path, **popen) -> tuple[int, bytes, bytes]:
    """What a shell script comes to in which `$GUARD` stands before the command."""
    folder.mkdir()
    done = subprocess.run(
        ["bash", "-c", script.replace("$GUARD", " ".join(guard))],
        cwd=folder,
        env=popen.pop("env", None) or environment(),
        capture_output=True,
        timeout=HANG,
        **popen,
    )
    return done.returncode, done.stdout, done.stderr


SCRIPTS = {
    "a further descriptor": "$GUARD sh -c 'echo told >&3' 3>log; cat log",
    "a process substitution": "$GUARD cat <(echo told)",
    "jobserver": "printf 'all: a b\\na b:\\n\\t@echo $$@\\n' >Makefile; make -j2 -f - <<'X'\n"
    "all:\n\t+@$GUARD $(MAKE) -s\nX\n",
    "a script without its interpreter": "echo 'echo ran $1' >s; chmod +x s; $GUARD ./s word",
    "SIGPIPE as it is by default": "$GUARD sh -c 'kill -PIPE $$'; echo $?",
    "SIGPIPE ignored": "trap '' PIPE; $GUARD sh -c 'kill -PIPE $$'; echo $?",
    "SIGCHLD ignored": "$GUARD sh -c 'exit 7'; echo $?",
    "SIGHUP ignored": "trap '' HUP; $GUARD sh -c 'kill -HUP $$; echo lives'",
    "no locale": "env -u LC_ALL -u LC_CTYPE -u LANG $GUARD env | grep ^LC_",
    "the locale C": "LC_CTYPE=C $GUARD env | grep ^LC_",
    "a locale": "LC_CTYPE=C.UTF-8 $GUARD env | grep ^LC_",
    "a closed stdin": "$GUARD sh -c 'cat; echo $?' <&-",
    "a closed stdout": "$GUARD sh -c 'echo x; echo $? >&2' >&-",
    "a reader that has gone": "set -o pipefail; $GUARD yes | head -1; echo $?",
    "mask and limits": "umask 027; ulimit -n 100; $GUARD sh -c 'umask; ulimit -n'",
    "the shell goes on after a failure": "$GUARD false; echo $?",
    "nobody takes what is said": "$GUARD sh -c 'exit 7' 2>/dev/full; echo $?",
    "nobody takes what is said of a death": "$GUARD sh -c 'kill -9 $$' 2>/dev/full; echo $?",
    "a command killed by a signal": "$GUARD sh -c 'kill -9 $$'; echo $?",
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_it_is_as_without_us(tmp_path: Path, name: str) -> None:
    ignoring = {"preexec_fn": lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN)}
    more = ignoring if name == "SIGCHLD ignored" else {}
    with_us = outcome(SCRIPTS[name], GUARD, tmp_path / "with", **more)
    without = outcome(SCRIPTS[name], [], tmp_path / "without", **more)
    assert with_us[:2] == without[:2], with_us


@pytest.mark.parametrize("separate", [False, True])
@pytest.mark.parametrize("said", ["late", "::set-env name=A::b"])
def test_a_server_that_outlives_the_step_keeps_its_output(tmp_path: Path, separate: bool, said: str) -> None:
    """On GitHub what it says is no command: the shield has come down with the step's end."""
    go, log, errors = tmp_path / "go", tmp_path / "log", tmp_path / "errors"
    server = f"while ! test -e {go}; do sleep 0.05; done; echo {said}; echo wrong >&2"
    host = ["--host", "github" if said.startswith("::") else "plain", "--"]
    with log.open("wb") as out, errors.open("wb") as err:
        done = subprocess.run(
            [*GUARD[:-1], *host, "sh", "-c", f"({server}) & echo begun"],
            cwd=tmp_path,
            env=environment(),
            stdout=out,
            stderr=err if separate else out,
            timeout=HANG,
        )
    assert done.returncode == 0
    before, shielded = log.read_text(), errors.read_text()
    assert "begun\n" in before
    go.touch()
    shown = said.replace("::set", ": :set")
    expected = (f"{shown}\n", "wrong\n") if separate else (f"{shown}\nwrong\n", "")

    def told() -> tuple[str, str]:
        return log.read_text().removeprefix(before), errors.read_text().removeprefix(shielded)

    until(lambda: sum(map(len, told())) >= sum(map(len, expected)))
    assert told() == expected


UNREAD = "import sys, time\nwhile True: sys.stdout.write('x' * 65536)"


@pytest.mark.parametrize("way", ["timeout", "signal"])
def test_nobody_has_to_read_for_it_to_end(tmp_path: Path, way: str) -> None:
    over = tmp_path / ("begun" if way == "timeout" else "never")
    program, told = out_of_time(
        over, "--", sys.executable, "-c", f"open('begun', 'w').write('yes')\n{UNREAD}"
    )
    reader, writer = os.pipe()
    child = subprocess.Popen(
        program,
        cwd=tmp_path,
        env=environment(**told),
        stdin=subprocess.DEVNULL,
        stdout=writer,
        stderr=writer,
    )
    os.close(writer)
    try:
        if way == "signal":
            until((tmp_path / "begun").exists)
            child.terminate()
        assert child.wait(HANG) == (124 if way == "timeout" else 143)
    finally:
        os.close(reader)
        child.kill()


def test_a_chain_that_forks_anew_does_not_survive_a_timeout(tmp_path: Path) -> None:
    chain = (
        "import os, time\n"
        "while True:\n"
        "    if os.fork(): os._exit(0)\n"
        "    os.setsid()\n"
        "    with open('beat', 'a') as file: file.write('. ')\n"
    )
    command = f'{sys.executable} -c "{chain}" & sleep 600'
    (tmp_path / ".ci-guard.yml").write_text("version: 1\ngrace: 1s\n")
    program, told = out_of_time(tmp_path / "beat", "--", "sh", "-c", command)
    subprocess.run(program, cwd=tmp_path, env=environment(**told), timeout=HANG)
    size = (tmp_path / "beat").stat().st_size
    time.sleep(0.3)  # by the clock: nothing tells that nothing happens
    assert (tmp_path / "beat").stat().st_size == size
