"""What tools note as JSON, and whose home it is kept in."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ci_guard.recover.beginning import last_change
from ci_guard.recover.families.uv import _tool_faults
from ci_guard.recover.json_object import json_object
from ci_guard.recover.python.target import TargetKind, virtual_environment
from ci_guard.recover.user_home import user_home

HOME = "USERPROFILE" if os.name == "nt" else "HOME"
POSIX = os.name == "posix"
NOTES = [
    (b'{"a": 1}', {"a": 1}),
    (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),  # as editors of Windows save it
    (b'{"a": "\xff"}', {"a": "\N{REPLACEMENT CHARACTER}"}),
    (b'{"a": 1', None),
    (b"[1]", None),
    (b"", None),
    pytest.param(b"[" * 100_000, None, id="brackets without end"),
    pytest.param(b'{"a": ' + b"9" * 6000 + b"}", None, id="a number of 6,000 digits"),
    (b"\0" * 300, None),
]


@pytest.mark.parametrize(("note", "found"), NOTES)
def test_an_object_is_read_and_nothing_else(tmp_path: Path, note: bytes, found: object) -> None:
    (tmp_path / "note").write_bytes(note)
    assert json_object(str(tmp_path / "note")) == found


def test_a_note_that_is_not_there_says_nothing(tmp_path: Path) -> None:
    assert json_object(str(tmp_path / "note")) is None


def test_the_home_is_that_of_the_command_and_else_ours() -> None:
    assert user_home({HOME: "/home/ci"}) == "/home/ci"
    assert user_home({HOME: ""}) == user_home({}) == os.path.expanduser("~")


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX: a FIFO or a device in the place of a file")
@pytest.mark.parametrize("make", [os.mkfifo, lambda path: os.symlink("/dev/zero", path)] if POSIX else [])
def test_a_note_that_is_no_file_is_none(tmp_path: Path, make: Callable[[str], None]) -> None:
    make(str(tmp_path / "note"))
    assert json_object(str(tmp_path / "note")) is None


def test_a_path_that_no_file_can_have_is_not_there() -> None:
    assert last_change("a\0b") is None


@pytest.mark.parametrize(
    "note",
    [
        b"\xff\xfe\0bad",
        b"",
        b'tool = "x"',
        b"[tool]\nentrypoints = 5",
        b"[tool]\nentrypoints = {}",
        b"\0" * 300,
    ],
)
def test_a_damaged_receipt_of_uv_is_a_fault(tmp_path: Path, note: bytes) -> None:
    (tmp_path / "uv-receipt.toml").write_bytes(note)
    target = virtual_environment(str(tmp_path), TargetKind.TOOL)
    assert [fault.path for fault in _tool_faults(target)] == [str(tmp_path / "uv-receipt.toml")]
