"""Every signal that a guard may get: what becomes of the command, of the guard and of the calling shell.

The promises of dumb-init, tini and GNU timeout: what is meant for the command reaches it, and no signal ends
the guard and leaves the command.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from rig.events import HANG, until

pytestmark = pytest.mark.program

if sys.platform == "win32":
    pytest.skip("signals of POSIX", allow_module_level=True)

GUARD = [sys.executable, "-m", "ci_guard"]
LOGS = """
import signal, sys, time
def log(number, frame):
    with open('log', 'a') as file: file.write(f'{number}\\n')
    if number in (1, 2, 3, 15): sys.exit(9)
for number in signal.valid_signals() - {9, 19, 17, 20, 21, 22}:
    try: signal.signal(number, log)
    except (OSError, ValueError): pass
open('ready', 'w').close()
while True: time.sleep(0.05)
"""
UNCATCHABLE = {signal.SIGKILL, signal.SIGSTOP}
FAULTS = {
    signal.SIGSEGV,
    signal.SIGBUS,
    signal.SIGFPE,
    signal.SIGILL,
    signal.SIGTRAP,
    signal.SIGABRT,
    signal.SIGSYS,
}
ENDING = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT}
LEFT_ALONE = {signal.SIGCHLD, signal.SIGPIPE, signal.SIGXFSZ}
STOPPING = {signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU} if sys.platform != "win32" else set()
EVERY = sorted(signal.valid_signals() if sys.platform != "win32" else ())


def start(folder: Path, *command: str, **popen) -> "subprocess.Popen[bytes]":
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CI_GUARD")}
    return subprocess.Popen(
        [*GUARD, *popen.pop("options", ()), "--", *command],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **popen,
    )


def logged(folder: Path) -> list[int]:
    log = folder / "log"
    return [int(line) for line in log.read_text().split()] if log.exists() else []


def state(pid: int) -> str:
    shown = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], stdout=subprocess.PIPE, text=True)
    return shown.stdout.strip()[:1]


@pytest.mark.parametrize("number", EVERY)
def test_every_signal(tmp_path: Path, number: int) -> None:
    command = (sys.executable, "-c", f"import os\nopen('pid', 'w').write(str(os.getpid()))\n{LOGS}")
    # a group of its own: the kernel stops no orphaned process group (POSIX)
    guard = start(tmp_path, *command, process_group=0 if number in STOPPING else -1)
    try:
        until((tmp_path / "ready").exists)
        pid = int((tmp_path / "pid").read_text())
        guard.send_signal(number)
        if number in UNCATCHABLE - {signal.SIGSTOP} | FAULTS:
            guard.wait(HANG)
            until(lambda: state(pid) in ("", "Z"))
        elif number in ENDING:
            assert guard.wait(HANG) == 9
            assert logged(tmp_path) == [number]
        elif number == signal.SIGSTOP or number in STOPPING:
            until(lambda: state(guard.pid) == "T")
            if number in STOPPING:
                until(lambda: state(pid) == "T")
            guard.send_signal(signal.SIGCONT)
            until(lambda: state(guard.pid) != "T" and state(pid) != "T")
        elif number in LEFT_ALONE:
            guard.send_signal(signal.SIGUSR1)  # what came before it has been dealt with by then
            until(lambda: logged(tmp_path))
            assert set(logged(tmp_path)) <= {signal.SIGUSR1}
        else:
            until(lambda: logged(tmp_path))
            assert set(logged(tmp_path)) == {number}
        if number not in ENDING | FAULTS | {signal.SIGKILL}:
            assert guard.poll() is None
            guard.send_signal(signal.SIGTERM)
            assert guard.wait(HANG) == 9
    finally:
        guard.kill()
        guard.wait()


def test_after_an_interrupt_the_calling_script_stops_as_it_would(tmp_path: Path) -> None:
    script = f"{' '.join(GUARD)} -- sh -c 'touch ready; sleep 600'; touch went-on"
    shell = subprocess.Popen(["bash", "-c", script], cwd=tmp_path, start_new_session=True)
    until((tmp_path / "ready").exists)
    os.killpg(shell.pid, signal.SIGINT)
    assert shell.wait(HANG) == -signal.SIGINT
    assert not (tmp_path / "went-on").exists()


def test_a_command_that_answers_an_interrupt_with_a_status_keeps_it(tmp_path: Path) -> None:
    guard = start(tmp_path, sys.executable, "-c", LOGS)
    until((tmp_path / "ready").exists)
    guard.send_signal(signal.SIGINT)
    assert guard.wait(HANG) == 9


@pytest.mark.parametrize("moment", range(0, 120, 10))
def test_an_interrupt_at_the_start_ends_it_without_a_word(tmp_path: Path, moment: int) -> None:
    guard = subprocess.Popen(
        [*GUARD, "--", "sleep", "600"], cwd=tmp_path, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    time.sleep(moment / 1000)  # by the clock: where it has got to is left to chance
    said = said_of_interrupt(guard)
    # before any of our code the interpreter says it in its own way
    assert guard.returncode in (-signal.SIGINT, 128 + signal.SIGINT) or b"ci_guard" not in said, said


def said_of_interrupt(guard: "subprocess.Popen[bytes]") -> bytes:
    """All that a guard says until an interrupt has ended it.

    Before our first line Python's own handler is at work, and an interrupt that meets the callback of one of
    importlib's weak references is thrown away: "Exception ignored in: <function _get_module_lock...>"
    (1 of 400 starts; the kind is python/cpython#95959). Who then presses Ctrl+C again is heard.
    """
    limit = threading.Timer(HANG, guard.kill)
    limit.start()
    guard.send_signal(signal.SIGINT)
    said = b""
    assert guard.stderr is not None
    with guard.stderr as lines:
        for line in lines:
            said += line
            if line.startswith(b"KeyboardInterrupt") and b"Exception ignored" in said:
                said = b""
                guard.send_signal(signal.SIGINT)
    limit.cancel()
    assert guard.wait(HANG) != -signal.SIGKILL, said
    return said


@pytest.mark.skipif(
    sys.platform != "linux" or not hasattr(os, "geteuid") or os.geteuid() != 0,
    reason="POSIX: only root may unshare",
)
def test_as_process_1_it_reaps_what_is_left_to_it(tmp_path: Path) -> None:
    orphans = (
        "for n in 1 2 3; do (sh -c 'sleep 0.1 & echo $! >>pids'); done; "
        "for pid in $(cat pids); do while kill -0 $pid; do sleep 0.05; done; done; "  # true of a zombie, too
        "ps -eo stat= | grep -c Z; exit 3"
    )
    done = subprocess.run(
        ["unshare", "--pid", "--fork", "--mount-proc", *GUARD, "--", "sh", "-c", orphans],
        cwd=tmp_path,
        capture_output=True,
        timeout=HANG,
    )
    assert (done.returncode, done.stdout.strip()) == (3, b"0"), done.stderr
