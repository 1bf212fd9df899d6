"""Which logs a person means: files, folders, patterns that the shell left alone, members of an archive."""

import glob
import lzma
import os
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import BinaryIO, NamedTuple

from ci_guard.config.inputs import open_input
from ci_guard.errors import GuardError
from ci_guard.model.explanation import STANDARD_INPUT

_LOGS = (".log", ".txt", ".gz", ".xz", ".zip", ".out", ".err")  # in a folder, these are looked at
_PATTERN = frozenset("*?[")
_HINT = "check the path and its permissions"
_DAMAGED = (zipfile.BadZipFile, lzma.LZMAError, zlib.error, EOFError, NotImplementedError)
_DAMAGED_LIST = (*_DAMAGED, ValueError, struct.error)  # numbers in it that lead to nowhere
_ANY_DEPTH = "**"
_IS_ENCRYPTED = 1  # APPNOTE.TXT of the format, 4.4.4: bit 0 of a member's flags


class Source(NamedTuple):
    """One log, and its name for people."""

    name: str
    path: str
    member: str | None = None  # of a zip archive


def sources_of(arguments: Iterable[str]) -> Iterator[Source]:
    """The logs, in the order of the arguments. Raises `GuardError` for one that leads to none."""
    for argument in arguments:
        paths = [argument] if argument == STANDARD_INPUT else _paths(argument)
        for path in paths:
            yield from _members(path) if path.lower().endswith(".zip") else [Source(path, path)]


@contextmanager
def opened(source: Source) -> Iterator[BinaryIO]:
    """The log as bytes; xz undone. Raises `GuardError` if it cannot be read."""
    try:
        if source.member is not None:
            with open_input(source.path) as packed, zipfile.ZipFile(packed) as archive:
                if archive.getinfo(source.member).flag_bits & _IS_ENCRYPTED:
                    raise GuardError(f"cannot read `{source.name}`: it is encrypted", hint="decrypt it first")
                with archive.open(source.member) as member:
                    yield member  # type: ignore[misc]  # read-only, which is all that is needed
        elif source.path.lower().endswith(".xz"):
            with open_input(source.path) as packed, lzma.open(packed) as stream:
                yield stream  # type: ignore[misc]
        else:
            with open_input(source.path) as plain:
                yield plain
    except _DAMAGED as error:
        raise GuardError(f"cannot read `{source.name}`: {error}", hint="the archive is damaged") from error
    except OSError as error:
        raise GuardError(f"cannot read `{source.name}`: {error.strerror or error}", hint=_HINT) from error


def _paths(argument: str) -> list[str]:
    if os.path.isdir(argument):
        found = [
            os.path.join(folder, name)
            for folder, _, names in os.walk(argument)
            for name in names
            if name.lower().endswith(_LOGS) and os.path.isfile(os.path.join(folder, name))
        ]
        if not found:
            raise GuardError(f"there is no log in `{argument}`", hint=f"logs end with {', '.join(_LOGS)}")
        return sorted(found)
    if os.path.exists(argument) or _PATTERN.isdisjoint(argument):
        return [argument]
    matching = sorted({path for path in _matching(argument) if os.path.isfile(path)})
    if not matching:
        raise GuardError(f"no file matches `{argument}`", hint="`**` goes into folders")
    return matching


def _matching(pattern: str) -> Iterator[str]:
    """As `glob.glob`, but `**` follows no links: those of a workspace lead to each other, again and again."""
    parts = pattern.replace(os.altsep or os.sep, os.sep).split(os.sep)
    if _ANY_DEPTH not in parts:
        yield from glob.iglob(pattern)
        return
    at = parts.index(_ANY_DEPTH)
    rest = parts[at:]
    while rest[:1] == [_ANY_DEPTH]:
        del rest[0]
    start = os.sep.join(parts[:at])
    for top in glob.glob(start + os.sep) if start or at else [""]:
        for folder, folders, _ in os.walk(top or os.curdir):
            folders[:] = [name for name in folders if not name.startswith(".")]
            place = glob.escape(os.path.relpath(folder) if not top else folder)
            yield from _matching(os.path.join("" if place == os.curdir else place, *(rest or ["*"])))


def _members(path: str) -> Iterator[Source]:
    try:
        with open_input(path) as packed, zipfile.ZipFile(packed) as archive:
            names = [each.filename for each in archive.infolist() if not each.is_dir() and each.file_size]
    except _DAMAGED_LIST as error:
        raise GuardError(f"cannot read `{path}`: {error}", hint="the archive is damaged") from error
    except OSError as error:
        raise GuardError(f"cannot read `{path}`: {error.strerror or error}", hint=_HINT) from error
    logs = [name for name in names if name.lower().endswith(_LOGS)] or names
    yield from (Source(f"{path}!{name}", path, name) for name in sorted(logs))
