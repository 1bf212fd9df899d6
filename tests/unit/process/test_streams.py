"""Bytes pass through unchanged, at once, each stream to its own place; merged ones in their exact order."""

import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.program, pytest.mark.traced]

posix = pytest.mark.skipif(sys.platform == "win32", reason="asks for POSIX pipes and signals")

MIB = 1024 * 1024


def test_each_stream_reaches_its_own_place(drive, python):
    found = drive.run(*python("import sys; print('to out'); print('to err', file=sys.stderr)"))
    assert found["out"].split() == [b"to", b"out"]
    assert found["err"].split() == [b"to", b"err"]
    assert {name: kept["head"].strip() for name, kept in found["captures"].items()} == {
        "stdout": "to out",
        "stderr": "to err",
    }


@pytest.mark.parametrize("target", ["pipe", "file"])
def test_merged_streams_keep_the_exact_order_of_the_command(drive, python, tmp_path, target):
    lines = 5000
    code = f"import os\nfor n in range({lines}): os.write(1 + n % 2, b'%d\\n' % n)"
    expected = b"".join(b"%d\n" % number for number in range(lines))
    if target == "pipe":
        found = drive.run(*python(code), stderr=subprocess.STDOUT)
        written = found["out"]
    else:
        log = tmp_path / "log"
        with log.open("wb") as file:
            found = drive.run(*python(code), stdout=file, stderr=file)
        written = log.read_bytes()
    assert written == expected
    assert list(found["captures"]) == ["output"]
    assert found["captures"]["output"]["head"].encode() == expected


@pytest.mark.parametrize(
    "data",
    [b"", b"no newline at the end", b"\0\xff\xfe\x80\r\n\r\r\n\x1b[31m\x04\x03", bytes(range(256)) * 999],
)
def test_bytes_are_unchanged(drive, python, tmp_path, data):
    source = tmp_path / "data"
    source.write_bytes(data)
    found = drive.run(*python("import os,sys; os.write(1, open(sys.argv[1], 'rb').read())", source))
    assert found["out"] == data


def test_fifty_megabytes_are_unchanged_and_the_capture_stays_small(drive, python):
    block = bytes(os.urandom(MIB))
    code = "import sys; b = sys.stdin.buffer.read(); [sys.stdout.buffer.write(b) for _ in range(50)]"
    driven = drive.start(*python(code), stdin=subprocess.PIPE, launch={"head": 1000, "tail": 3000})
    driven.process.stdin.write(block)
    driven.process.stdin.close()
    driven.process.stdin = None
    found = driven.outcome()
    assert len(driven.output[0]) == 50 * MIB
    assert hashlib.sha256(driven.output[0]).digest() == hashlib.sha256(block * 50).digest()
    kept = found["captures"]["stdout"]
    assert kept["head"].encode("latin-1") == block[:1000]
    assert kept["tail"].encode("latin-1") == block[-3000:]
    assert kept["dropped"] == 50 * MIB - 4000


def test_output_arrives_at_once(drive, python, tmp_path):
    go = tmp_path / "go"
    code = (
        "import os,sys,time\n"
        "os.write(1, b'half a line')\n"
        "while not os.path.exists(sys.argv[1]): time.sleep(0.01)\n"
        "os.write(1, b', the rest')"
    )
    driven = drive.start(*python(code, go))
    seen = b""
    while seen != b"half a line":
        seen += os.read(driven.process.stdout.fileno(), 100)
    go.touch()
    driven.outcome()
    assert driven.output[0] == b", the rest"


def test_stdin_is_inherited(drive, python):
    driven = drive.start(
        *python("import sys; print(sys.stdin.readline().upper(), end='')"), stdin=subprocess.PIPE
    )
    driven.process.stdin.write(b"hello\n")
    driven.process.stdin.flush()
    driven.outcome()
    assert driven.output[0].rstrip() == b"HELLO"


