"""What the system refuses to start is explained, with the status that shells use."""

import errno
import os
import sys

import pytest

from ci_guard.errors import CommandNotExecutable, CommandNotFound, NotStarted, UsageError
from ci_guard.model.process import Launch
from ci_guard.process import start_errors
from ci_guard.process.interruptions import Interruptions
from ci_guard.process.supervise import supervise

posix = pytest.mark.skipif(sys.platform == "win32", reason="first lines and execute permissions of POSIX")


def start(*argv: str, **environment: str) -> NotStarted | UsageError:
    with Interruptions() as interruptions, pytest.raises((NotStarted, UsageError)) as caught:
        supervise(Launch(argv=argv, environment={**os.environ, **environment}), interruptions)
    assert isinstance(caught.value, NotStarted | UsageError)
    return caught.value


@posix
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\0\1\2 some data\n", "neither a program nor a script"),
        (b"", "neither a program nor a script"),
        (b"\x7fELF\x02\x01\x01\0 of another machine", "another kind of machine"),
        (b"#!/no/such/interpreter -x\n", "names the interpreter `/no/such/interpreter`"),
        (b"#!/bin/sh\r\necho hello\r\n", "carriage return"),
    ],
)
def test_a_file_that_cannot_be_executed_is_126_and_says_why(tmp_path, content, message):
    path = tmp_path / "tool"
    path.write_bytes(content)
    path.chmod(0o755)
    error = start(str(path))
    assert isinstance(error, CommandNotExecutable)
    assert error.exit_status == 126
    assert message in str(error)
    assert str(path) in str(error)
    assert error.hint
    assert isinstance(error.__cause__, OSError)


@posix
def test_the_driver_ends_with_the_status_of_a_shell(drive, tmp_path):
    assert drive.run("no-such-program")["own"] == 127
    assert drive.run(str(tmp_path))["own"] == 126


@posix
def test_too_long_an_argument_is_explained():
    error = start("sh", "-c", "x" * 10_000_000)
    assert type(error) is NotStarted
    assert error.exit_status == 125
    assert "too long" in str(error)


def test_a_nul_byte_is_no_traceback():
    message = str(start(sys.executable, "nul\0byte"))
    assert "null byte" in message or "null character" in message


def test_nothing_to_run_is_a_mistake():
    assert isinstance(start(), UsageError)


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM, errno.ETXTBSY])
def test_what_may_be_a_lock_keeps_the_system_s_own_words(tmp_path, number):
    error = start_errors.explain(str(tmp_path / "tool"), OSError(number, os.strerror(number)))
    assert isinstance(error, CommandNotExecutable)
    assert os.strerror(number) in str(error)


def test_a_program_that_vanished_is_not_found(tmp_path):
    error = start_errors.explain(str(tmp_path / "tool"), FileNotFoundError(errno.ENOENT, "gone"))
    assert isinstance(error, CommandNotFound)


def test_a_missing_loader_is_explained(tmp_path):
    path = tmp_path / "tool"
    path.write_bytes(b"\x7fELF\x02")
    error = start_errors.explain(str(path), FileNotFoundError(errno.ENOENT, "gone"))
    assert isinstance(error, CommandNotExecutable)
    assert "loader" in str(error)


@pytest.mark.parametrize(
    ("number", "kind", "words"),
    [
        (193, CommandNotExecutable, "another kind of machine"),
        (216, CommandNotExecutable, "another kind of machine"),
        (225, CommandNotExecutable, "virus"),
        (1260, CommandNotExecutable, "group policy"),
        (4551, CommandNotExecutable, "application control"),
        (740, CommandNotExecutable, "administrator"),
        (206, NotStarted, "too long"),
        (5, CommandNotExecutable, "Access is denied"),
    ],
)
def test_windows_s_numbers_say_more_than_the_errno_they_become(tmp_path, number, kind, words):
    path = tmp_path / "tool.exe"
    path.write_bytes(b"MZ")
    error = PermissionError(errno.EACCES, "Access is denied")
    error.winerror = number
    explained = start_errors.explain(str(path), error)
    assert type(explained) is kind
    assert words in str(explained)


def test_anything_else_is_passed_on_in_the_system_s_words(tmp_path):
    error = start_errors.explain("tool", OSError(errno.ENOMEM, "Cannot allocate memory"))
    assert type(error) is NotStarted
    assert str(error) == "`tool` could not be started: Cannot allocate memory"


@posix
def test_a_refused_start_leaves_no_descriptor_open(tmp_path):
    path = tmp_path / "tool"
    path.write_bytes(b"\0echo\n")
    path.chmod(0o755)
    before = len(os.listdir("/dev/fd"))
    for _ in range(3):
        start(str(path))
    assert len(os.listdir("/dev/fd")) == before
