"""What tools note as JSON, and whose home it is kept in."""

import os
from pathlib import Path

import pytest

from ci_guard.recover.json_object import json_object
from ci_guard.recover.user_home import user_home

HOME = "USERPROFILE" if os.name == "nt" else "HOME"
NOTES = [
    (b'{"a": 1}', {"a": 1}),
    (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),  # as editors of Windows save it
    (b'{"a": "\xff"}', {"a": "\N{REPLACEMENT CHARACTER}"}),
    (b'{"a": 1', None),
    (b"[1]", None),
    (b"", None),
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
