"""The run, told from top to bottom; what a first attempt that passes does not need is imported later."""

import os
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager

from ci_guard.annotation import TYPE_CHECKING
from ci_guard.ci_server.detect import PLAIN, agent, server
from ci_guard.ci_server.plain import Host
from ci_guard.dataclass import replace
from ci_guard.errors import BROKEN_FILE, GuardError, UsageError, cannot_use, tell_broken
from ci_guard.model.invocation import Invocation
from ci_guard.model.policy import ALWAYS, Source
from ci_guard.model.process import TIMEOUT_STATUS, Outcome
from ci_guard.policy.resolve import Resolved, resolve
from ci_guard.process import inherited
from ci_guard.process.interruptions import Interruptions
from ci_guard.run.ci_reporter import CiReporter, open_ci_server
from ci_guard.run.console import Console
from ci_guard.run.context import NESTED_MARK, Beside, RunContext

if TYPE_CHECKING:  # a first attempt that passes needs it only where a policy asks what a line runs
    from ci_guard.model.command import CommandLine
    from ci_guard.run.near_misses import Telltales
    from ci_guard.run.remembered import HeadStart
    from ci_guard.telemetry.sending import Telemetry

_NEEDS_NO_QUOTES = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789@%+=:,./-_")
UNJUDGED_STATUS = 1  # where the command said 0 and its output or its result says otherwise


def run(
    invocation: Invocation, environ: Mapping[str, str] | None = None, directory: str | None = None
) -> int:
    """Guard one command; returns the exit status. Raises GuardError where ci-guard itself cannot work."""
    given = inherited.environment() if environ is None else dict(environ)
    try:
        context, resolved = _prepare(invocation, given, directory or _working_directory())
    except GuardError as error:
        if not invocation.dry_run:
            _refused(invocation, given, error)
        raise
    if invocation.dry_run:
        from ci_guard.run.plan import tell_plan

        tell_plan(context, resolved)
        return 0
    with Interruptions() as interruptions, _head_start(context) as head_start:
        context = replace(
            context, head_start=head_start, telltales=_telltales(context), telemetry=_telemetry(context)
        )
        _provisional(context)
        try:
            launch = context.launch(1)
            patience, listener = context.patience(launch), context.listener()
            outcome = context.ci_reporter.supervise(
                launch, 1, context.policy.attempts, interruptions, patience, listener
            )
        except GuardError as error:
            _not_started(context, error)
            raise
        beside = Beside(
            holds=patience.holds if patience is not None else (),
            mattered=patience is not None and patience.mattered,
            near_misses=listener.near_misses if listener is not None else (),
        )
        # a scanner locks or takes our own files too: from here on the command's own status must come out
        admitted = not outcome.passed
        try:
            admitted = admitted or _admits_failure(outcome)
            if admitted or context.policy.verify == ALWAYS or _keeps_silent(context):
                return _recovered(context, outcome, interruptions, beside)
            return _passed(context, outcome, beside)
        except Exception as error:  # noqa: BLE001 - nor may a defect of ours be taken for the command's end
            context.console.warn(tell_broken(error, "ci-guard can do no more"))
            return _unjudged(outcome, admitted=admitted)


@contextmanager
def _head_start(context: RunContext) -> "Iterator[HeadStart | None]":
    """What healed before; whatever goes wrong with it, the command runs as without."""
    found: HeadStart | None = None
    if context.policy.remember:
        try:
            from ci_guard.run.head_start import begin

            found = begin(context)
        except (GuardError, *BROKEN_FILE) as error:
            context.console.warn(f"ci-guard begins without what helped before, since {cannot_use(error)}")
    try:
        yield found
    finally:
        for folder in found.close() if found is not None else ():
            context.console.warn(f"`{folder}` could not be removed: something holds a file of it")


def _telltales(context: RunContext) -> "Telltales | None":
    if not context.policy.near_misses:
        return None
    try:
        from ci_guard.run.near_misses import telltales

        return telltales(context.invocation.command, context.user_environment())
    except (GuardError, *BROKEN_FILE) as error:
        context.console.warn(f"near misses are not counted, since {cannot_use(error)}")
        return None


def _telemetry(context: RunContext) -> "Telemetry | None":
    if not context.collected:
        return None
    try:
        from ci_guard.agent.folder import state_folder
        from ci_guard.telemetry.sending import Telemetry

        return Telemetry(context.environ, state_folder(context.environ))
    except (RuntimeError, *BROKEN_FILE) as error:  # no thread may be begun, or our own files are locked
        context.console.detail(f"no telemetry: {error}")
        return None


