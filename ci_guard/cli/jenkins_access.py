"""The options that all `ci-guard jenkins` commands share, and the way in with them."""

import functools
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ci_guard.ci_server.plain import say
from ci_guard.errors import GuardError, UsageError
from ci_guard.model.counting import counted
from ci_guard.redact.secrets import find_secrets, redact_text

if TYPE_CHECKING:
    from ci_guard.jenkins.access import Access
    from ci_guard.jenkins.api.client import Client
    from ci_guard.jenkins.scan import Scanner
    from ci_guard.model.build import Build, ScannedBuild

T = TypeVar("T")
MOST_WORKERS = 16
SHOWN_UNREAD = 5
_SHARED = (
    click.option("--url", metavar="URL", help="The controller. [CI_GUARD_JENKINS_URL, JENKINS_URL]"),
    click.option(
        "--timeout",
        type=click.FloatRange(0.1, 3600),
        default=30.0,
        metavar="SECONDS",
        help="How long the controller may be silent; 30 if not given.",
    ),
    click.option(
        "--tries",
        type=click.IntRange(1, 100),
        default=6,
        metavar="N",
        help="How many times to make a request that fails temporarily; 6 if not given.",
    ),
)
_SCANNING = (
    click.option(
        "--last", type=click.IntRange(1), default=50, metavar="N", help="Builds of each job; 50 if not given."
    ),
    click.option(
        "--concurrency",
        "workers",
        type=click.IntRange(1, MOST_WORKERS),
        default=4,
        metavar="N",
        help="Requests at a time; 4 if not given.",
    ),
    click.option(
        "--state",
        metavar="FOLDER",
        help="Where finished builds are kept, so that none is fetched twice; `none` for nowhere.",
    ),
    click.option("--policy", metavar="FILE", help="The policy whose signatures apply. [CI_GUARD_POLICY]"),
)
YES = click.option("--yes", is_flag=True, help="Do it; without this it is only shown what would be done.")


def reaching(command: Callable[..., T]) -> Callable[..., T]:
    """The options by which the controller is reached, as `access`; errors lose what is secret."""
    return _with(command, _SHARED)


def scanning(command: Callable[..., T]) -> Callable[..., T]:
    """The same, with the options of commands that read many builds."""
    return _with(command, (*_SHARED, *_SCANNING))


def _with(
    command: Callable[..., T], options: Iterable[Callable[[Callable[..., T]], Callable[..., T]]]
) -> Callable[..., T]:
    @functools.wraps(command)
    def reached(
        *,
        url: str | None,
        timeout: float,
        tries: int,
        workers: int = 1,
        state: str | None = None,
        policy: str | None = None,
        **rest: Any,
    ) -> T:
        try:
            from ci_guard.jenkins.access import Access
        except ModuleNotFoundError as error:
            raise UsageError(
                f"the module `{error.name}` is missing, and ci-guard cannot reach a controller without it",
                hint='install `ci-guard[jenkins]`, such as: pip install "ci-guard[jenkins]"',
            ) from error
        access = Access(url=url, timeout=timeout, tries=tries, workers=workers, state=state, policy=policy)
        return command(access, **rest)

    wrapped: Callable[..., T] = reached
    for option in options:
        wrapped = option(wrapped)
    return wrapped


def client_for(access: "Access") -> "Client":
    """The client; see `controller.connect`."""
    from ci_guard.jenkins.access import connect

    return connect(access, os.environ)


def scanner_for(access: "Access") -> "Scanner":
    """The scanner; see `controller.scanner`."""
    from ci_guard.jenkins.access import scanner

    return scanner(access, client_for(access), os.environ, os.getcwd())


def _watched(results: Iterator[T], length: int) -> AbstractContextManager[Iterable[T]]:
    """The same, with a bar on stderr if a person sees it there."""
    if not sys.stderr.isatty():
        return nullcontext(results)
    return click.progressbar(results, length=length, label="builds", file=sys.stderr)


class Reading:
    """One scan, with a progress bar where a person watches; counts what could not be read."""

    def __init__(self, scanner: "Scanner", names: tuple[str, ...], last: int) -> None:
        if not names:
            raise UsageError("which job?", hint="name jobs or folders, such as `team/app`, `team/app/main`")
        self._scanner = scanner
        self.builds: list[Build] = scanner.builds(names, last)
        self._unread: list[str] = []

    def scanned(self) -> "Iterator[ScannedBuild]":
        """Each finished build as soon as it has been read."""
        from ci_guard.model.build import UnreadBuild

        finished = sum(not build.building for build in self.builds)
        with _watched(self._scanner.scan(self.builds), finished) as results:
            for result in results:
                if isinstance(result, UnreadBuild):
                    self._unread.append(f"{result.build.name}: {result.reason}")
                else:
                    yield result

    def in_order(self) -> "list[ScannedBuild]":
        """All of them, by job and number."""
        return sorted(self.scanned(), key=lambda one: (one.build.job, one.build.number))

    def status(self) -> int:
        """Say what could not be read; the exit status."""
        if not self._unread:
            return 0
        secrets = find_secrets(os.environ)
        builds = counted(len(self._unread), "build")
        many = f"warning: {builds} could not be read; the same command asks for them again"
        for line in (many, *(f"  {line}" for line in self._unread[:SHOWN_UNREAD])):
            say(redact_text(line, secrets))
        return GuardError.exit_status
