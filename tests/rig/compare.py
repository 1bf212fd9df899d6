"""Says whether an installed tree is the tree that an undisturbed run would have made, file by file.

Compared is the content. Byte code, lock files and timestamps do not count, and the two trees' own places in
shebangs and settings are taken as equal.
"""

import csv
import io
import os
import re
import stat
import subprocess
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from rig.events import HANG

IGNORED_FOLDERS = ("__pycache__",)
IGNORED_FILES = (".lock", "uv_cache.json")  # a lock, and the time stamp of the wheel
# names that uv and pip give to what is not finished yet, and pip to what it takes away
TEMPORARY = (".tmp", "tmp", "~")
OUTSIDE = ".."  # a RECORD row of a script: its hash covers the shebang
INTERPRETER = re.compile(r"python[\d.]*")


@dataclass(frozen=True, slots=True)
class Difference:
    """How a tree differs from the reference, as paths in the tree."""

    missing: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    @property
    def code(self) -> tuple[str, ...]:
        """What changes how the installed programs behave."""
        paths = (path for path in self._all() if not _is_metadata(path))
        return tuple(path for path in paths if not self._leftover(path))

    @property
    def metadata(self) -> tuple[str, ...]:
        """What changes only what the installers believe to be there."""
        return tuple(path for path in self._all() if _is_metadata(path))

    @property
    def leftovers(self) -> tuple[str, ...]:
        """Unfinished temporary files that nothing uses."""
        return tuple(path for path in self.extra if self._leftover(path))

    @property
    def whole(self) -> bool:
        """Whether nothing differs but leftovers."""
        return not self.code and not self.metadata

    def __str__(self) -> str:
        kinds = {"missing": self.missing, "extra": self.extra, "changed": self.changed}
        return "; ".join(f"{kind}: {', '.join(paths)}" for kind, paths in kinds.items() if paths) or "equal"

    def _all(self) -> tuple[str, ...]:
        return self.missing + self.extra + self.changed

    def _leftover(self, path: str) -> bool:
        return path in self.extra and any(part.startswith(TEMPORARY) for part in PurePosixPath(path).parts)


def snapshot(
    root: Path, places: Mapping[str, Path], ignored: Collection[str] = IGNORED_FOLDERS
) -> dict[str, bytes]:
    """Each file of a tree with what counts of its content.

    `places`: paths that differ between runs, by a name. `ignored`: names of folders that are left out.
    """
    found: dict[str, bytes] = {}
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if name not in ignored]
        linked = [name for name in folders if Path(folder, name).is_symlink()]
        for name in [*files, *linked]:
            path = Path(folder, name)
            if name not in IGNORED_FILES and path.suffix != ".pyc":
                found[path.relative_to(root).as_posix()] = _content(path, places)
    return found


def compare(tree: Mapping[str, bytes], reference: Mapping[str, bytes]) -> Difference:
    """How one snapshot differs from another."""
    common = tree.keys() & reference.keys()
    return Difference(
        missing=tuple(sorted(reference.keys() - tree.keys())),
        extra=tuple(sorted(tree.keys() - reference.keys())),
        changed=tuple(sorted(path for path in common if tree[path] != reference[path])),
    )


def says(program: Path, variables: Mapping[str, str]) -> str:
    """What an installed program prints; what went wrong if it does not run."""
    try:
        done = subprocess.run([program], env=variables, capture_output=True, text=True, timeout=HANG)
    except OSError as error:
        return f"does not start: {error}"
    return done.stdout.strip() if done.returncode == 0 else f"status {done.returncode}: {done.stderr.strip()}"


def _content(path: Path, places: Mapping[str, Path]) -> bytes:
    if INTERPRETER.fullmatch(path.name) and path.parent.name == "bin" and os.access(path, os.X_OK):
        return b"<interpreter>"  # where a link cannot be made venv and virtualenv copy the program
    if path.is_symlink():
        return b"-> " + _neutral(os.readlink(path).encode(), places)
    content = _neutral(path.read_bytes(), places)
    if path.name == "uv-receipt.toml":  # uv notes there how it linked files: the result is the same
        content = b"".join(line for line in content.splitlines(True) if not line.startswith(b"link-mode"))
    if path.name == "RECORD":
        content = _record(content)
    executable = path.stat().st_mode & stat.S_IXUSR
    return content + (b"\n<executable>" if executable else b"")


def _neutral(content: bytes, places: Mapping[str, Path]) -> bytes:
    for name, place in places.items():
        content = content.replace(str(place).encode(), f"<{name}>".encode())
    return content


def _record(content: bytes) -> bytes:
    rows = csv.reader(io.StringIO(content.decode()))
    kept = [
        [row[0], *([] if row[0].startswith(OUTSIDE) else row[1:])]
        for row in rows
        if row and not row[0].endswith((".pyc", "/uv_cache.json"))
    ]
    return "\n".join(",".join(row) for row in sorted(kept)).encode()


def _is_metadata(path: str) -> bool:
    return any(part.endswith(".dist-info") for part in PurePosixPath(path).parts)
