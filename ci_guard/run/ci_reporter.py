"""The CI server beside the run: told of each attempt and of the end; what goes wrong there is a warning."""

from collections.abc import Callable, Mapping

from ci_guard.annotation import TYPE_CHECKING
from ci_guard.ci_server.detect import PLAIN, SERVERS
from ci_guard.ci_server.plain import CURSOR, Host, write
from ci_guard.config.problems import nearest
from ci_guard.errors import GuardError, UsageError
from ci_guard.model.process import Launch, Outcome
from ci_guard.process.inputs import Input, inputs
from ci_guard.process.interruptions import Interruptions
from ci_guard.process.sieve import Sieve
from ci_guard.process.stillness import Companion
from ci_guard.process.supervise import supervise
from ci_guard.run.console import Console

if TYPE_CHECKING:  # a first attempt that passes on no server does not need it
    from ci_guard.ci_server.run_summary import RunSummary


def open_ci_server(name: str, environ: Mapping[str, str], *, shield: bool) -> Host:
    """The host of a name. Raises UsageError if there is none, ImportError or OSError if it is locked."""
    if name == PLAIN:
        return Host(environ, shield=shield)
    if name not in SERVERS:
        known = (*SERVERS, PLAIN)
        hint = nearest(name, known) or f"use one of {', '.join(f'`{each}`' for each in known)}"
        raise UsageError(f"there is no host `{name}`", hint=hint)
    host = __import__(f"ci_guard.ci_server.{name}", fromlist=("Host",)).Host(environ, shield=shield)
    assert isinstance(host, Host)
    return host


class CiReporter:
    """A host whose failures are warnings."""

    def __init__(self, host: Host, console: Console) -> None:
        self._host = host
        self._console = console
        self._given: tuple[Input, ...] = ()

    @property
    def listens(self) -> bool:
        """Whether it is to be told how the run ended."""
        return bool(self._host.closing_steps())

    def supervise(
        self,
        launch: Launch,
        number: int,
        allowed: int,
        interruptions: Interruptions,
        companion: Companion | None = None,
        sieve: Sieve | None = None,
    ) -> Outcome:
        """Run attempt `number` in its part of the log. Raises what supervising raises."""
        self._try(lambda: self._host.begin(number, allowed))
        try:
            if allowed > 1 and not self._given:  # what is run once reads all that we are given itself
                self._given = inputs(launch.argv)
            outcome = supervise(launch, interruptions, self._given, companion, sieve, self._host.late)
            CURSOR.at_line_start = _ends_line(outcome)
            if not CURSOR.at_line_start and not outcome.passed and type(self._host) is not Host:
                write("\n")  # the next mark must begin a line, also where --quiet puts nothing between
            return outcome
        except GuardError:  # nothing ran that could have written
            raise
        except BaseException:
            CURSOR.at_line_start = False
            raise
        finally:
            self._try(lambda: self._host.end(number, at_line_start=CURSOR.at_line_start))

    def finish(self, summary: "Callable[[], RunSummary]") -> None:
        """Tell how the run ended; the summary is made only if somebody listens."""
        steps = self._host.closing_steps()
        if not steps:
            return
        told: list[RunSummary] = []
        self._try(lambda: told.append(summary()))
        for step in steps if told else ():
            self._try(lambda step=step: step(told[0]))  # type: ignore[misc]

    def _try(self, act: Callable[[], None]) -> None:
        try:
            act()
        except Exception as error:  # noqa: BLE001 - a host must never change what becomes of the command
            self._console.warn(f"the CI server could not be told: {error}")


def _ends_line(outcome: Outcome) -> bool:
    """Whether the stream that ci-guard writes to stands at the beginning of a line."""
    last = outcome.captures[-1] if outcome.captures else None  # stderr, or both where they are one
    written = (last.tail or last.head) if last is not None else b""
    return not written or written.endswith(b"\n")
