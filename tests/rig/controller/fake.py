"""A controller on loopback: what Jenkins answers, as it answers it, and whatever can go wrong on the way.

Users and API tokens, crumbs that are bound to a cookie (and not asked of API tokens), folders and branches
with a slash in their name, `tree` with ranges, gzip, chunked logs, redirects after POST.
"""

import base64
import gzip
import json
import random
import re
import socket
import ssl
import struct
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from rig.controller.trees import parse, prune
from rig.controller.world import Made, World, report

USER, TOKEN, PASSWORD = "robot", "11d0c0ffee5ec4e7f00dba5eba11ad0be5", "correct horse"
LOGIN_PAGE = (
    b'<!DOCTYPE html><html><body><form action="j_spring_security_check" method="post">'
    b'<input name="j_username"><input name="j_password" type="password"></form></body></html>'
)
_JOB = re.compile(r"^((?:/job/[^/]+)+)(?:/(\d+))?(/.*)?$")
_RESET = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)  # SO_LINGER: close by RST
HTML = "text/html;charset=utf-8"
PAGES = {
    "503": (503, b"<html>Please wait while Jenkins is getting ready</html>", HTML),
    "502": (502, b"<html>Bad Gateway</html>", HTML),
    "login": (200, LOGIN_PAGE, HTML),
    "garbage": (200, b"\x00\xff{]<html>maintenance", HTML),
}
REDIRECTS = {"moved": "https://new.example.invalid", "single-sign-on": "/saml/login?from="}
LEAST_ZIPPED = 400  # bytes
Fault = Callable[[str, int], str | None]  # path and how often it was asked for before -> a fault's name


