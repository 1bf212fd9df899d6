"""Links at terminals that show them, and nowhere else."""

import io

import pytest

from ci_guard.cli.hyperlinks import shows_links


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environ", "shown"),
    [
        ({"WT_SESSION": "1a"}, True),
        ({"TERM_PROGRAM": "vscode"}, True),
        ({"VTE_VERSION": "7200"}, True),
        ({"VTE_VERSION": "3405"}, False),
        ({"TERM": "xterm-kitty"}, True),
        ({"TERM": "xterm-256color"}, False),
        ({"WT_SESSION": "1a", "TERM": "dumb"}, False),
        ({"WT_SESSION": "1a", "CI": "true"}, False),
        ({"WT_SESSION": "1a", "FORCE_HYPERLINK": "0"}, False),
        ({}, False),
    ],
)
def test_by_the_marks_of_the_terminal(environ: dict[str, str], shown: bool) -> None:
    assert shows_links(Terminal(), environ) is shown


def test_a_file_is_no_terminal_unless_links_are_forced() -> None:
    assert not shows_links(io.StringIO(), {"WT_SESSION": "1a"})
    assert shows_links(io.StringIO(), {"FORCE_HYPERLINK": "1"})
