"""rewrites_its_files.py FOLDER TIMES: makes, reads, rewrites and renames its files; tells of each refusal.

As an installer does it: no program but this one has a part in these files. Python opens them without sharing
their removal, so that somebody who asks to remove one is in the way, were it for a microsecond.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path

KEPT = 20  # files that are written and read again and again, and removed now and then


def rounds(folder: Path, number: int) -> list[tuple[str, Callable[[], object]]]:
    """One fresh file from its making to its last name, and a turn of one that stays, or is made anew."""
    fresh, named = folder / f".tmp{number}", folder / f"{number % KEPT}.exe"
    stays = folder / f".tmp-stays-{number % KEPT}"

    def append() -> None:
        with fresh.open("ab") as file:
            file.write(b"more")

    return [
        ("make", lambda: fresh.write_bytes(b"content")),
        ("append", append),
        ("read", fresh.read_bytes),
        ("replace", lambda: os.replace(fresh, named)),
        ("rewrite", lambda: stays.write_bytes(b"content")),
        ("read again", stays.read_bytes),
        *([("remove", stays.unlink)] if number % 3 == 0 else []),
    ]


def main(folder: str, times: str) -> int:
    Path(folder).mkdir(exist_ok=True)
    refused = 0
    for number in range(int(times)):
        for what, act in rounds(Path(folder), number):
            try:
                act()
            except OSError as error:
                refused += 1
                print(f"{what}: {error!r}", file=sys.stderr)
    print(f"{refused} refused", flush=True)
    return 1 if refused else 0


sys.exit(main(*sys.argv[1:]))
