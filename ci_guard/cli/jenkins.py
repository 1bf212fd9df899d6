"""`ci-guard jenkins`: past builds read, the fleet's picture, and what follows from it, shown or done."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ci_guard.cli import tell
from ci_guard.cli.answer_format import format_option
from ci_guard.cli.help_page import HelpPages
from ci_guard.cli.jenkins_access import YES, Reading, client_for, reaching, scanner_for, scanning
from ci_guard.errors import GuardError, UsageError

if TYPE_CHECKING:
    from ci_guard.jenkins.access import Access
    from ci_guard.model.build import ScannedBuild

FORMAT = format_option("text", "json")
JOBS = click.argument("names", nargs=-1, metavar="JOB...")


@click.group(
    "jenkins",
    cls=HelpPages,
    no_args_is_help=False,
    help="Read past builds of a Jenkins controller, and act on what they tell.\n\nJENKINS_URL, JENKINS_USER "
    "and JENKINS_API_TOKEN say where and as whom. JOB is a job's full name or address; a folder or a "
    "multibranch project stands for all jobs in it.",
)
def jenkins() -> None:
    """Hold the commands together."""


@jenkins.command("scan", help="Tell which steps of past builds failed, why, where, and what it cost.")
@scanning
@FORMAT
@click.option("--records", metavar="FOLDER", help="Also write records there, for `ci-guard report`.")
@JOBS
def _scan(access: "Access", names: tuple[str, ...], last: int, form: str, records: str | None) -> int:
    from ci_guard.jenkins.scan_records import run_records
    from ci_guard.jenkins.scan_report import build_line, render_builds
    from ci_guard.reports.write import replace_file

    reading = Reading(scanner_for(access), names, last)
    scanned = []
    for one in reading.scanned():
        scanned.append(one)
        if form == "json":
            click.echo(build_line(one), nl=False)
        for name, content in run_records(one) if records is not None else ():
            try:
                replace_file(Path(records or "", name), content)
            except OSError as error:
                raise GuardError(
                    f"cannot write `{name}` in `{records}`: {error.strerror or error}",
                    hint="check the folder's permissions and the volume",
                ) from error
    if form == "text":
        scanned.sort(key=lambda one: (one.build.job, one.build.number))
        click.echo(render_builds(scanned, links=_links()), nl=False)
    return reading.status()


@jenkins.command("fleet", help="Show which agents, jobs, tools and paths suffer from antivirus locks.")
@scanning
@FORMAT
@click.option("--html", metavar="FILE", help="Also write the page of `ci-guard report`.")
@JOBS
def _fleet(access: "Access", names: tuple[str, ...], last: int, form: str, html: str | None) -> int:
    from ci_guard.jenkins.fleet import fold
    from ci_guard.jenkins.scan_report import fleet_line, render_fleet

    reading = Reading(scanner_for(access), names, last)
    scanned = reading.in_order()
    fleet = fold(scanned)
    if html is not None:
        _write_page(html, scanned)
    click.echo(fleet_line(fleet) if form == "json" else render_fleet(fleet, links=_links()), nl=False)
    return reading.status()


def _links() -> bool:
    from ci_guard.cli.hyperlinks import shows_links

    return shows_links(sys.stdout, os.environ)


def _write_page(file: str, scanned: "list[ScannedBuild]") -> None:
    from ci_guard.cli.report import write
    from ci_guard.fleet import html
    from ci_guard.fleet.figures import fold
    from ci_guard.fleet.step import reader
    from ci_guard.jenkins.scan_records import run_records
    from ci_guard.record.codec import read_record
    from ci_guard.redact.secrets import find_secrets

    read = reader(find_secrets(os.environ))
    steps = [read(read_record(data, name)) for one in scanned for name, data in run_records(one)]
    write(file, html.render(fold(steps), steps))


@jenkins.command(
    "describe", help="Write what RECORD (`--report json=RECORD`) says into a build's description."
)
@reaching
@click.option("--job", metavar="JOB", help="The build's job; the running one's if not given. [JOB_NAME]")
@click.option(
    "--build", "number", type=click.IntRange(1), metavar="N", help="The build's number. [BUILD_NUMBER]"
)
@YES
@click.argument("records", nargs=-1, required=True, metavar="RECORD...")
def _describe(
    access: "Access", records: tuple[str, ...], job: str | None, number: int | None, yes: bool
) -> int:
    from ci_guard.jenkins.api.builds import describe_build, find_build
    from ci_guard.jenkins.api.description import with_line
    from ci_guard.jenkins.api.names import job_name
    from ci_guard.jenkins.describe import read_file, sentence
    from ci_guard.jenkins.links import build_name

    told = [sentence(read_file(file)) for file in records]
    client = client_for(access)
    job = job_name(job or os.environ.get("JOB_NAME", ""))
    running = os.environ.get("BUILD_NUMBER", "")
    number = number or (int(running) if running.isdecimal() else 0)
    if not job or not number:
        raise UsageError(
            "which build?", hint="give --job and --build; Jenkins sets JOB_NAME and BUILD_NUMBER"
        )

    def change(description: str) -> str:
        for name, text in told:
            description = with_line(description, name, text)
        return description

    if yes:
        described = describe_build(client, job, number, change)
        click.echo(f"{build_name(described, links=_links())}: described")
        return 0
    click.echo(change(find_build(client, job, number).description))
    click.echo(f"{job} #{number}: would get this description; add --yes to write it")
    return 0


@jenkins.command("rerun", help="Run builds again that only antivirus locks made fail, each at most once.")
@scanning
@YES
@JOBS
def _rerun(access: "Access", names: tuple[str, ...], last: int, yes: bool) -> int:
    from ci_guard.jenkins.links import build_name
    from ci_guard.jenkins.rerun import run_again, select_builds

    scanner = scanner_for(access)
    reading = Reading(scanner, names, last)
    chosen = select_builds(reading.in_order(), reading.builds)
    status = reading.status()
    for one in chosen:
        name = build_name(one.build, links=_links())
        if one.blocked_by is not None:
            click.echo(f"{name}: not run again: {one.blocked_by}")
        elif not yes:
            click.echo(f"{name}: would be run again; add --yes to do it")
        else:
            try:
                click.echo(f"{name}: {run_again(scanner.client, one.build)}")
            except GuardError as error:
                tell(error)
                status = error.exit_status
    if not chosen:
        click.echo("no build failed because of antivirus locks alone")
    return status


@jenkins.command(
    "quarantine",
    help="Take agents offline that suffer from antivirus locks, with the evidence as the reason; never the "
    "last one of a label, nor more than a third of one.\n\nWith --release, bring back those that ci-guard "
    "took out: the agents named, or all.",
)
@scanning
@click.option(
    "--rate",
    type=click.FloatRange(0),
    default=20.0,
    metavar="N",
    help="Locks per 100 builds from which on an agent is taken out; 20 if not given.",
)
@click.option(
    "--least",
    type=click.IntRange(1),
    default=10,
    metavar="N",
    help="Builds that an agent must have run to be judged; 10 if not given.",
)
@click.option(
    "--max",
    "most",
    type=click.IntRange(1),
    default=1,
    metavar="N",
    help="Agents to take out at a time; 1 if not given.",
)
@click.option("--release", is_flag=True, help="Bring agents back that ci-guard took out.")
@YES
@click.argument("names", nargs=-1, metavar="JOB...|AGENT...")
def _quarantine(
    access: "Access",
    names: tuple[str, ...],
    last: int,
    rate: float,
    least: int,
    most: int,
    release: bool,
    yes: bool,
) -> int:
    from ci_guard.jenkins.api.agents import list_agents, take_out
    from ci_guard.jenkins.fleet import fold
    from ci_guard.jenkins.quarantine import Limits, select_agents

    if release:
        return _release(access, names, yes)
    scanner = scanner_for(access)
    reading = Reading(scanner, names, last)
    scanned = reading.in_order()
    chosen = select_agents(
        fold(scanned),
        scanned,
        list_agents(scanner.client),
        Limits(rate=rate, builds=least, most=most),
    )
    status = reading.status()
    for one in chosen:
        told = one.told(links=_links())
        if one.blocked_by is not None:
            click.echo(f"{one.agent}: stays: {one.blocked_by} ({told})")
        elif not yes:
            click.echo(f"{one.agent}: would be taken offline; add --yes to do it: {told}")
        else:
            try:
                take_out(scanner.client, one.agent, one.evidence)
                click.echo(f"{one.agent}: offline: {told}")
            except GuardError as error:
                tell(error)
                status = error.exit_status
    if not chosen:
        click.echo(f"no agent with at least {least} builds has {rate:g} antivirus locks per 100")
    return status


def _release(access: "Access", names: tuple[str, ...], yes: bool) -> int:
    from ci_guard.jenkins.api.agents import bring_back, is_quarantined, list_agents

    client = client_for(access)
    agents = {agent.name: agent for agent in list_agents(client)}
    missing = [name for name in names if name not in agents]
    if missing:
        raise UsageError(f"there is no agent `{missing[0]}`", hint=f"there are: {', '.join(agents)}")
    for name in names or agents:
        if not is_quarantined(agents[name]):
            if names:
                click.echo(f"{name}: left as it is: ci-guard did not take it out")
        elif not yes:
            click.echo(f"{name}: would be brought back; add --yes to do it: {agents[name].reason}")
        else:
            click.echo(f"{name}: {'brought back' if bring_back(client, name) else 'left as it is'}")
    return 0
