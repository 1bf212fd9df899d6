"""A build's description: the lines that are ours, among what others wrote.

Each line of ours begins with a mark that names its subject, `[ci-guard SUBJECT]`. Visible, because what the
controller's markup formatter hides (comments, attributes) another one shows.
"""

import re

_UNSAFE = str.maketrans({"<": "\u2039", ">": "\u203a", "[": "(", "]": ")", "\r": " ", "\n": " "})
LONGEST_LINE = 300  # characters; the description stands in the list of builds
RERUN = "re-run"  # the subject under which a build is marked as run again


def mark(subject: str) -> str:
    """The beginning of the line about a subject: a step's name, or what was done to the build."""
    return f"[ci-guard {_plain(subject)}]"


def with_line(description: str, subject: str, text: str) -> str:
    """The description with one line about the subject; whatever others wrote stays as it is."""
    line = f"{mark(subject)} {_plain(text)}"[:LONGEST_LINE]
    lines = description.split("\n") if description else []
    ours = [at for at, other in enumerate(lines) if other.startswith(mark(subject))]
    if not ours:
        return "\n".join((*lines, line))
    kept = [other for at, other in enumerate(lines) if at not in ours[1:]]
    kept[ours[0]] = line
    return "\n".join(kept)


def without_line(description: str, subject: str) -> str:
    """The description without the line about the subject."""
    return "\n".join(line for line in description.split("\n") if not line.startswith(mark(subject)))


def line_about(description: str, subject: str) -> str | None:
    """What our line says about the subject; None if there is none."""
    start = mark(subject)
    found = next((line for line in description.split("\n") if line.startswith(start)), None)
    return None if found is None else found.removeprefix(start).strip()


def _plain(text: str) -> str:
    return re.sub(r" {2,}", " ", text.translate(_UNSAFE)).strip()
