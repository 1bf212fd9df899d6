"""The circumstances of one run: what was asked for, where, when; fixed before the first attempt."""

import os
import sys
import time
from collections.abc import Mapping, Sequence

from ci_guard.annotation import TYPE_CHECKING
from ci_guard.dataclass import dataclass
from ci_guard.model.invocation import Invocation
from ci_guard.model.policy import Policy
from ci_guard.model.process import Launch, StopLadder
from ci_guard.run.ci_reporter import CiReporter
from ci_guard.run.console import Console
from ci_guard.run.patience import PatienceBeside

if TYPE_CHECKING:
    from ci_guard.diagnose.near_misses import Listener
    from ci_guard.model.history import AppliedTweak, Attempt, Hold, NearMiss
    from ci_guard.run.near_misses import Telltales
    from ci_guard.run.remembered import HeadStart
    from ci_guard.telemetry.sending import Telemetry

NESTED_MARK = "CI_GUARD"
# https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
COLLECTORS = (
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
)
# long paths broken over lines cannot be told from two paths: uv must not wrap (uv-errors/src/line_wrap.rs)
FROM_THE_START = {"UV_NO_WRAP": "1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What was seen beside one attempt."""

    holds: "tuple[Hold, ...]" = ()
    mattered: bool = False  # the attempt might have failed, had it not been held still
    near_misses: "tuple[NearMiss, ...]" = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunContext:
    """What every part of a run may know."""

    invocation: Invocation
    policy: Policy
    environ: Mapping[str, str]  # as ci-guard was given it
    directory: str
    name: str
    host: str
    ci_reporter: CiReporter
    agent: str
    started: float  # seconds since the epoch
    began: float  # of the monotonic clock
    console: Console
    head_start: "HeadStart | None" = None  # what `remember` knows
    telltales: "Telltales | None" = None  # what `near_misses` makes tools tell
    telemetry: "Telemetry | None" = None  # the way to a collector that the environment names

    @property
    def first_tweaks(self) -> "tuple[AppliedTweak, ...]":
        """What the first attempt has been changed by."""
        return self.head_start.tweaks if self.head_start is not None else ()

    @property
    def collected(self) -> bool:
        """Whether the standard variables name a collector of telemetry."""
        disabled = self.environ.get("OTEL_SDK_DISABLED", "").lower() == "true"
        return not disabled and any(self.environ.get(name) for name in COLLECTORS)

    @property
    def duration(self) -> float:
        """Seconds since the run began."""
        return time.monotonic() - self.began

    @property
    def left(self) -> float | None:
        """Seconds until the deadline; None without one."""
        return None if self.policy.deadline is None else self.policy.deadline - self.duration

    def absolute(self, path: str | None) -> str | None:
        """A path that the command printed, seen from where the command runs."""
        return None if path is None else os.path.normpath(os.path.join(self.directory, path))

    def user_environment(self) -> dict[str, str]:
        """The environment as the user wants it: ci-guard's own, with what the policy sets and removes."""
        wanted = dict(self.environ)
        for given, value in self.policy.environment.items():
            # Windows has PATH and Path as one, and `os.environ` has it in capitals
            name = given.upper() if os.name == "nt" else given
            if value is None:
                wanted.pop(name, None)
            else:
                wanted[name] = value
        return wanted

    def patience(self, launch: Launch, attempts: "Sequence[Attempt]" = ()) -> PatienceBeside | None:
        """What holds this launch still while somebody holds its files; None: the policy says never.

        Elsewhere than on Windows no lock is expected before one was met, unless something suggests it.
        """
        if self.policy.patience is None:
            return None
        remembered = self.head_start is not None and self.head_start.locked
        expected = sys.platform == "win32" or bool(attempts) or remembered
        return PatienceBeside(
            launch, self.directory, self.policy.patience, attempts, self.console.announce, expected=expected
        )

    def listener(self) -> "Listener | None":
        """What hears of survived locks during one attempt; None: nobody wants to know."""
        return self.telltales.listener() if self.telltales is not None else None

    def launch(self, number: int, changes: Mapping[str, str] | None = None) -> Launch:
        """The launch of attempt `number`, with the changes that its tweaks make."""
        if changes is None and self.head_start is not None and number == 1:
            changes = self.head_start.changes
        last = number == self.policy.attempts and number > 1
        argv = self.policy.fallback if self.policy.fallback and last else self.invocation.command
        own = {
            NESTED_MARK: "1",
            "CI_GUARD_ATTEMPT": str(number),
            "CI_GUARD_ATTEMPTS": str(self.policy.attempts),
        }
        limits = [limit for limit in (self.policy.attempt_timeout, self.left) if limit is not None]
        return Launch(
            argv=argv,
            environment=FROM_THE_START
            | dict(self.telltales.environment if self.telltales is not None else {})
            | self.user_environment()
            | dict(changes or {})
            | own,
            timeout=max(0.0, min(limits)) if limits else None,
            stop=StopLadder(grace=self.policy.grace),
        )
