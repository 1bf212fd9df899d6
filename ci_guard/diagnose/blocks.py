"""A log of any size as blocks of whole lines: gzip undone, UTF-16 as UTF-8; other bytes as they are."""

import codecs
import zlib
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from ci_guard.diagnose.text import wide_encoding
from ci_guard.errors import GuardError
from ci_guard.model.process import MIB

BLOCK = 1 * MIB
LONGEST_LINE = BLOCK  # a longer one is cut
GZIP = b"\x1f\x8b"
# a log of one line over and over reaches a thousandth, too, but is not that long
BOMB_SIZE = 1024 * MIB
BOMB_RATIO = 200
_GZIP_WINDOW = 16 + zlib.MAX_WBITS  # zlib manual, inflateInit2: gzip only


def read_blocks(stream: BinaryIO) -> Iterator[bytes]:
    """The log's blocks.

    Raises `GuardError` where compressed data is damaged or unpacks without end, after what could be read.
    """
    chunks = _chunks(stream)
    first = next(chunks, b"")
    chunks = _joined(first, chunks)
    if first.startswith(GZIP):
        chunks = _unzipped(chunks)
        first = next(chunks, b"")
        chunks = _joined(first, chunks)
    wide = wide_encoding(first)
    return _whole_lines(_without_mark(_narrowed(chunks, wide) if wide is not None else chunks))


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    while chunk := stream.read(BLOCK):
        yield chunk


def _joined(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from rest


def _unzipped(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The content of all members; what follows the last one and is none is left out, as gzip(1) does."""
    member = zlib.decompressobj(_GZIP_WINDOW)
    complete = packed = unpacked = 0
    for chunk in chunks:
        rest = chunk
        packed += len(chunk)
        while rest:
            if member.eof:
                complete += 1
                member = zlib.decompressobj(_GZIP_WINDOW)
            try:
                data = member.decompress(rest, BLOCK)
            except zlib.error as error:
                if complete:
                    return
                raise GuardError(f"the gzip data is damaged: {error}") from error
            unpacked += len(data)
            if unpacked > BOMB_SIZE and unpacked > BOMB_RATIO * packed:
                raise GuardError("the gzip data unpacks to far more than any log holds")
            if data:
                yield data
            rest = member.unused_data if member.eof else member.unconsumed_tail
    if not member.eof:
        raise GuardError("the gzip data ends too early: the log is not complete")


def _narrowed(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for chunk in chunks:
        yield decoder.decode(chunk).encode("utf-8", "replace")


def _without_mark(chunks: Iterable[bytes]) -> Iterator[bytes]:
    rest = iter(chunks)
    first = next(rest, b"")
    return _joined(first.removeprefix(codecs.BOM_UTF8), rest)


def _whole_lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        cut = chunk.rfind(b"\n") + 1
        if cut:
            yield rest + chunk[:cut]
            rest = chunk[cut:]
        else:
            rest += chunk
        if len(rest) >= LONGEST_LINE:
            yield rest
            rest = b""
    if rest:
        yield rest
