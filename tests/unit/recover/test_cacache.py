"""What a tarball of npm's cache holds, as npm unpacks it."""

import io
import tarfile
from pathlib import Path

import pytest

from ci_guard.recover.node.cacache import members

TEXT = b"text"


def tarball(path: Path, names: dict[str, bytes]) -> str:
    """An archive of entries, by their kind."""
    with tarfile.open(path, "w:gz") as archive:
        for name, kind in names.items():
            entry = tarfile.TarInfo(name)
            entry.type = kind
            entry.size = len(TEXT) if kind == tarfile.REGTYPE else 0
            entry.linkname = "package/a.js"
            archive.addfile(entry, io.BytesIO(TEXT))
    return str(path)


@pytest.mark.parametrize(
    ("names", "held"),
    [
        ({"package/a.js": tarfile.REGTYPE, "package/lib/b.js": tarfile.REGTYPE}, {"a.js", "lib/b.js"}),
        ({"x/./a.js": tarfile.REGTYPE, "alone": tarfile.REGTYPE}, {"a.js"}),
        (
            {"package/a.js": tarfile.REGTYPE, "package/l": tarfile.SYMTYPE, "package/d": tarfile.DIRTYPE},
            {"a.js"},
        ),
        ({"package/../out.js": tarfile.REGTYPE, "package/node_modules/b/i.js": tarfile.REGTYPE}, set()),
        ({"package/.gitignore": tarfile.REGTYPE}, {".npmignore"}),
    ],
)
def test_members(tmp_path: Path, names: dict[str, bytes], held: set[str]) -> None:
    assert members(tarball(tmp_path / "content", names)) == dict.fromkeys(held, len(TEXT))


def test_a_damaged_one_has_none(tmp_path: Path) -> None:
    whole = Path(tarball(tmp_path / "content", {"package/a.js": tarfile.REGTYPE}))
    whole.write_bytes(whole.read_bytes()[:-20])
    assert members(str(whole)) is None