class Fake:
    """The controller; `url` is where it is."""

    def __init__(self, world: World, fault: Fault = lambda path, before: None) -> None:
        self.world = world
        self.fault = fault
        self.asked: Counter[str] = Counter()  # by method and path
        self.served: Counter[str] = Counter()  # the same, answered whole
        self.faults: Counter[str] = Counter()
        self.mode = "normal"
        self.prefix = "/jenkins"
        self.crumbs: dict[str, str] = {}  # by cookie
        self.lock = threading.Lock()
        self.released = threading.Event()
        self.at_once = self.most_at_once = 0
        self.url = ""

    @contextmanager
    def running(self, context: ssl.SSLContext | None = None) -> Iterator["Fake"]:
        server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"fake": self}))
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        scheme = "https" if context is not None else "http"
        self.url = f"{scheme}://127.0.0.1:{server.server_port}{self.prefix}/"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield self
        finally:
            self.released.set()
            server.shutdown()
            thread.join()
            server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away are what the tests are about."""


class _Handler(BaseHTTPRequestHandler):
    fake: Fake
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def log_message(self, *args: Any) -> None:
        """Not into the output of the tests."""

    def do_GET(self) -> None:
        self._handle("GET")

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.form = {
            name: values[0]
            for name, values in parse_qs(self.rfile.read(length).decode(), keep_blank_values=True).items()
        }
        self._handle("POST")

    def _handle(self, method: str) -> None:
        fake = self.fake
        address = urlsplit(self.path)
        self.query = {name: values[0] for name, values in parse_qs(address.query).items()}
        key = f"{method} {address.path}{'?' + self.query['tree'][-12:] if 'tree' in self.query else ''}"
        with fake.lock:
            before = fake.asked[key]
            fake.asked[key] += 1
            fake.at_once += 1
            fake.most_at_once = max(fake.most_at_once, fake.at_once)
        try:
            self._answer_or_fail(method, address.path, key, fake.fault(key, before))
        finally:
            with fake.lock:
                fake.at_once -= 1

    def _answer_or_fail(self, method: str, path: str, key: str, fault: str | None) -> None:
        fake = self.fake
        if fault:
            with fake.lock:
                fake.faults[fault] += 1
        if self._failed_before(fault):
            return
        status, body, kind, headers = self._answer(method, path)
        if fault == "done-then-reset":
            self._reset()
            return
        if fault == "truncated-json" or (fault == "shortened" and path.endswith("consoleText")):
            body = body[: len(body) // 2]
            kind = "application/json" if fault == "truncated-json" else kind
        self._send(status, body, kind, headers, cut=fault == "cut")
        if fault in (None, "slow"):
            with fake.lock:
                fake.served[key] += 1

    def _failed_before(self, fault: str | None) -> bool:
        """Faults of what stands before Jenkins: it never sees the request."""
        fake = self.fake
        if fault == "silence":
            fake.released.wait(30)
        if fault in ("reset", "silence"):
            self._reset()
        elif fault in PAGES:
            self._send(*PAGES[fault])
        elif fake.mode in PAGES:
            self._send(*PAGES[fake.mode])
        elif fake.mode in REDIRECTS:
            self._send(302, b"", "", {"Location": REDIRECTS[fake.mode] + self.path})
        else:
            if fault == "slow":
                time.sleep(0.1)
            return False
        return True

    # --- what Jenkins answers

    def _answer(self, method: str, path: str) -> tuple[int, bytes, str, dict[str, str]]:
        fake = self.fake
        if not path.startswith(fake.prefix):
            return _page(404)
        path = path[len(fake.prefix) :]
        how = self._authenticated()
        if how is None:
            return _page(401, {"WWW-Authenticate": 'Basic realm="Jenkins"'})
        if path == "/crumbIssuer/api/json":
            cookie = self._cookie() or str(random.getrandbits(64))
            crumb = fake.crumbs.setdefault(cookie, f"crumb-{random.getrandbits(64):x}")
            told = {"_class": "hudson.security.csrf.DefaultCrumbIssuer", "crumb": crumb}
            headers = {"Set-Cookie": f"JSESSIONID={cookie}; Path=/; HttpOnly"}
            return self._json(told | {"crumbRequestField": "Jenkins-Crumb"}, headers)
        if method == "POST" and how == "password":
            given = self.headers.get("Jenkins-Crumb")
            if given is None or fake.crumbs.get(self._cookie() or "") != given:
                return _page(403)
        if method == "POST" and fake.mode == "unchanging":
            return 302, b"", "", {"Location": "."}
        with fake.lock:
            if path.startswith("/computer"):
                return self._computer(method, path.removeprefix("/computer"))
            found = _JOB.match(path)
            if found is None:
                return _page(404)
            name = "/".join(unquote(part) for part in found[1].split("/job/")[1:])
            return self._job(method, name, int(found[2]) if found[2] else None, found[3] or "/")

    def _authenticated(self) -> str | None:
        given = self.headers.get("Authorization", "")
        try:
            user, _, word = base64.b64decode(given.removeprefix("Basic ")).decode().partition(":")
        except ValueError:
            return None
        return {(USER, TOKEN): "token", (USER, PASSWORD): "password"}.get((user, word))

    def _cookie(self) -> str | None:
        found = re.search(r"JSESSIONID=(\w+)", self.headers.get("Cookie", ""))
        return found[1] if found else None

    def _job(
        self, method: str, name: str, number: int | None, rest: str
    ) -> tuple[int, bytes, str, dict[str, str]]:
        world = self.fake.world
        url = self.fake.url
        if number is None:
            item = world.item(name, url)
            if item is None:
                return _page(404)
            if method == "GET":
                return self._json(item) if rest == "/api/json" else _page(404)
            return self._build(name, rest)
        made = world.find(name, number)
        if made is None:
            return _page(404)
        if (method, rest) == ("POST", "/submitDescription"):
            made.description = self.form["description"]
            return 302, b"", "", {"Location": "."}
        if rest == "/api/json":
            return self._json(world.build(name, made, url))
        if rest == "/consoleText":
            return 200, made.log, "text/plain;charset=utf-8", {}
        if rest == "/testReport/api/json" and made.tests is not None:
            return self._json(report(made.tests, of_modules=made.of_modules))
        return _page(404)

    def _build(self, name: str, rest: str) -> tuple[int, bytes, str, dict[str, str]]:
        if rest not in ("/build", "/buildWithParameters"):
            return _page(404)
        world = self.fake.world
        if (rest == "/build") != (not any(made.parameters for made in world.builds[name])):
            return _page(400)
        world.queued.append((name, dict(self.form)))
        number = world.builds[name][-1].number + 1
        made = world.add(name, Made(number=number, building=True, result=None, queue=900 + len(world.queued)))
        made.parameters = dict(self.form)
        return 201, b"", "", {"Location": f"{self.fake.url}queue/item/{made.queue}/"}

    def _computer(self, method: str, rest: str) -> tuple[int, bytes, str, dict[str, str]]:
        world = self.fake.world
        if rest == "/api/json":
            return self._json(world.computers())
        _, name, *more = rest.split("/", 2)
        node = world.nodes.get(unquote(name))
        if node is None:
            return _page(404)
        act = more[0] if more else ""
        if act == "api/json":
            return self._json(world.computer(node))
        if method != "POST":
            return _page(405)
        message = f"Disconnected by {USER} : {self.form.get('offlineMessage', '')}"
        if act == "changeOfflineCause" or (act == "toggleOffline" and not node.temporarily):
            node.offline = node.temporarily = True
            node.reason = message
        elif act == "toggleOffline":
            node.offline = node.temporarily = False
            node.reason = ""
        else:
            return _page(404)
        return 302, b"", "", {"Location": "."}

    def _json(
        self, value: Any, headers: dict[str, str] | None = None
    ) -> tuple[int, bytes, str, dict[str, str]]:
        if "tree" in self.query:
            value = prune(value, parse(self.query["tree"]))
        return 200, json.dumps(value).encode(), "application/json;charset=utf-8", headers or {}

    # --- how it is sent

    def _send(
        self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None, *, cut: bool = False
    ) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if kind:
            self.send_header("Content-Type", kind)
        self.send_header("X-Jenkins", "2.541.3")
        if len(body) > LEAST_ZIPPED and "gzip" in self.headers.get("Accept-Encoding", ""):
            body = gzip.compress(body, 1)
            self.send_header("Content-Encoding", "gzip")
        chunked = kind.startswith("text/plain") and len(body) % 2 == 0
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        half = body[: len(body) // 2] if cut else body
        self.wfile.write(b"%x\r\n%s\r\n" % (len(half), half) if chunked and half else half)
        if cut:
            self.wfile.flush()
            self._reset()
        elif chunked:
            self.wfile.write(b"0\r\n\r\n")

    def _reset(self) -> None:
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.connection.close()


def _page(status: int, headers: dict[str, str] | None = None) -> tuple[int, bytes, str, dict[str, str]]:
    body = f"<html><head><title>Error {status}</title></head><body>Oops!</body></html>".encode()
    return status, body, HTML, headers or {}
