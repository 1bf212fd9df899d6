"""Bytes of every kind become text; a bounded capture that was cut anywhere does no harm."""

import pytest

from ci_guard.diagnose.text import decode, decode_captures
from ci_guard.model.process import Capture

LINE = "erreur: Accès refusé. (os error 5) 拒绝访问"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_unicode_is_recognised(encoding: str) -> None:
    text = "PS C:\\ws> uv sync\r\nerror: failed\r\n" + LINE
    assert decode(text.encode(encoding)) == text


def test_a_code_page_is_read_line_by_line() -> None:
    data = "Accès refusé".encode("cp1252") + b"\n" + "Accès refusé".encode()
    assert decode(data) == "Accès refusé\nAccès refusé"


@pytest.mark.parametrize("cut", range(1, 8))
def test_a_cut_character_spoils_nothing(cut: int) -> None:
    data = ("é" * 3 + "拒绝 (os error 5) 拒绝" + "é" * 3).encode()
    assert "拒绝 (os error 5) 拒绝" in decode(data[cut % 6 : -(cut % 6) or None])
    assert "Ã" not in decode(data[cut % 6 :])


@pytest.mark.parametrize(
    "data", [b"", b"\xff", b"\xc3", b"\x80\x80\x80", bytes(range(256)), b"\0" * 9, b"\xff\xfe\0"]
)
def test_no_bytes_are_refused(data: bytes) -> None:
    assert isinstance(decode(data), str)


def test_streams_are_joined_with_standard_error_last() -> None:
    captures = [Capture("stderr", b"two"), Capture("stdout", b"one")]
    assert decode_captures(captures) == "one\ntwo"


def test_a_tail_of_utf16_is_read_from_a_whole_unit() -> None:
    data = ("x" * 50 + LINE).encode("utf-16-le")
    captured = Capture("stdout", head=data[:20], tail=data[31:], dropped=11)
    assert LINE in decode_captures([captured])


def test_the_gap_of_a_capture_is_a_line_break() -> None:
    assert decode_captures([Capture("stdout", b"head", b"tail", 9)]) == "head\ntail"
    assert decode_captures([Capture("stdout", b"head", b"tail", 0)]) == "headtail"
