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


@pytest.mark.parametrize("character", ["é", "拒", "😀"])
def test_of_a_character_that_is_cut_at_the_end_nothing_is_left(character: str) -> None:
    whole = f"Accès refusé {character}".encode()
    for lost in range(1, len(character.encode())):
        assert decode(whole[:-lost]) == "Accès refusé "
    assert decode(whole) == f"Accès refusé {character}"


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


@pytest.mark.parametrize(
    ("oem", "ansi", "text"),
    [
        ("cp850", "cp1252", "Zugriff auf den angeforderten Schlüssel verweigert: größer"),
        ("cp850", "cp1252", "Accès refusé: le fichier est utilisé"),
        ("cp437", "cp1252", "año: español"),
        ("cp866", "cp1251", "Отказано в доступе"),
        ("cp852", "cp1250", "Odmowa dostępu: plik używany przez inny proces"),
        ("cp857", "cp1254", "Dosya başka bir işlem için"),
        ("cp932", "cp932", "アクセスが拒否されました。"),
        ("cp936", "cp936", "拒绝访问。"),
        ("cp949", "cp949", "액세스가 거부되었습니다."),
    ],
)
def test_a_line_is_read_in_the_code_page_that_makes_it_words(oem: str, ansi: str, text: str) -> None:
    for page in (oem, ansi):
        data = b"error: " + text.encode(page) + b" (os error 5)\nnext: " + text.encode()
        assert decode(data, (oem, ansi)) == f"error: {text} (os error 5)\nnext: {text}"
        assert text in decode_captures([Capture("stderr", data, data, 9)], (oem, ansi))


@pytest.mark.parametrize("pages", [(), ("cp437", "cp1252"), ("cp932",), ("no-such-codec",)])
def test_no_code_page_makes_it_fail(pages: tuple[str, ...]) -> None:
    data = b"\n".join(bytes([first, second]) for first in range(256) for second in range(0, 256, 5))
    assert "(os error 5)" in decode(data + b"(os error 5)", pages)
