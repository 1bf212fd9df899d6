"""What ci-guard says during a run: how much of it, and nothing secret."""

from collections.abc import Mapping, Sequence

from ci_guard.ci_server.plain import say


class Console:
    """Speaks as loudly as the user asked for."""

    def __init__(
        self, environment: Mapping[str, str], patterns: Sequence[str], *, quiet: bool, verbose: bool
    ) -> None:
        self._environment = environment
        self._patterns = patterns
        self._quiet = quiet
        self._verbose = verbose

    def announce(self, text: str) -> None:
        """A decision or a result; not with --quiet."""
        if not self._quiet:
            self._say(text)

    def warn(self, text: str) -> None:
        """Something of ci-guard's own went wrong, and the run goes on."""
        self._say(f"warning: {text}")

    def detail(self, text: str) -> None:
        """The reasons behind a decision; only with --verbose."""
        if self._verbose and not self._quiet:
            self._say(text)

    def _say(self, text: str) -> None:
        # imported when there is something to say, which after a first attempt that passes there is not
        from ci_guard.redact.secrets import find_secrets, redact_text

        say(redact_text(text, find_secrets(self._environment, self._patterns)))