def _refused(invocation: Invocation, environ: Mapping[str, str], error: GuardError) -> None:
    """Tell the CI server of a run that cannot begin, since a setting is wrong: a red step says why."""
    try:
        host = open_ci_server(invocation.host or server(environ), environ, shield=False)
        if host.closing_steps():
            from ci_guard.run.refusal import summary_of_refusal

            console = Console(environ, (), quiet=True, verbose=False)
            CiReporter(host, console).finish(lambda: summary_of_refusal(invocation, error, console.secrets))
    except (GuardError, *BROKEN_FILE):
        return  # it is told on stderr in any case


def _provisional(context: RunContext) -> None:
    if not context.policy.reports:
        return
    try:
        from ci_guard.run import record

        record.provisional(context, ())
    except BROKEN_FILE as error:
        context.console.warn(f"no report, since {cannot_use(error)}")


def _not_started(context: RunContext, error: GuardError) -> None:
    if context.policy.reports or context.ci_reporter.listens:
        try:
            from ci_guard.run import record

            record.failed_to_start(context, error)
        except BROKEN_FILE as broken:
            context.console.warn(f"no report, since {cannot_use(broken)}")


def _passed(context: RunContext, outcome: Outcome, beside: Beside) -> int:
    if context.policy.reports or context.ci_reporter.listens or beside.mattered or context.collected:
        from ci_guard.run import record

        record.passed(context, outcome, beside)
    return 0


def _recovered(context: RunContext, outcome: Outcome, interruptions: Interruptions, beside: Beside) -> int:
    from ci_guard.run.recovery import recover

    return recover(context, outcome, interruptions, beside)


def _unjudged(outcome: Outcome, *, admitted: bool) -> int:
    """The status of an attempt that nothing more can be found out about; never 0 of one that has failed."""
    if outcome.stopped is not None:
        return TIMEOUT_STATUS if outcome.stopped.timeout is not None else outcome.exit.status
    return outcome.exit.status or (UNJUDGED_STATUS if admitted else 0)


def _shown(command: Sequence[str]) -> str:
    """The command as a shell would read it."""
    if all(word and _NEEDS_NO_QUOTES.issuperset(word) for word in command):
        return " ".join(command)
    import shlex  # a file more, which most start scripts need not open

    return shlex.join(command)


def _working_directory() -> str:
    try:
        return os.getcwd()
    except FileNotFoundError as error:
        raise UsageError(
            "the working directory has been removed", hint="change into one that is there"
        ) from error


def _prepare(invocation: Invocation, environ: dict[str, str], directory: str) -> tuple[RunContext, Resolved]:
    resolved = resolve(invocation, environ, directory, _parse, _tweak_ids)
    policy = resolved.policy
    nested = environ.get(NESTED_MARK) == "1"
    if nested:
        # the outer guard retries, two that both retry would multiply; and its report files are its own
        asked = {
            name.removeprefix("reports.")
            for name, origins in resolved.origin.items()
            if any(origin.source is Source.COMMAND_LINE for origin in origins)
        }
        policy = replace(
            policy, attempts=1, reports=tuple(each for each in policy.reports if each.format in asked)
        )
    secrets = environ | {name: value for name, value in policy.environment.items() if value is not None}
    name = invocation.host or server(environ)
    # the outer guard speaks to the server, and its shield would swallow what the inner one says
    host, trouble = _host(PLAIN if nested else name, environ, shield=policy.shield)
    console = Console(
        secrets, policy.redact, quiet=invocation.quiet, verbose=invocation.verbose or host.verbose
    )
    if trouble is not None:
        console.warn(trouble)
    context = RunContext(
        invocation=invocation,
        policy=policy,
        environ=environ,
        directory=directory,
        name=invocation.name or _shown(invocation.command),
        host=name,
        ci_reporter=CiReporter(host, console),
        agent=agent(environ),
        started=time.time(),
        began=time.monotonic(),
        console=console,
    )
    return context, resolved


def _parse(argv: Sequence[str]) -> "CommandLine":
    from ci_guard.knowledge.wrappers import parse_command

    return parse_command(argv)


def _tweak_ids() -> Collection[str]:
    from ci_guard.knowledge.load import tweak_ids

    return tweak_ids()


def _host(name: str, environ: Mapping[str, str], *, shield: bool) -> tuple[Host, str | None]:
    """The host, or the plain one and why it has to do. Raises UsageError for a name that is none."""
    try:
        return open_ci_server(name, environ, shield=shield), None
    except BROKEN_FILE as error:
        return Host(environ), f"the host `{name}` cannot be loaded: {error}"


def _admits_failure(outcome: Outcome) -> bool:
    """Whether a command that says it passed prints that it did not."""
    from ci_guard.knowledge.failures_despite_exit_0 import admits

    return admits(outcome.captures)


def _keeps_silent(context: RunContext) -> bool:
    """Whether nothing but a look at the result can tell if the command has failed."""
    if not context.policy.verify:
        return False
    from ci_guard.knowledge.failures_despite_exit_0 import keeps_silent

    return keeps_silent(context.invocation.command)
