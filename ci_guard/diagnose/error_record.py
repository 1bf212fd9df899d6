"""Error records of Windows PowerShell, which break their sentences at the width of the console.

A record is a sentence behind the name of its command (`Remove-Item : `), a line that says where, the command
line behind a plus sign, and the category. The sentence is one line again here, whatever its language.
Source: about_Automatic_Variables, `ErrorView`; the host breaks at a blank, or within a word that is longer
than the console is wide.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from ci_guard.expression import expression

PLUS = "+ "  # begins the lines that show the command
_HEAD = expression(r"[\w.:\\/-]{1,100} : \S")
_MOST = 12  # lines of a sentence


def sentences(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Which lines make one sentence: the first, and the one behind the last. Only where there are several."""
    for at in range(2, len(lines)):
        if not lines[at].startswith(PLUS) or lines[at - 1].startswith(PLUS):
            continue
        end = at - 1  # that line says where
        for head in range(end - 1, max(end - _MOST, 0) - 1, -1):
            if _HEAD.match(lines[head]):
                if end - head > 1:
                    yield head, end
                break
            if lines[head].startswith(PLUS):
                break


def joined(lines: Sequence[str]) -> str:
    """The lines of a sentence as one, with a blank at each break but for those within a word."""
    width = max(map(len, lines))
    whole = lines[0]
    for before, line in pairwise(lines):
        word = len(whole.rpartition(" ")[2]) + len(line.partition(" ")[0])
        within = len(before) >= width - 1 and word > width
        whole += ("" if within else " ") + line
    return whole
