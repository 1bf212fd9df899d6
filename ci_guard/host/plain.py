"""Speaking to a person or a log: lines on stderr, each marked as ci-guard's own."""

import sys
from typing import TextIO

PREFIX = "ci-guard: "


def say(text: str, stream: TextIO | None = None) -> None:
    """Write each line of the text with the prefix; no text and no console encoding can make this fail."""
    target = stream if stream is not None else sys.stderr
    if target is None:  # a program without a console and without streams, as pythonw.exe
        return
    encoding = getattr(target, "encoding", None) or "utf-8"
    for line in text.splitlines() or [""]:
        safe = f"{PREFIX}{line}".encode(encoding, "backslashreplace").decode(encoding)
        try:
            target.write(f"{safe}\n")
            target.flush()
        except (OSError, ValueError):
            return  # whoever read our messages is gone; the command is what matters
