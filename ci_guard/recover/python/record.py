"""What an installer notes of one package in its `*.dist-info`: its own name, and RECORD's rows.

Layout: packaging.python.org, "Recording installed projects".
"""

import csv
import os
import re
from collections.abc import Iterator

from ci_guard.machine.held import open_patiently
from ci_guard.recover.python.target import Target, TargetKind

SIZE = re.compile(r"[0-9]{1,18}")  # `isdigit` takes superscripts, and `int` refuses 4,301 digits
ABOVE = ("../", "..\\")


def installer_of(folder: str) -> str:
    """Who installed the package, as `pip`; "" where that is not noted."""
    try:
        with open_patiently(os.path.join(folder, "INSTALLER"), encoding="utf-8", errors="replace") as file:
            return str(file.read()).strip()
    except OSError:
        return ""


def is_flat(site: str, target: Target) -> bool:
    """Whether packages lie directly in the folder that the command names (`--target`)."""
    return target.kind is TargetKind.DIRECTORY and site == target.prefix


def rows_of(site: str, folder: str, target: Target) -> Iterator[tuple[str, int | None]]:
    """The rows of RECORD: absolute path, and size where there is one.

    A path with a NUL in it is none: a crash leaves a file of zeros.
    """
    try:
        with open_patiently(
            os.path.join(folder, "RECORD"), newline="", encoding="utf-8", errors="surrogateescape"
        ) as file:
            rows = [row for row in csv.reader(file) if row]
    except (OSError, csv.Error):
        return
    flat = is_flat(site, target)
    for row in rows:
        name = row[0]
        if flat:  # pip moves all there after it wrote their old places into RECORD (pypa/pip#7658)
            while name.startswith(ABOVE):
                name = name[len(ABOVE[0]) :]
        # a join keeps an absolute path as it is; normpath would cost a third of the whole survey
        path = os.path.join(site, name)
        if ".." in name or os.sep != "/":
            path = os.path.normpath(path)
        own = name.endswith("/RECORD")
        sized = not own and len(row) > 2 and SIZE.fullmatch(row[2])
        yield path, int(row[2]) if sized else None
