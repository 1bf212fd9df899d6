"""What ci-guard says during a run: how much of it, and nothing secret. Knows the secrets of the run."""

from collections.abc import Mapping, Sequence

from ci_guard.annotation import TYPE_CHECKING
from ci_guard.ci_server.plain import say, say_broken
from ci_guard.errors import BROKEN_FILE

if TYPE_CHECKING:
    from ci_guard.redact.secrets import Secrets
    from ci_guard.redact.values import RedactedText


class Console:
    """Speaks as loudly as the user asked for."""

    def __init__(
        self, environment: Mapping[str, str], patterns: Sequence[str], *, quiet: bool, verbose: bool
    ) -> None:
        self._environment = environment
        self._patterns = patterns
        self._quiet = quiet
        self._verbose = verbose
        self._secrets: Secrets | None = None

    def announce(self, text: str) -> None:
        """A decision or a step of the way; not with --quiet."""
        if not self._quiet:
            self._say(text)

    def conclude(self, text: str) -> None:
        """How a run ended in which something happened; said however quiet it is to be."""
        self._say(text)

    def conclude_if_quiet(self, text: str) -> None:
        """The same where `announce` has said it in other words."""
        if self._quiet:
            self._say(text)

    def warn(self, text: str) -> None:
        """Something of ci-guard's own went wrong, and the run goes on."""
        self._say(f"warning: {text}")

    def detail(self, text: str) -> None:
        """The reasons behind a decision; only with --verbose."""
        if self._verbose and not self._quiet:
            self._say(text)

    def answer(self, text: str) -> None:
        """What the user has asked for, however quiet it is to be."""
        self._say(text)

    @property
    def secrets(self) -> "Secrets":
        """What neither a line nor a report of this run may show."""
        # imported when there is something to show, which after a first attempt that passes there is not
        from ci_guard.redact.secrets import find_secrets

        if self._secrets is None:
            self._secrets = find_secrets(self._environment, self._patterns)
        return self._secrets

    def _say(self, text: str) -> None:
        try:
            try:
                told = self._redacted(text)
            except OSError:  # a scanner has our own file: not for long, as a rule
                from ci_guard.machine.held import patiently

                told = patiently(lambda: self._redacted(text))
        except BROKEN_FILE as error:
            say_broken(error)
            return
        say(told)

    def _redacted(self, text: str) -> "RedactedText":
        from ci_guard.redact.secrets import redact_text

        return redact_text(text, self.secrets)
