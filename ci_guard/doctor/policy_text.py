"""Puts a measured value into the text of a policy, and leaves every other line and comment as it was."""

import re

from ci_guard.doctor.measured import Proposal
from ci_guard.expression import expression

FIRST = "version: 1\n"
_SAME_LINE = expression(r"(?m)^(patience:\s*)(?:\{[^}\n]*\}|[^#\n{]*[^#\s{])([ \t]*#[^\n]*)?$")


def with_patience(text: str, proposal: Proposal) -> str:
    """The text with this patience for every command. Raises ValueError for an old one of unknown form."""
    value = f"{{limit: {proposal.patience}s}}"
    if not text.strip():
        text = FIRST
    if not re.search(r"(?m)^patience\s*:", text):
        text += "" if text.endswith("\n") else "\n"
        return f"{text}patience: {value} # {proposal.why}\n"
    changed, count = _SAME_LINE.subn(lambda old: f"{old[1]}{value}{old[2] or ''}", text)
    if count == 1:
        return changed
    block = re.compile(
        r"(?m)^(patience:[ \t]*(?:#[^\n]*)?\n(?:[ \t]*(?:#[^\n]*)?\n)*[ \t]+limit:[ \t]*)[^#\s]+"
    )
    changed, count = block.subn(lambda old: f"{old[1]}{proposal.patience}s", text)
    if count != 1:
        raise ValueError("the `patience` there is written in a way that ci-guard does not understand")
    return changed
