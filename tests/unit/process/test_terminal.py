"""At a terminal the command sees a terminal, and its bytes, keys and window size come through."""

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

if sys.platform == "win32":
    pytest.skip("pseudo-terminals of POSIX", allow_module_level=True)

import fcntl
import struct
import termios

from ci_guard.process import _terminal
from rig.events import HANG

IN_TERMINAL = Path(__file__).parents[2] / "programs" / "in_terminal.py"
PATIENT = HANG  # seconds: a rung that must not pass by itself


class Screen:
    """The other side of a terminal."""

    def __init__(self) -> None:
        self.keyboard, self.terminal = os.openpty()
        self.seen = b""

    def set_size(self, rows: int, columns: int) -> None:
        fcntl.ioctl(self.keyboard, termios.TIOCSWINSZ, struct.pack("4H", rows, columns, 0, 0))

    def set_output_processing(self, on: bool) -> None:
        attributes = termios.tcgetattr(self.terminal)
        attributes[1] = attributes[1] | termios.OPOST if on else attributes[1] & ~termios.OPOST
        termios.tcsetattr(self.terminal, termios.TCSANOW, attributes)

    def type(self, keys: bytes) -> None:
        os.write(self.keyboard, keys)

    def read_until(self, wanted: bytes) -> bytes:
        limit = time.monotonic() + HANG
        while wanted not in self.seen:
            assert time.monotonic() < limit, self.seen
            if select.select([self.keyboard], [], [], 0.1)[0]:
                self.seen += os.read(self.keyboard, 65536)
        return self.seen

    def rest(self) -> bytes:
        while select.select([self.keyboard], [], [], 0)[0]:
            self.seen += os.read(self.keyboard, 65536)
        return self.seen

    def close(self) -> None:
        os.close(self.keyboard)
        os.close(self.terminal)


@pytest.fixture
def screen() -> Iterator[Screen]:
    made = Screen()
    made.set_size(33, 99)
    made.set_output_processing(False)
    yield made
    made.close()


def start(drive: Any, screen: Screen, *argv: str | Path, launch: Any = None, **streams: Any) -> Any:
    """Start it at the terminal, but for the streams given."""
    places = {"stdin": screen.terminal, "stdout": screen.terminal, "stderr": screen.terminal, **streams}
    return drive.start(*argv, launch=launch, before=(sys.executable, str(IN_TERMINAL)), **places)


@pytest.mark.traced
def test_the_command_sees_a_terminal_of_the_same_size_and_its_bytes_are_unchanged(drive, screen, python):
    driven = start(drive, screen, *python("looks_at_terminal.py"))
    written = screen.read_until(b"after\r\n")
    found = driven.outcome()
    first, described, last = written.split(b"\n", 2)
    assert (first, last) == (b"\xff\x00 before", b"after\r\n")
    assert json.loads(described) == {"isatty": [True, True, True], "size": [99, 33], "same": True}
    assert found["captures"]["output"]["head"].encode("latin-1") == written


@pytest.mark.traced
def test_the_real_terminal_adds_its_carriage_returns_once(drive, screen):
    screen.set_output_processing(True)
    driven = start(drive, screen, "sh", "-c", "echo one; echo two; printf end")
    screen.read_until(b"end")
    assert driven.outcome()["captures"]["output"]["head"] == "one\ntwo\nend"
    assert screen.rest() == b"one\r\ntwo\r\nend"  # nor did we add anything at the end


@pytest.mark.traced
def test_a_redirected_stream_stays_what_it_is(drive, screen, python, tmp_path):
    with (tmp_path / "errors").open("wb") as errors:
        driven = start(drive, screen, *python("looks_at_terminal.py"), stderr=errors)
        written = screen.read_until(b"after\r\n")
        found = driven.outcome()
    assert json.loads(written.split(b"\n")[1])["isatty"] == [True, True, False]
    assert sorted(found["captures"]) == ["stderr", "stdout"]


