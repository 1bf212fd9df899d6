"""What outlives the step goes on writing to where it wrote: no byte is lost, and none comes twice."""

import itertools
from pathlib import Path

import pytest

pytestmark = [pytest.mark.program, pytest.mark.traced]

# how many lines the server writes at once, and how long it rests, from a word now and then to all it can
PACES = [(1, 0.05), (1, 0.0), (5_000, 0.01)]
END = b"end\n"


def assert_counts(written: bytes, first: int, step: int) -> None:
    """Every number is there, in its place."""
    assert written.endswith(END)
    numbers = [int(line) for line in written.split() if line != END.strip()]
    wrong = next((each for each in zip(numbers, itertools.count(first, step)) if each[0] != each[1]), None)
    assert wrong is None, f"{wrong} of {len(numbers)}"


@pytest.mark.parametrize("pace", PACES, ids=str)
def test_each_stream_of_a_server_goes_on(drive, python, until, tmp_path: Path, pace) -> None:
    stop, out, err = tmp_path / "stop", tmp_path / "out", tmp_path / "err"
    with out.open("wb") as stdout, err.open("wb") as stderr:
        found = drive.run(*python("serves_on.py", stop, *pace), stdout=stdout, stderr=stderr)
    assert (found["status"], found["stopped"]) == (0, None)
    for log in (out, err):
        until_it_grows(log, until)
    stop.touch()
    for log, first in ((out, 0), (err, 1)):
        until(lambda log=log: log.read_bytes().endswith(END))
        assert_counts(log.read_bytes(), first, 2)


def test_streams_that_are_one_keep_their_order(drive, python, until, tmp_path: Path) -> None:
    stop, out = tmp_path / "stop", tmp_path / "out"
    with out.open("wb") as stdout:
        found = drive.run(*python("serves_on.py", stop, 1, 0.0), stdout=stdout, stderr=stdout)
    assert (found["status"], found["stopped"]) == (0, None)
    until_it_grows(out, until)
    stop.touch()
    until(lambda: out.read_bytes().endswith(END * 2))
    assert_counts(out.read_bytes(), 0, 1)


def test_what_a_server_says_goes_through_a_sieve(drive, python, until, tmp_path: Path) -> None:
    """As on GitHub, where it would be a command once the step's shield has come down."""
    go, log = tmp_path / "go", tmp_path / "log"
    server = (
        f"import os, time\nwhile not os.path.exists({str(go)!r}): time.sleep(0.01)\n"
        "os.write(1, b'::set-env name=A::b\\nend\\n')"
    )
    begin = f"subprocess.Popen([sys.executable, '-c', {server!r}], stdout=1, stderr=2)"
    with log.open("wb") as stdout:
        found = drive.run(
            *python(f"import subprocess, sys; {begin}"), stdout=stdout, stderr=stdout, launch={"late": True}
        )
    assert (found["status"], log.read_bytes()) == (0, b"")
    go.touch()
    until(lambda: log.read_bytes().endswith(END))
    assert log.read_bytes() == b": :set-env name=A::b\nend\n"


def until_it_grows(log: Path, until) -> None:
    """Wait until it has more than when the command had ended."""
    size = log.stat().st_size
    until(lambda: log.stat().st_size > size)


def test_a_server_that_says_a_word_now_and_then_holds_nobody_up(drive, python, tmp_path: Path) -> None:
    """It is told to stop only after the end, and would take minutes to fill a pipe."""
    stop, out = tmp_path / "stop", tmp_path / "out"
    with out.open("wb") as stdout:
        found = drive.run(*python("serves_on.py", stop, 1, 0.01), stdout=stdout, stderr=stdout)
    stop.touch()
    assert (found["status"], found["stopped"]) == (0, None)
