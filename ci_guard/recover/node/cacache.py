"""npm's cache: the tarball of a package by its integrity, and which files it holds.

Source: npm/cacache lib/content/path.js and lib/entry-index.js, npm/pacote lib/fetcher.js.
"""

import base64
import binascii
import hashlib
import json
import os
import struct
import tarfile
import zlib
from collections.abc import Mapping

from ci_guard.machine.held import open_patiently

BLOCK = 512  # of a tar archive
END = 2 * BLOCK  # the two empty blocks that close one
_SIZE = struct.Struct("<I")  # the last four bytes of a gzip file: the size of what is in it


def tarball(cache: str, integrity: str) -> str | None:
    """The path of the tarball with this integrity (`sha512-BASE64 ...`); None if it is not there."""
    for word in integrity.split():
        algorithm, _, digest = word.partition("-")
        try:
            name = base64.b64decode(digest.partition("?")[0], validate=True).hex()
        except binascii.Error:
            continue
        path = os.path.join(cache, "_cacache", "content-v2", algorithm, name[:2], name[2:4], name[4:])
        if os.path.isfile(path):
            return path
    return None


def integrity_of(cache: str, url: str) -> str:
    """The integrity of what was fetched from this address, as the cache's index has it; "" if unknown."""
    name = hashlib.sha256(f"make-fetch-happen:request-cache:{url}".encode()).hexdigest()
    path = os.path.join(cache, "_cacache", "index-v5", name[:2], name[2:4], name[4:])
    found = ""
    try:
        with open_patiently(path, encoding="utf-8", errors="replace") as file:
            for line in file:  # each is a checksum, a tab and JSON; the last one counts
                _, _, text = line.partition("\t")
                entry = json.loads(text) if text.strip() else None
                if isinstance(entry, dict) and entry.get("integrity"):
                    found = str(entry["integrity"])
    except (OSError, ValueError):
        return found
    return found


def unpacked_size(path: str) -> int | None:
    """The size of the archive before compression; None if the file cannot be read."""
    try:
        with open_patiently(path, "rb") as file:
            file.seek(-_SIZE.size, os.SEEK_END)
            return int(_SIZE.unpack(file.read())[0])
    except (OSError, struct.error):
        return None


def size_of(folder: str) -> tuple[int, int]:
    """What an archive of the package in this folder would measure in bytes, and how many files that is.

    npm's own archives have one header for each file and nothing else, so equal sizes say that all is there,
    without reading a byte of it. Packages inside it (`node_modules`) do not count.
    """
    total, files, left = END, 0, [folder]
    while left:
        try:
            with os.scandir(left.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        if entry.name != "node_modules":
                            left.append(entry.path)
                    elif entry.is_file(follow_symlinks=False):
                        total += BLOCK + -(-entry.stat(follow_symlinks=False).st_size // BLOCK) * BLOCK
                        files += 1
        except OSError:
            continue
    return total, files


def members(path: str) -> Mapping[str, int] | None:
    """Each file of the tarball, as npm unpacks it: its path in the package and its size.

    None if the tarball itself is damaged. Links are left out, as npm leaves them out.
    """
    found: dict[str, int] = {}
    try:
        with open_patiently(path, "rb") as file, tarfile.open(fileobj=file, mode="r:*") as archive:
            for member in archive:
                inside = _inside(member.name)
                if member.isfile() and inside is not None:
                    found[inside] = member.size
    except (OSError, tarfile.TarError, EOFError, zlib.error):
        return None
    if ".gitignore" in found and ".npmignore" not in found:
        found[".npmignore"] = found.pop(".gitignore")
    return found


def _inside(name: str) -> str | None:
    """The path below the first folder of an archive; None for what is no file of the package itself."""
    parts = [part for part in name.split("/") if part not in ("", ".")][1:]
    if not parts or ".." in parts or "node_modules" in parts:
        return None
    if os.name == "nt" and any(letter in name for letter in '<>|?:"*\\'):
        return None  # node-tar writes other letters in their place
    return "/".join(parts)
