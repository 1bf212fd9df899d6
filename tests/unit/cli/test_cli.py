"""What `main` makes of errors, of streams and of statuses."""

import io
import subprocess
import sys
from types import SimpleNamespace

import pytest

from ci_guard.__main__ import for_exit
from ci_guard.cli import main, tell
from ci_guard.errors import CommandNotFound, GuardError, PolicyError
from rig.events import HANG


def running(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> int:
    def run(_invocation: object) -> int:
        raise error

    monkeypatch.setitem(sys.modules, "ci_guard.run", SimpleNamespace(run=run))
    return main(["--", "a"])


@pytest.mark.parametrize(
    ("error", "status", "lines"),
    [
        (GuardError("it broke", hint="mend it"), 125, ["error: it broke", "hint: mend it"]),
        (CommandNotFound("no `uvv`"), 127, ["error: no `uvv`"]),
        (
            PolicyError("2 mistakes\na:1:1: x\na:2:1: y", hint="one\ntwo"),
            125,
            ["error: 2 mistakes", "  a:1:1: x", "  a:2:1: y", "hint: one", "hint: two"],
        ),
    ],
)
def test_errors_become_lines_and_a_status(monkeypatch, capsys, error, status: int, lines: list[str]) -> None:
    assert running(monkeypatch, error) == status
    out, err = capsys.readouterr()
    assert (out, err.splitlines()) == ("", [f"ci-guard: {line}" for line in lines])


def test_an_interruption_has_the_status_of_its_signal(monkeypatch) -> None:
    assert running(monkeypatch, KeyboardInterrupt()) == 130


def test_a_defect_of_ours_is_no_status_of_the_command(monkeypatch, capsys) -> None:
    assert running(monkeypatch, ZeroDivisionError("oops")) == 125
    err = capsys.readouterr().err
    assert "ci-guard: ZeroDivisionError: oops" in err
    assert "please report it" in err


def test_no_character_is_too_odd_for_the_console(monkeypatch) -> None:
    narrow = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors="strict", newline="\n")
    monkeypatch.setattr(sys, "stderr", narrow)
    tell(GuardError("Zugriff verweigert: `C:\\Ordner\\größer\\\udc80`"))
    narrow.flush()
    assert b"gr\\xf6\\xdfer" in narrow.buffer.getvalue()


@pytest.mark.parametrize(
    ("status", "platform", "expected"),
    [
        (0, "win32", 0),
        (1, "win32", 1),
        (0x7FFFFFFF, "win32", 0x7FFFFFFF),
        (0xC0000135, "win32", 0xC0000135 - 2**32),
        (0xFFFFFFFF, "win32", -1),
        (130, "linux", 130),
    ],
)
def test_all_32_bits_of_a_status_of_windows_survive(status: int, platform: str, expected: int) -> None:
    assert for_exit(status, platform) == expected


@pytest.mark.skipif(sys.platform != "win32", reason="only Windows has statuses above 255")
def test_a_process_of_windows_ends_with_the_whole_status() -> None:
    code = "import sys; from ci_guard.__main__ import for_exit; sys.exit(for_exit(0xC0000135, sys.platform))"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0xC0000135


@pytest.mark.skipif(sys.platform == "win32", reason="a closed pipe of Windows has no status of its own")
def test_a_reader_that_goes_away_is_no_defect() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "ci_guard", "policy", "schema"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(HANG) == 141
