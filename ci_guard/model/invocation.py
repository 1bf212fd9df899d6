"""What the command line asked for."""

from collections.abc import Mapping

from ci_guard.dataclass import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """One call of ci-guard. `settings` holds only what was given, by policy key."""

    command: tuple[str, ...]
    policy_file: str | None = None
    name: str | None = None
    host: str | None = None
    settings: Mapping[str, object] = field(default_factory=dict)
    dry_run: bool = False
    quiet: bool = False
    verbose: bool = False
