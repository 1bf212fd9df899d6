"""Requests to a Jenkins controller: the only file that imports python-jenkins and requests.

python-jenkins adds credentials and crumbs. What it lacks is here: a timeout always, retries, answers that are
streamed, and errors that say what happened. It is used below its named calls, because those turn a 503 into
"does not exist" (python-jenkins 1.8.3, get_build_info). Each thread has an object of its own.
"""

import io
import json
import logging
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import Any, BinaryIO, Literal, TypeVar
from urllib.parse import urljoin, urlsplit

import jenkins
import requests

from ci_guard.dataclass import dataclass
from ci_guard.errors import ControllerError, Unanswered, UsageError
from ci_guard.jenkins.api.failures import (
    BadResponse,
    FailureKind,
    RequestFailure,
    check_page,
    error_of,
    is_login,
    moved,
)

T = TypeVar("T")
CHUNK = 64 * 1024  # bytes
LARGEST_JSON = 64 * 1024 * 1024  # bytes
LONGEST_WAIT = 30.0  # seconds, also where the controller asks for more (Retry-After)
LONGEST_ANSWER = 900.0  # seconds from the first byte of an answer to its last
LONGEST_REASON = 200  # characters
_HTML = "text/html"
# urllib3's names for "no connection was made"; requests wraps them in a ConnectionError
_NO_CONNECTION = frozenset({"NewConnectionError", "NameResolutionError", "ConnectTimeoutError"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRetry:
    """How long to wait for the controller, and how often to ask again."""

    timeout: float = 30.0  # seconds of silence
    tries: int = 6
    first_wait: float = 0.25  # seconds; doubled each time

    def wait(self, made: int, asked: str | None) -> float:
        """Seconds before the next try, after `made` of them. `asked`: the header Retry-After."""
        if asked is not None and asked.isdigit():
            return min(float(asked), LONGEST_WAIT)
        return min(self.first_wait * 2.0 ** (made - 1), LONGEST_WAIT) * random.uniform(0.75, 1.25)


class Client:
    """Asks the controller; any number of threads may do so at the same time."""

    def __init__(self, url: str, user: str | None, token: str | None, patience: RequestRetry) -> None:
        """Raises `UsageError` for an address that is none, or that holds a password."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError(
                f"`{url}` is not the address of a controller", hint="such as https://ci.example.com/"
            )
        if parts.username or parts.password:
            raise UsageError(
                "the controller's address holds a user or a password",
                hint="set JENKINS_USER and JENKINS_API_TOKEN, and take them out of the address",
            )
        self.url: str = f"{url.rstrip('/')}/"
        self._user, self._token = user, token
        self._patience = patience
        self._local = threading.local()
        self._stopped = threading.Event()

    def json(self, path: str, check: Callable[[Any], T], **query: str) -> T:
        """An answer as JSON, made a value by `check`; where that raises `BadResponse`, it is asked for again.

        Raises `ControllerError`.
        """

        def consume(stream: BinaryIO) -> T:
            data = stream.read(LARGEST_JSON + 1)
            if len(data) > LARGEST_JSON:
                raise ControllerError(f"the answer to {path} is larger than {LARGEST_JSON} bytes")
            try:
                return check(json.loads(data))
            except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
                raise BadResponse(f"an answer that ci-guard cannot read ({type(error).__name__})") from error

        return self.read(f"{path}/api/json" if path else "api/json", consume, **query)

    def read(self, path: str, consume: Callable[[BinaryIO], T], kind: str = "", **query: str) -> T:
        """Give an answer to `consume` as a stream; once more from its start if it breaks off.

        `kind`: how its content type begins; another one is garbage. Raises `ControllerError`.
        """

        def once() -> T:
            request = requests.Request("GET", self.url + path, params=query)
            with closing(
                self._server("reader").jenkins_request(request, add_crumb=False, stream=True)
            ) as answer:
                stream = io.BufferedReader(_Body(answer), CHUNK)
                said = answer.headers.get("Content-Type", "")
                if said.startswith(_HTML):
                    check_page(answer.url, stream.read(CHUNK), self.url)
                if not said.startswith(kind):
                    raise BadResponse(f"{said or 'nothing known'} instead of {kind}")
                return consume(stream)

        return self._persist(f"GET {path}", once, repeatable=True)

    def post(self, path: str, form: Mapping[str, str], *, repeatable: bool) -> Mapping[str, str]:
        """Change something; the headers of the answer. Redirects are not followed: they lead to pages.

        Raises `Unanswered` where it is not known whether it was done; what is `repeatable` is tried again
        instead. Raises `ControllerError`.
        """

        def once() -> Mapping[str, str]:
            server = self._server("writer")
            server._session.max_redirects = 0
            request = requests.Request("POST", self.url + path, data=dict(form))
            try:
                with closing(server.jenkins_request(request, add_crumb=True, stream=True)) as answer:
                    return dict(answer.headers)
            except requests.TooManyRedirects as error:
                if error.response is None:
                    raise
                return self._redirected(error.response)
            except jenkins.JenkinsException:
                server.crumb = None  # a crumb dies with the cookie that it was made for
                raise

        return self._persist(f"POST {path}", once, repeatable=repeatable)

    def _redirected(self, answer: requests.Response) -> Mapping[str, str]:
        """The headers of a POST that was carried out: the controller then points to a page."""
        target = urljoin(answer.url, answer.headers.get("Location", ""))
        if is_login(target):
            check_page(target, b"", self.url)
        # the request for a crumb, or the same request at another address: nothing was carried out
        if answer.request.method != "POST" or urlsplit(target).path == urlsplit(answer.url).path:
            raise moved(self.url, target)
        return dict(answer.headers)

    def stop(self) -> None:
        """Let no request be tried again: the threads that make them are to end."""
        self._stopped.set()

    def _persist(self, what: str, once: Callable[[], T], *, repeatable: bool) -> T:
        made = 0
        while True:
            made += 1
            try:
                return once()
            except (jenkins.JenkinsException, requests.RequestException, OSError, BadResponse) as error:
                trouble = _trouble_of(error)
                if trouble.is_passing and not repeatable and not trouble.is_unsent:
                    raise Unanswered(
                        f"{self.url}: {what} was sent, but no answer tells what became of it",
                        hint="look at the controller before you do it again: it may have been done",
                    ) from error
                if not trouble.is_passing or made == self._patience.tries:
                    raise error_of(trouble, what, self.url, made) from error
                if self._stopped.wait(self._patience.wait(made, trouble.retry_after)):
                    raise error_of(trouble, what, self.url, made) from error

    def _server(self, use: str) -> jenkins.Jenkins:
        """This thread's object for one use."""
        server: jenkins.Jenkins | None = getattr(self._local, use, None)
        if server is None:
            with _silent_logging():
                server = jenkins.Jenkins(self.url, self._user, self._token, timeout=self._patience.timeout)
            # PYTHONHTTPSVERIFY=0 must not turn off the check of certificates behind the user's back
            server._session.verify = True
            setattr(self._local, use, server)
        return server


class _Body(io.RawIOBase):
    """The content of an answer, decompressed, as a file; it may not take for ever."""

    def __init__(self, answer: requests.Response) -> None:
        self._chunks = answer.iter_content(CHUNK)
        self._rest = b""
        self._end = time.monotonic() + LONGEST_ANSWER

    def readable(self) -> Literal[True]:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._rest:
            if time.monotonic() > self._end:
                raise requests.Timeout(f"the answer took longer than {LONGEST_ANSWER:.0f} s")
            self._rest = next(self._chunks, b"")
        part = self._rest[: len(buffer)]
        buffer[: len(part)] = part
        self._rest = self._rest[len(part) :]
        return len(part)


@contextmanager
def _silent_logging() -> Iterator[None]:
    """python-jenkins logs the values of JENKINS_API_EXTRA_HEADERS, which may be secret."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


def _trouble_of(error: Exception) -> RequestFailure:
    """What happened; python-jenkins hides the answer of some errors behind one of its own."""
    chain: list[BaseException] = [error]
    while chain[-1].__context__ is not None:
        chain.append(chain[-1].__context__)
    answers = [answer for one in chain if (answer := getattr(one, "response", None)) is not None]
    for answer in answers:
        answer.close()
    kind = _kind_of(chain)
    if kind is not None:
        return RequestFailure(kind=kind, text=_innermost(chain))
    for answer in answers:
        retry_after = answer.headers.get("Retry-After")
        return RequestFailure(kind=FailureKind.STATUS, status=answer.status_code, retry_after=retry_after)
    return RequestFailure(kind=FailureKind.BROKEN, text=_innermost(chain))


def _kind_of(chain: Sequence[BaseException]) -> FailureKind | None:
    first = chain[0]
    if isinstance(first, BadResponse):
        return FailureKind.GARBAGE
    if isinstance(first, requests.exceptions.SSLError) or "CERTIFICATE_VERIFY_FAILED" in str(first):
        return FailureKind.CERTIFICATE
    if isinstance(first, requests.exceptions.ProxyError):
        return FailureKind.PROXY
    if isinstance(first, requests.ConnectTimeout) or any(
        type(one).__name__ in _NO_CONNECTION for one in chain if isinstance(first, requests.ConnectionError)
    ):
        return FailureKind.UNREACHABLE
    if isinstance(first, requests.Timeout | jenkins.TimeoutException) or "timed out" in str(first):
        return FailureKind.SILENCE
    return None


def _innermost(chain: Sequence[BaseException]) -> str:
    """The cause behind the libraries' wrappings, short."""
    if isinstance(chain[0], BadResponse):
        return str(chain[0])
    said = next((str(one) for one in reversed(chain) if str(one)), type(chain[0]).__name__)
    return " ".join(said.split())[:LONGEST_REASON]