def test_the_command_may_read_the_terminal_while_its_output_is_piped(drive, screen):
    driven = start(
        drive,
        screen,
        "sh",
        "-c",
        "echo ask >&2; read answer; echo got $answer",
        stdout=subprocess.PIPE,
    )
    screen.read_until(b"ask")
    screen.type(b"yes\n")
    assert driven.outcome()["status"] == 0
    assert driven.output[0] == b"got yes\n"


def test_a_key_press_interrupts_the_command_once(drive, screen, python, tmp_path, until):
    log = tmp_path / "log"
    launch = {"ask": 0.1, "grace": 0.1, "heard": str(log)}
    driven = start(drive, screen, *python("logs_signals.py", log), launch=launch)
    until(lambda: log.exists() and log.read_text() == "ready\n")
    screen.type(b"\x03")
    found = driven.outcome()
    assert log.read_text().split() == ["ready", "SIGINT", "SIGTERM"]
    assert found["stopped"] == {"timeout": None, "signal": signal.SIGINT, "rungs": ["ask", "end", "kill"]}


def test_a_termination_reaches_the_command_at_a_terminal(drive, screen, python, tmp_path, until):
    log = tmp_path / "log"
    driven = start(drive, screen, *python("logs_signals.py", log, 7), launch={"ask": PATIENT})
    until(lambda: log.exists() and log.read_text() == "ready\n")
    driven.process.send_signal(signal.SIGTERM)
    found = driven.outcome()
    assert log.read_text().split() == ["ready", "SIGTERM"]
    assert (found["code"], found["stopped"]["rungs"]) == (7, ["ask"])


@pytest.mark.traced
def test_the_window_size_is_followed(drive, screen, python):
    code = (
        "import os,signal\n"
        "os.setpgid(0, 0)\n"  # so that the kernel tells only us, and we must pass it on
        "signal.signal(signal.SIGWINCH, lambda *_: os.write(1, b'size %d %d;' % os.get_terminal_size(1)))\n"
        "os.write(1, b'ready;')\n"
        "while True: signal.pause()"
    )
    driven = start(drive, screen, *python(code))
    screen.read_until(b"ready;")
    screen.set_size(44, 111)
    screen.read_until(b"size 111 44;")
    driven.process.send_signal(signal.SIGTERM)
    assert driven.outcome()["signal"] == signal.SIGTERM


@pytest.mark.skipif(shutil.which("bash") is None, reason="`bash` is not installed")
def test_a_shell_keeps_job_control(drive, screen) -> None:
    driven = start(drive, screen, "bash", "--norc", "--noprofile", "-i")
    screen.type(b"set -o | grep monitor; echo we''are\n")
    assert b"on" in screen.read_until(b"weare").rpartition(b"monitor")[2]
    screen.type(b"sleep 600 &\njobs; echo be''gun\n")
    assert b"Running" in screen.read_until(b"begun")
    # the key throws away what is typed and not yet read: the command must have begun
    screen.type(b"sh -c \"echo star''ted; exec sleep 700\"\n")
    screen.read_until(b"started")
    screen.type(b"\x1a")
    screen.read_until(b"Stopped")
    screen.type(b"kill -9 %1 %2; wait; echo kil''led\n")
    screen.read_until(b"killed")
    screen.type(b"exit 3\n")
    assert driven.outcome()["status"] == 3


@pytest.mark.parametrize(
    ("argv", "needs"),
    [
        (["bash"], True),
        (["/bin/bash", "-i"], True),
        (["bash", "--rcfile", "x", "-i"], True),
        (["zsh", "-l", "-i"], True),
        (["sh", "-c", "make"], False),
        (["bash", "-ic", "make"], False),
        (["bash", "build.sh", "-v"], False),
        (["bash", "-e", "build.sh"], False),
        (["python"], False),
    ],
)
def test_which_commands_are_shells_that_a_person_talks_to(argv: list[str], needs: bool) -> None:
    assert _terminal.is_interactive_shell(argv) is needs
