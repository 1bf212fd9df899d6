"""Colour and wrapping of our own lines."""

import io
import re
import sys

import pytest

from ci_guard.ci_server.plain import PREFIX, say
from ci_guard.ci_server.terminal import lines_for, wants_colour
from ci_guard.redact.values import RedactedText
from rig.events import HANG

WIDE = "hint: " + "word " * 40


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("terminal", "environ", "colour"),
    [
        (True, {"TERM": "xterm"}, True),
        (False, {"TERM": "xterm"}, False),
        (True, {"TERM": "dumb"}, False),
        (True, {"TERM": "xterm", "NO_COLOR": "1"}, False),
        (True, {"TERM": "xterm", "NO_COLOR": ""}, True),  # no-color.org: an empty one counts as none
        (False, {"FORCE_COLOR": "1"}, True),
        (False, {"FORCE_COLOR": "0"}, False),
        (True, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
    ],
)
def test_who_wants_colour(terminal: bool, environ: dict[str, str], colour: bool) -> None:
    assert wants_colour(Terminal() if terminal else io.StringIO(), environ) is colour


@pytest.mark.parametrize(
    "line",
    ["error: x", "warning: x", "hint: x", "gave up after attempt 6", "recovered at attempt 2 of 6: 3 files"],
)
def test_a_line_keeps_its_prefix_and_its_words(line: str) -> None:
    (shown,) = lines_for(line, PREFIX, io.StringIO(), {"FORCE_COLOR": "1"})
    assert shown.startswith(f"{PREFIX}\x1b[")
    assert re.sub(r"\x1b\[\d*m", "", shown) == PREFIX + line


def test_a_log_is_written_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    log = io.StringIO()
    say(RedactedText(WIDE), log)
    assert log.getvalue() == f"{PREFIX}{WIDE}\n"


def test_a_terminal_gets_whole_words(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    from ci_guard.ci_server import terminal

    monkeypatch.setattr(os, "get_terminal_size", lambda _: os.terminal_size((60, 20)))
    monkeypatch.setattr(Terminal, "fileno", lambda _: 2)
    shown = list(terminal.lines_for(WIDE, PREFIX, Terminal(), {"NO_COLOR": "1"}))
    assert len(shown) > 1
    assert all(len(line) <= 60 and line.startswith(PREFIX) for line in shown)
    assert " ".join(line.removeprefix(PREFIX).strip() for line in shown).split() == WIDE.split()


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo terminals of POSIX")
def test_without_a_person_nothing_of_this_is_imported(tmp_path) -> None:
    import subprocess

    module = "ci_guard.ci_server.terminal"
    code = f"import sys; from ci_guard.cli import main; main(['x']); print({module!r} in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=HANG, cwd=tmp_path
    )
    assert done.stdout == "False\n"
