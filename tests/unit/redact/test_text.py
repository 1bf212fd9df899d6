"""Text for reports: decoding, colours, redrawn lines, control characters, cuts."""

import pytest

from ci_guard.redact.text import (
    HEAD_SHOWN,
    TAIL_SHOWN,
    UNSAFE_EDGE,
    cut_ends,
    decode,
    make_visible,
    settle_lines,
    shorten,
    strip_ansi,
)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b[38;2;1;2;3mx\x1b[K", "x"),
        ("\x1b]0;title\x07x", "x"),
        ("\x1b]8;;https://h\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b(Bx\x1b7\x1b=", "x"),
        ("\x1b]never ended", "\x1b]never ended"),
    ],
)
def test_ansi_is_removed(text: str, plain: str) -> None:
    assert strip_ansi(text) == plain


@pytest.mark.parametrize(
    ("text", "settled"),
    [
        ("a\r\nb\r\n", "a\nb\n"),
        (" 10%\r 20%\rdone\n", "done\n"),
        ("kept\r\r\n", "kept\n"),
        ("kept\r   \n", "kept\n"),
        ("no return", "no return"),
    ],
)
def test_redrawn_lines_keep_their_last_state(text: str, settled: str) -> None:
    assert settle_lines(text) == settled


def test_every_character_that_xml_refuses_is_visible() -> None:
    assert make_visible("a\x00\x0b\x1b\x7f\x85\ud800\udc84\ufffe\uffff\r") == (
        "a#x00#x0B#x1B#x7F#x85#xD800#xDC84#xFFFE#xFFFF#x0D"
    )
    assert make_visible("\t\n ~ü€😀") == "\t\n ~ü€😀"


def test_bytes_that_are_no_utf8_are_shown() -> None:
    assert decode(b"Zugriff verweigert f\x81r") == r"Zugriff verweigert f\x81r"


def test_a_short_stream_stays_whole_and_a_character_across_the_seam_too() -> None:
    assert cut_ends(b"\xc3", b"\xbc", 0) == ("ü".encode(), b"", 0)


@pytest.mark.parametrize("dropped", [0, 5_000_000])
def test_a_long_stream_is_cut_to_whole_lines_and_all_bytes_are_accounted_for(dropped: int) -> None:
    head, tail = b"0123456789\n" * 6000, b"abcdefghij\n" * 6000
    shown_head, shown_tail, left_out = cut_ends(head, tail, dropped)
    assert set(shown_head.splitlines()) == {b"0123456789"}
    assert set(shown_tail.splitlines()) == {b"abcdefghij"}
    assert len(shown_head) <= HEAD_SHOWN
    assert len(shown_tail) <= TAIL_SHOWN
    assert len(shown_head) + len(shown_tail) + left_out == len(head) + len(tail) + dropped


def test_a_short_head_before_a_gap_is_not_shown_twice() -> None:
    assert cut_ends(b"one\n", b"", 10) == (b"one\n", b"", 10)


def test_a_stream_of_one_endless_line_loses_the_edges_of_the_cut() -> None:
    head, tail, left_out = cut_ends(b"x" * 1_000_000, b"", 0)
    assert (len(head), len(tail)) == (HEAD_SHOWN - UNSAFE_EDGE, TAIL_SHOWN - UNSAFE_EDGE)
    assert left_out == 1_000_000 - len(head) - len(tail)


def test_shorten_keeps_one_line() -> None:
    assert shorten("a\n  b\tc", 10) == "a b c"
    assert shorten("abcdef", 4) == "abc…"
