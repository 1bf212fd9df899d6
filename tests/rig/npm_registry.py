"""A registry for npm, pnpm, yarn and bun with three tiny packages, on this machine only.

`riga` 1.0.0 and 2.0.0 has two programs, a nested folder and needs `rigb` of the same version, which needs
`rigc`; 1.0.0 has a module `legacy.js` that 2.0.0 has not, so that a stale file shows. The program `riga`
loads every module, so that one that is missing shows too.
"""

import base64
import functools
import hashlib
import io
import json
import tarfile
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from gzip import GzipFile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

VERSIONS = ("1.0.0", "2.0.0")
PUBLISHED = "2024-01-01T00:00:00.000Z"
MODULES = {"riga": 5, "rigb": 4, "rigc": 2}
NEEDS = {"riga": "rigb", "rigb": "rigc"}
REGULAR, EXECUTABLE = 0o644, 0o755
INDEX = """\
const found = [];
for (let i = 0; i < {count}; i += 1) found.push(require(`./lib/deep/m${{i}}.js`));
if (found.some((each) => each !== "{version}")) throw new Error("mixed: " + found);
exports.said = "{name} " + require("./package.json").version{needed};
"""
PROGRAM = '#!/usr/bin/env node\nconsole.log(require("../index.js").said);\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """One version of a package: its files by path, and what its manifest declares."""

    name: str
    version: str
    files: Mapping[str, str]
    dependencies: Mapping[str, str] = field(default_factory=dict)
    bin: Mapping[str, str] = field(default_factory=dict)

    def manifest(self) -> dict[str, Any]:
        """The `package.json`."""
        found: dict[str, Any] = {"name": self.name, "version": self.version, "main": "index.js"}
        if self.dependencies:
            found["dependencies"] = dict(self.dependencies)
        if self.bin:
            found["bin"] = dict(self.bin)
        return found

    def tarball(self) -> bytes:
        """What `npm pack` would make, the same to the last byte each time."""
        archive = io.BytesIO()
        files = {"package.json": json.dumps(self.manifest(), indent=2), **self.files}
        packed = GzipFile(fileobj=archive, mode="wb", mtime=0)
        with packed, tarfile.open(fileobj=packed, mode="w") as tar:
            for path, text in files.items():
                content = text.encode()
                member = tarfile.TarInfo(f"package/{path}")
                member.size = len(content)
                member.mode = EXECUTABLE if path in self.bin.values() else REGULAR
                tar.addfile(member, io.BytesIO(content))
        return archive.getvalue()


def packages(modules: Mapping[str, int] = MODULES) -> Iterable[Package]:
    """All versions of all packages."""
    for name, count in modules.items():
        for version in VERSIONS:
            needed = NEEDS.get(name)
            said = f' + " " + require("{needed}").said' if needed else ""
            files = {"index.js": INDEX.format(name=name, version=version, count=count, needed=said)}
            files |= {f"lib/deep/m{number}.js": f'module.exports = "{version}";\n' for number in range(count)}
            if version == VERSIONS[0]:
                files["lib/legacy.js"] = "module.exports = true;\n"
            programs = {name: f"bin/{name}.js"} | ({"riga-two": "bin/two.js"} if name == "riga" else {})
            yield Package(
                name=name,
                version=version,
                files=files | dict.fromkeys(programs.values(), PROGRAM),
                dependencies={needed: version} if needed else {},
                bin=programs,
            )


_ONE_AT_A_TIME = threading.Lock()
EXPECTED = "riga {version} rigb {version} rigc {version}"


def serve() -> str:
    """The address of the registry, which lives as long as this process; one for all threads."""
    with _ONE_AT_A_TIME:
        return _start()


@functools.cache
def _start() -> str:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answer)
    server.daemon_threads = True
    server.tarballs = {}
    server.packuments = {}
    address = f"http://127.0.0.1:{server.server_port}"
    for package in packages():
        _publish(server, package, address)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return address


def _publish(server: Any, package: Package, address: str) -> None:
    tarball = package.tarball()
    path = f"/{package.name}/-/{package.name}-{package.version}.tgz"
    server.tarballs[path] = tarball
    packument = server.packuments.setdefault(
        package.name, {"name": package.name, "dist-tags": {}, "versions": {}, "time": {"modified": PUBLISHED}}
    )
    packument["dist-tags"]["latest"] = package.version
    packument["time"][package.version] = PUBLISHED
    packument["versions"][package.version] = package.manifest() | {
        "dist": {
            "tarball": address + path,
            "integrity": "sha512-" + base64.b64encode(hashlib.sha512(tarball).digest()).decode(),
            "shasum": hashlib.sha1(tarball, usedforsecurity=False).hexdigest(),
        }
    }


class _Answer(BaseHTTPRequestHandler):
    """Packuments and tarballs; 404 for the rest, as for npm's questions about advisories."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        server: Any = self.server
        path = self.path.partition("?")[0]
        packument = server.packuments.get(path.strip("/"))
        if packument is not None:
            self._send(200, json.dumps(packument).encode(), "application/json")
        elif path in server.tarballs:
            self._send(200, server.tarballs[path], "application/octet-stream")
        else:
            self._send(404, b"{}", "application/json")

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self._send(404, b"{}", "application/json")

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _send(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
