"""What tools, terminals and CI servers put around a message is taken off; the line number stays."""

import pytest

from ci_guard.diagnose.reading import read


@pytest.mark.parametrize(
    ("line", "bare"),
    [
        ("\x1b[1m\x1b[31merror\x1b[39m\x1b[0m: x", "error: x"),
        ("\u2190[91mERROR\u2190[0m x", "ERROR x"),
        ("\x1b]8;;https://docs.example/\x07link\x1b]8;;\x07", "link"),
        ("\x1b]8;;https://docs.example/\x1b\\link\x1b]8;;\x1b\\", "link"),
        (" 10%\r 50%\r100% done", "100% done"),
        ("error: x\r", "error: x"),
        ("passq\b\bs", "pass"),
        ("2026-01-01T00:00:00.0000000Z error: x", "error: x"),
        ("2026-01-01T00:00:00.000000Z 01O error: x", "error: x"),
        ("[2026-01-01T00:00:00.000Z] error: x", "error: x"),
        ("[2026-01-01T00:00:00.000Z] [windows] error: x", "error: x"),
        ("[windows] error: x", "error: x"),
        ("#12 0.436 error: x", "error: x"),
        ("0.220 error: x", "error: x"),
        ("10:12:01  error: x", "error: x"),
        ("10:12:01.123 error: x", "error: x"),
        ("[windows-py312] 10:12:01  error: x", "error: x"),
        ("[10:12:01] [Step 1/3] error: x", "error: x"),
        ("[10:12:01]E: [Step 1/3] error: x", "error: x"),
        ("[Build and Test] error: x", "error: x"),
        ("##[error]failed: x", "failed: x"),
        ("2026-01-01T00:00:00.0000000Z ##[error]x", "x"),
        ("[ERROR] x", "x"),
        ("app-1  | error: x", "error: x"),
        ("section_start:1:build[collapsed=true]\r\x1b[0Kerror: x", "error: x"),
        ("[WinError 5] denied", "[WinError 5] denied"),
        ("[Errno 13] denied", "[Errno 13] denied"),
        ("[Warning] x", "[Warning] x"),
        ("[RuntimeException] x", "[RuntimeException] x"),
        ("12:01 lunch", "12:01 lunch"),
        ("  ╰─▶ failed", "failed"),
        ("  ├─▶ failed", "failed"),
        ("  │   wrapped", "wrapped"),
        ("  `-> failed", "failed"),
        ("  |-> failed", "failed"),
        ("  \u00d7 Failed", "Failed"),
        ("  x Failed", "Failed"),
        ("  x = 1", "x = 1"),
    ],
)
def test_wrappings_are_taken_off(line: str, bare: str) -> None:
    assert read(line).text == bare + "\n"


def test_lines_keep_their_numbers() -> None:
    reading = read("one\n\n\x1b[1mtwo\x1b[0m\r\n\n   three")
    assert reading.text == "one\ntwo\nthree\n"
    assert [reading.number(reading.text.index(word)) for word in ("one", "two", "three")] == [1, 3, 5]
    assert reading.original(reading.text.index("three")) == "   three"
    assert reading.indents == [0, 0, 3]


def test_words_that_a_terminal_cut_are_joined() -> None:
    width = 80
    text = "x" * (width - 6) + "(os er" + "\nror 5)\nnext"
    tight = read(text).tight()
    assert tight is not None
    assert "(os error 5)\nnext" in tight.text


def test_a_number_that_was_cut_is_joined_whatever_the_width() -> None:
    for cut in range(1, len("(os error 5)")):
        text = "Access is denied. " + "(os error 5)"[:cut] + "\n" + "(os error 5)"[cut:] + "\n" + "y" * 300
        if "(os error 5)"[cut] == " " or "(os error 5)"[cut - 1] == " ":
            continue  # patterns read that as it is
        tight = read(text).tight()
        assert tight is not None
        assert "(os error 5)" in tight.text


def test_a_log_that_no_terminal_cut_is_left_alone() -> None:
    assert read("a" * 300 + "\n" + "b" * 70 + "\nc").tight() is None
    assert read("a\nb").tight() is None


@pytest.mark.parametrize("text", ["", "\n\n", "\r", "\x1b[", "\b"])
def test_nothing_to_read(text: str) -> None:
    reading = read(text)
    assert reading.number(0) in (0, 1)
    assert reading.tight() is None
