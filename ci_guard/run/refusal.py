"""What a CI server is told of a run that cannot begin: a setting, the policy or an option is wrong."""

import shlex

from ci_guard.ci_server.run_summary import RunSummary
from ci_guard.errors import GuardError
from ci_guard.model.category import Category, RunOutcome
from ci_guard.model.invocation import Invocation
from ci_guard.redact.secrets import Secrets, redact_text


def summary_of_refusal(invocation: Invocation, error: GuardError, secrets: Secrets) -> RunSummary:
    """The run that was none, without anything secret."""
    told = (*str(error).splitlines(), *((error.hint,) if error.hint else ()))
    return RunSummary(
        outcome=RunOutcome.NOT_STARTED,
        attempts=0,
        exit_status=error.exit_status,
        category=Category.CONFIGURATION,
        name=redact_text(invocation.name or shlex.join(invocation.command), secrets),
        lines=tuple(redact_text(line, secrets) for line in told),
    )
