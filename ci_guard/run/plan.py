"""What `--dry-run` tells: everything that would be done for this command, found out without starting it."""

import os
import shlex
import sys
from collections.abc import Iterator

from ci_guard.command_line.parse import parse
from ci_guard.command_line.publishing import published_by
from ci_guard.knowledge.load import load_knowledge
from ci_guard.knowledge.wrappers import parse_command
from ci_guard.model.knowledge import Knowledge
from ci_guard.policy.find import searched, shown
from ci_guard.policy.resolve import Resolved
from ci_guard.policy.rules import rule_for, unreachable
from ci_guard.policy.show import duration
from ci_guard.process.locate import locate
from ci_guard.recover import promise
from ci_guard.recover.beginning import Beginning
from ci_guard.recover.family import Trail
from ci_guard.recover.steps import family_of, is_served, read_steps
from ci_guard.recover.stumbles import Stumbles
from ci_guard.retry.decide import unrepeatable
from ci_guard.run import record
from ci_guard.run.context import RunContext
from ci_guard.run.ending import under_way
from ci_guard.run.patience import watch_for


def tell_plan(context: RunContext, resolved: Resolved) -> None:
    """Say it. Raises `CommandNotFound` or `CommandNotExecutable` for a program that could not be started."""
    launch = context.launch(1)
    program = locate(launch.argv[0], launch.environment)  # the plan for what cannot run is a mistake
    knowledge = load_knowledge(context.policy.signatures)
    lines = [
        f"would run: {' '.join(shlex.quote(word) for word in context.invocation.command)}",
        f"program: {program}",
        f"CI server: {context.host}",
        *_policy_file(context, resolved),
        *_attempts(context),
        *(f"no further attempt: {refusal}" for refusal in _refusals(context, knowledge)),
        *_watched(context),
        *_installations(context, knowledge),
        *_reports(context),
    ]
    for line in lines:
        context.console.answer(line)


def _policy_file(context: RunContext, resolved: Resolved) -> Iterator[str]:
    if resolved.file is None:
        last = shown(searched(context.directory), context.directory)
        where = "here" if last == os.curdir else f"from here up to `{last}`"
        yield f"policy: no file {where}, so the defaults apply"
        return
    rule = rule_for(resolved.file, resolved.called, context.invocation.command, parse_command)
    told = f"the rule `{rule[0]}` on line {rule[1]}" if rule is not None else "no rule of `commands:` matches"
    yield f"policy: {resolved.called}; {told}"
    yield from (f"warning: {problem}" for problem in unreachable(resolved.file, resolved.called))


def _attempts(context: RunContext) -> Iterator[str]:
    policy = context.policy
    deadline = "no deadline" if policy.deadline is None else f"{duration(policy.deadline)} in all"
    verify = policy.verify if isinstance(policy.verify, str) else _switch(policy.verify)
    yield f"attempts: up to {policy.attempts}, {deadline}, again only after: {', '.join(policy.retry_on)}"
    free = ", or until the locked file is free" if policy.wait_for_unlock else ""
    yield f"between attempts: {duration(policy.backoff.initial)} to {duration(policy.backoff.maximum)}{free}"
    yield f"repair: {_switch(policy.repair)}, verify: {verify}, tweaks: {policy.tweaks.mode}"


def _refusals(context: RunContext, knowledge: Knowledge) -> Iterator[str]:
    """Why the command may not be run again, if it may not."""
    refusal = unrepeatable(context.policy.repeat, published_by(knowledge, context.invocation.command))
    if refusal is not None:
        yield refusal


def _watched(context: RunContext) -> Iterator[str]:
    limit = context.policy.patience
    if limit is None:
        yield "patience: off, the command is never held still"
        return
    yield f"patience: up to {duration(limit)} for each file that somebody else holds"
    launch = context.launch(1)
    watch = None
    patience = context.patience(launch)
    if patience is not None and patience.expected:
        watch = watch_for(launch.argv, launch.environment, context.directory, limit, ())
    if watch is None:
        yield "watched: nothing at first; after a lock, the files that were locked, and others like them"
        if sys.platform != "win32":
            yield "watched from the start where a scanner, a network drive or `remember` suggests locks"
        return
    for pattern in watch.places.patterns:
        yield f"watched: {pattern}"


def _installations(context: RunContext, knowledge: Knowledge) -> Iterator[str]:
    line = parse(context.invocation.command, knowledge.wrappers)
    steps = read_steps(line, context.user_environment(), context.directory)
    trail = Trail(beginning=Beginning(context.started, context.began))
    stumbles = Stumbles()
    found = promise.find_installations(steps, trail, family_of, stumbles)
    for stumble in stumbles.all:
        yield f"repaired and verified in `{stumble.place}`: cannot be told yet: {stumble.error}"
    for each in found:
        yield f"repaired and verified after a failed attempt: {each.folder}"
    name = os.path.basename(context.invocation.command[0])
    if found or stumbles.all:
        return
    if is_served(line):  # a tool's environment is known when the run has changed it
        yield f"repaired and verified after a failed attempt: what `{name}` has made or changed by then"
    else:
        yield f"repaired and verified: nothing: ci-guard knows of nothing that `{name}` would install here"


def _reports(context: RunContext) -> Iterator[str]:
    from ci_guard.redact.redacted import redact_run
    from ci_guard.reports.target import find_target

    if not context.policy.reports:
        return
    run = record.conclude(context, (), under_way(0, context.policy.attempts), finished=False)
    told = redact_run(run, context.console.secrets, output=False)
    for target in context.policy.reports:
        yield f"report: {target.format} to {find_target(target.path, told, context.directory)}"


def _switch(value: bool) -> str:
    return "on" if value else "off"
