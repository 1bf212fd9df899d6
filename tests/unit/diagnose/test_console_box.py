"""What Composer 2.5 printed without a terminal, the message cut at 80 columns."""

from ci_guard.diagnose.classify import classify_text
from ci_guard.diagnose.console_box import unboxed
from ci_guard.knowledge.load import load_knowledge
from ci_guard.model.category import System

WIDTH = 79
CUT = (
    "copy(/home/build/ws/state/cache-composer/files/inner/riga/ee542843527820ed2",
    "604871da0478fd4e225ca.tar): Failed to open stream: Permission denied",
)
BOX = "\n".join(
    (
        "  - Downloading inner/riga (2.0.0)",
        "",
        "In Cache.php line 201:",
        " " * WIDTH,
        *(f"  {line}".ljust(WIDTH) for line in CUT),
        " " * WIDTH,
        "",
        "install [--prefer-source] [--prefer-dist]",
        "",
    )
)
PATH = "/home/build/ws/state/cache-composer/files/inner/riga/ee542843527820ed2604871da0478fd4e225ca.tar"


def test_a_box_becomes_one_line_and_the_others_keep_their_numbers() -> None:
    lines = unboxed(BOX).split("\n")

    assert lines[4] == f"  copy({PATH}): Failed to open stream: Permission denied"
    assert len(lines) == len(BOX.split("\n"))
    assert lines[8] == "install [--prefer-source] [--prefer-dist]"


def test_a_path_that_was_cut_in_a_word_is_read_whole() -> None:
    said = classify_text(
        BOX,
        exit_status=1,
        argv=("composer", "install"),
        knowledge=load_knowledge(()),
        system=System.LINUX,
    )

    assert said.match is not None
    assert (said.match.path, said.match.operation) == (PATH, "copy")


def test_a_text_without_a_box_stays_as_it_is() -> None:
    for text in ("", "In a.php line 1:\nnothing\n", "  two lines  \n  of words  \n"):
        assert unboxed(text) == text