@posix
def test_a_reader_that_has_had_enough_ends_the_command_as_it_would_without_us(drive):
    driven = drive.start("yes")
    assert os.read(driven.process.stdout.fileno(), 2) == b"y\n"
    driven.process.stdout.close()
    driven.process.stdout = None
    found = driven.outcome()
    assert found["signal"] == signal.SIGPIPE
    assert found["status"] == driven.process.returncode == 128 + signal.SIGPIPE
    assert found["captures"]["stdout"]["broken"]
    assert driven.output[1] == b""


@posix
def test_a_full_disk_is_noted(drive):
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with open("/dev/full", "wb") as full:
        found = drive.run("sh", "-c", "echo lost; echo kept >&2", stdout=full)
    assert os.strerror(found["captures"]["stdout"]["broken"]) == "No space left on device"
    assert found["err"] == b"kept\n"


@posix
def test_a_non_blocking_stdout_loses_nothing(drive, python):
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    driven = drive.start(*python("import os; [os.write(1, b'x' * 65536) for _ in range(64)]"), stdout=writer)
    os.close(writer)
    total = 0
    while chunk := os.read(reader, MIB):
        total += len(chunk)
    os.close(reader)
    assert driven.outcome()["status"] == 0
    assert total == 64 * 65536


@posix
def test_a_slow_reader_gets_everything_that_the_command_wrote(drive, python, until, alive, tmp_path):
    mark = tmp_path / "pid"
    code = "import os,sys; os.write(1, b'x' * 100000); open(sys.argv[1], 'w').write(str(os.getpid()) + ' ')"
    driven = drive.start(*python(code, mark), launch={"drain_grace": 0})
    until(lambda: mark.exists() and mark.read_text().endswith(" ") and not alive(int(mark.read_text())))
    assert driven.outcome()["status"] == 0
    assert len(driven.output[0]) == 100000


@posix
def test_a_daemon_that_keeps_the_stream_open_does_not_hold_us_up_and_lives_on(drive, until, tmp_path):
    pid_file = tmp_path / "pid"
    with (tmp_path / "out").open("wb") as out:
        found = drive.run("sh", "-c", f"sleep 600 & echo $! > {pid_file}; echo done", stdout=out, stderr=out)
    assert (found["status"], found["stopped"]) == (0, None)
    assert (tmp_path / "out").read_bytes() == b"done\n"
    os.kill(int(pid_file.read_text()), signal.SIGKILL)  # raises if it had been ended


@posix
def test_a_chatty_daemon_does_not_hold_us_up(drive, tmp_path, until, alive):
    pid_file = tmp_path / "pid"
    script = f"yes 2>/dev/null & echo $! > {pid_file}"
    reader, writer = os.pipe()
    driven = drive.start("sh", "-c", script, stdout=writer)
    os.close(writer)
    until(pid_file.exists)
    while driven.process.poll() is None:
        os.read(reader, 65536)
    pid = int(pid_file.read_text())
    for _ in range(100):
        assert os.read(reader, 65536)
    assert alive(pid)
    os.close(reader)
    until(lambda: not alive(pid))  # without a reader it ends by SIGPIPE, as without us


@posix
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_what_we_were_started_without_the_command_is_without_too(drive, tmp_path, closed):
    """Else its output is lost, and it is told that all is well."""
    code = (
        "import os, sys\n"
        "def there(number):\n"
        "    try: os.fstat(number)\n"
        "    except OSError: return False\n"
        "    return True\n"
        "sys.exit(sum(2 ** number for number in range(3) if there(number)))"
    )
    command = (sys.executable, "-I", "-c", code)
    before = ("sh", "-c", f'exec "$@" {closed}', "sh")
    bare = subprocess.run([*before, *command], stdin=subprocess.DEVNULL, capture_output=True)
    found = drive.start(*command, before=before).outcome()
    assert found["code"] == bare.returncode
    there = ("stdout", ">&-"), ("stderr", "2>&-")
    words = closed.split()
    assert list(found["captures"]) == [name for name, word in there if word not in words]


@posix
def test_closed_standard_streams_do_no_harm(drive, tmp_path):
    driven = drive.start("sh", "-c", "echo gone; exit 4", before=("sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh"))
    assert driven.outcome()["code"] == 4
