"""What a machine can do to the program itself ends with one clear line, never with a traceback or a hang."""

import gzip
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rig.events import HANG

pytestmark = pytest.mark.program

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX limits, devices and FIFOs")
DIGITS = "9" * 6000


def guard(folder: Path, *words: str, before: str = "", **popen) -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CI_GUARD")}
    command = [sys.executable, "-m", "ci_guard", *words]
    if before:
        command = ["sh", "-c", f'{before}; exec "$@"', "sh", *command]
    streams = {"stdin": subprocess.DEVNULL, **popen}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=HANG, **streams
    )


def is_told(done: "subprocess.CompletedProcess[str]", status: int = 125) -> str:
    assert done.returncode == status, done.stderr
    lines = done.stderr.splitlines()
    assert "Traceback" not in done.stderr
    assert "a defect" not in done.stderr
    assert lines
    assert lines[0].startswith("ci-guard: error: ")
    assert all(len(line) < 600 for line in lines)
    return done.stderr


@pytest.mark.parametrize(
    "line",
    [
        f"attempts: {DIGITS}",
        f"deadline: {DIGITS}",
        f"backoff: {{factor: {DIGITS}.0}}",
        f"exit_codes: {{unknown: {DIGITS}}}",
    ],
)
def test_a_number_with_thousands_of_digits_in_a_policy(tmp_path: Path, line: str) -> None:
    (tmp_path / ".ci-guard.yml").write_text(f"version: 1\n{line}\n")
    assert ".ci-guard.yml:2:" in is_told(guard(tmp_path, "--", "true"))


@pytest.mark.parametrize("option", ["--attempts", "--deadline", "--attempt-timeout"])
def test_a_number_with_thousands_of_digits_on_the_command_line(tmp_path: Path, option: str) -> None:
    assert option in is_told(guard(tmp_path, option, DIGITS, "--", "true"))


@posix
@pytest.mark.parametrize("words", [["--policy", "fifo", "--", "true"], ["explain", "fifo"]])
def test_a_fifo_that_nobody_writes_to(tmp_path: Path, words: list[str]) -> None:
    os.mkfifo(tmp_path / "fifo")
    assert "nobody writes to it" in is_told(guard(tmp_path, *words))


@posix
@pytest.mark.parametrize("words", [["--policy", "/dev/zero", "--", "true"], ["explain", "/dev/zero"]])
def test_a_device_that_never_ends(tmp_path: Path, words: list[str]) -> None:
    assert "/dev/zero" in is_told(guard(tmp_path, *words))


@posix
def test_a_pipe_is_read_all_the_same(tmp_path: Path) -> None:
    script = f'{sys.executable} -m ci_guard --policy <(sleep 0.2; echo "version: 1") -- echo done'
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=HANG)
    assert (done.returncode, done.stdout, done.stderr) == (0, "done\n", "")


@posix
@pytest.mark.parametrize("limit", range(4, 16))
def test_few_descriptors(tmp_path: Path, limit: int) -> None:
    done = guard(tmp_path, "--", "true", before=f"ulimit -n {limit}")
    # with fewer than it needs, the command runs without a guard, and that is said
    assert done.returncode != 0 or done.stderr == "" or "no guard" in done.stderr
    assert "a defect" not in done.stderr
    if "ci-guard: " in done.stderr:  # with less the interpreter itself does not start
        assert "Traceback" not in done.stderr


def test_a_log_that_is_damaged_in_the_middle(tmp_path: Path) -> None:
    data = bytearray(
        gzip.compress(b"".join(b"line %d says something\n" % number for number in range(40_000)))
    )
    data[len(data) // 2] ^= 0xFF
    (tmp_path / "log.gz").write_bytes(data)
    done = guard(tmp_path, "explain", "log.gz")
    assert (done.returncode, done.stderr) == (0, "")  # what can be read of it is explained
    assert "note: the gzip data is damaged" in done.stdout


@posix
def test_a_working_directory_that_has_gone(tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    assert "working directory" in is_told(guard(folder, "--", "true", before=f"rmdir {folder}"))


@posix
@pytest.mark.parametrize("words", [["explain"], ["explain", "-"]])
def test_a_closed_standard_input(tmp_path: Path, words: list[str]) -> None:
    assert "standard input" in is_told(guard(tmp_path, *words, before="exec <&-"))
