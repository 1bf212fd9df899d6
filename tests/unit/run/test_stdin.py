"""What a guarded command is given to read: each attempt reads the same, what none reads stays for others."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from rig.events import HANG

pytestmark = [pytest.mark.program, pytest.mark.traced]

PROGRAM = str(Path(__file__).parents[2] / "programs" / "reads_and_locks.py")
FAST = "version: 1\nbackoff: {initial: 10ms, maximum: 50ms}\n"
MIB = 1024 * 1024
posix = pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell and /dev/stdin")
linux = pytest.mark.skipif(sys.platform != "linux", reason="POSIX: elsewhere a page is read ahead")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / ".ci-guard.yml").write_text(FAST)
    return tmp_path


def guarded(way: str, home: Path) -> list[str]:
    return [sys.executable, "-m", "ci_guard", "--", sys.executable, PROGRAM, way, str(home)]


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("CI_GUARD")}


def reads(home: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted(home.glob("read-*"))]


SIZES = [0, 1, 4095, 4096, 4097, 70_000, 3 * MIB]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("way", ["all", pytest.param("path", marks=posix)])
@pytest.mark.parametrize("kind", ["pipe", "file"])
def test_each_attempt_reads_the_same(home: Path, kind: str, way: str, size: int) -> None:
    data = os.urandom(size)
    source = home / "input"
    source.write_bytes(data)
    with source.open("rb") as file:
        given = {"stdin": file} if kind == "file" else {"input": data}
        done = subprocess.run(
            guarded(way, home), cwd=home, env=environment(), capture_output=True, timeout=HANG, **given
        )
    assert done.returncode == 0, done.stderr
    assert reads(home) == [data, data]


@posix
def test_a_socket_is_read_again_too(home: Path) -> None:
    import socket

    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(b"a\nb\n")
        ours.shutdown(socket.SHUT_WR)
        done = subprocess.run(
            guarded("all", home),
            cwd=home,
            env=environment(),
            capture_output=True,
            timeout=HANG,
            stdin=theirs.fileno(),
        )
    assert done.returncode == 0, done.stderr
    assert reads(home) == [b"a\nb\n"] * 2


def test_a_writer_that_takes_its_time(home: Path) -> None:
    child = subprocess.Popen(guarded("all", home), cwd=home, env=environment(), stdin=subprocess.PIPE)
    assert child.stdin is not None
    for line in (b"a\n", b"b\n"):
        child.stdin.write(line)
        child.stdin.flush()
    child.stdin.close()
    assert child.wait(HANG) == 0
    assert reads(home) == [b"a\nb\n"] * 2


def test_an_input_that_nobody_writes_to_or_closes_holds_nothing_up(home: Path) -> None:
    child = subprocess.Popen(guarded("none", home), cwd=home, env=environment(), stdin=subprocess.PIPE)
    assert child.wait(HANG) == 0
    assert reads(home) == [b"", b""]
    assert child.stdin is not None
    child.stdin.close()


def test_what_is_too_much_to_keep_is_not_repeated_and_said(home: Path) -> None:
    data = bytes(9 * MIB)
    done = subprocess.run(
        guarded("all", home), cwd=home, env=environment(), capture_output=True, timeout=HANG, input=data
    )
    assert done.returncode == 1
    assert b"no further attempt: it has read more of its input" in done.stderr
    assert reads(home) == [data]


@linux
@pytest.mark.parametrize("way", ["line", "none"])
def test_what_no_attempt_has_read_is_left_for_the_next_program(home: Path, way: str) -> None:
    script = f"{shlex.join(guarded(way, home))}; cat"
    lines = b"".join(b"%d\n" % number for number in range(100_000))
    done = subprocess.run(
        ["sh", "-c", script], cwd=home, env=environment(), capture_output=True, timeout=HANG, input=lines
    )
    first, _, rest = lines.partition(b"\n")
    assert reads(home) == [first + b"\n" if way == "line" else b""] * 2
    assert done.stdout == (rest if way == "line" else lines)


@linux
def test_a_loop_over_lines_sees_each_line(home: Path) -> None:
    (home / "locked").touch()
    script = f'while read line; do {shlex.join(guarded("none", home))}; echo "$line"; done'
    done = subprocess.run(
        ["sh", "-c", script],
        cwd=home,
        env=environment(),
        capture_output=True,
        timeout=HANG,
        input=b"a\nb\nc\n",
    )
    assert done.stdout == b"a\nb\nc\n"


@posix
@pytest.mark.parametrize("size", [0, 5, 70_000])
@pytest.mark.parametrize("by_path", [True, False], ids=["by its path", "by its number"])
@pytest.mark.parametrize("kind", ["pipe", "file"])
def test_each_attempt_reads_the_same_from_another_descriptor(
    home: Path, kind: str, by_path: bool, size: int
) -> None:
    """As of `uv pip install -r <(sort requirements.txt)` and of `3<requirements.txt`."""
    if sys.platform != "linux" and not by_path:
        pytest.skip("elsewhere what is looked at must be taken")
    data = os.urandom(size)
    (home / "input").write_bytes(data)
    writer = None
    if kind == "file":
        reader = os.open(home / "input", os.O_RDONLY)
    else:
        reader, ours = os.pipe()
        writer = subprocess.Popen(["cat", home / "input"], stdout=ours)
        os.close(ours)
    done = subprocess.run(
        guarded(f"/dev/fd/{reader}" if by_path else str(reader), home),
        cwd=home,
        env=environment(),
        capture_output=True,
        timeout=HANG,
        pass_fds=[reader],
    )
    os.close(reader)
    if writer is not None:
        writer.wait(HANG)
    assert done.returncode == 0, done.stderr
    assert reads(home) == [data, data]


@linux
def test_the_tokens_of_a_job_server_stay_where_all_take_them(home: Path) -> None:
    """GNU make hands down both ends of one pipe: what is read there is put back by others."""
    reader, writer = os.pipe()
    os.write(writer, b"++")
    done = subprocess.run(
        [sys.executable, "-m", "ci_guard", "--", "ls", "-li", f"/proc/self/fd/{reader}"],
        cwd=home,
        env=environment(),
        stdout=subprocess.PIPE,
        timeout=HANG,
        pass_fds=[reader, writer],
    )
    assert f"pipe:[{os.fstat(reader).st_ino}]".encode() in done.stdout
    assert os.read(reader, 9) == b"++"
    os.close(reader)
    os.close(writer)


@linux
def test_what_others_write_for_others_stays_in_its_pipe(home: Path) -> None:
    (home / "locked").touch()
    reader, writer = os.pipe()
    os.write(writer, b"for whoever comes next")
    done = subprocess.run(guarded("none", home), cwd=home, env=environment(), timeout=HANG, pass_fds=[reader])
    os.close(writer)
    assert done.returncode == 0
    assert os.read(reader, 99) == b"for whoever comes next"
    os.close(reader)


@posix
def test_a_log_that_is_open_for_writing_is_not_wound_back(home: Path) -> None:
    log = os.open(home / "log", os.O_RDWR | os.O_CREAT)
    guard, program = guarded("none", home)[:4], guarded("none", home)[4:]
    code = "import os, sys; os.write(int(sys.argv[1]), b'line\\n'); os.execv(sys.executable, sys.argv[2:])"
    done = subprocess.run(
        [*guard, sys.executable, "-c", code, str(log), *program],
        cwd=home,
        env=environment(),
        timeout=HANG,
        pass_fds=[log],
    )
    os.close(log)
    assert done.returncode == 0
    assert (home / "log").read_bytes() == b"line\nline\n"


@posix
@pytest.mark.parametrize("size", [10, 1_000_000])
def test_output_that_cannot_be_written_is_a_failure(home: Path, size: int) -> None:
    if not os.path.exists("/dev/full"):
        pytest.skip("this system has no /dev/full")
    command = [sys.executable, "-m", "ci_guard", "--report", "json=run.json", "--"]
    script = f"printf %{size}s x; exit 0"
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [*command, "sh", "-c", script], cwd=home, env=environment(), stdout=full, stderr=subprocess.PIPE
        )
    assert done.returncode != 0
    assert b"No space left on device" in done.stderr
    assert b'"disk_full"' in (home / "run.json").read_bytes()
