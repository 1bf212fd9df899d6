"""`ci-guard doctor`: what this machine is to builds."""

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ci_guard.cli import tell
from ci_guard.cli.answer_format import format_option
from ci_guard.cli.help_page import HelpPage
from ci_guard.errors import GuardError

if TYPE_CHECKING:
    from ci_guard.machine.fresh_files import Sample

FOUND = 1  # the exit status of --strict
MOST_PLACES = 8  # that are measured where none is named: workspace, temporary files, the caches in use


@click.command(
    "doctor",
    cls=HelpPage,
    help="Tell what on this machine gets in the way of builds: antivirus products, volumes, accounts, tools; "
    "the worst first. Nothing is changed, and nothing needs elevation.",
)
@click.option("--probe", is_flag=True, help="Also measure how long fresh files stay refused, in each place.")
@click.option("--in", "folders", multiple=True, metavar="FOLDER", help="Measure there instead. Repeatable.")
@click.option("--excluded", metavar="FOLDER", help="Measure there too: a folder that is said to be excluded.")
@click.option("--write-policy", is_flag=True, help="Put what was measured into the policy; comments stay.")
@click.option(
    "--forget", is_flag=True, help="Clear what `remember: true` keeps on this agent, and do nothing else."
)
@click.option(
    "--strict", is_flag=True, help="Exit with 1 where a problem or risk was found, or a file was refused."
)
@format_option("text", "json", "markdown")
def doctor(
    probe: bool,
    folders: tuple[str, ...],
    excluded: str | None,
    write_policy: bool,
    forget: bool,
    strict: bool,
    form: str,
) -> int:
    """Look, measure, answer; the exit status."""
    if forget:
        return _forget()
    from ci_guard.doctor.findings import Weight, find
    from ci_guard.doctor.measured import split
    from ci_guard.doctor.render import render
    from ci_guard.doctor.survey import look
    from ci_guard.redact.secrets import find_secrets, redact_text

    machine = look(os.environ, os.getcwd())
    samples: list[Sample] | None = None
    if probe or folders or excluded or write_policy:
        named = folders or tuple(dict.fromkeys(place.path for place in machine.places))[:MOST_PLACES]
        samples = _measure((*named, *((excluded,) if excluded else ())))
    findings = find(machine)
    click.echo(redact_text(render(findings, samples, form, excluded), find_secrets(os.environ)), nl=False)
    if write_policy and samples is not None:
        _write(split(samples, excluded)[1], machine.policy_file)
    worst = min((each.weight for each in findings), default=Weight.FACT)
    refused = any(each.refused for each in split(samples or (), excluded)[1])
    return FOUND if strict and (worst < Weight.FACT or refused) else 0


def _forget() -> int:
    from ci_guard.agent.folder import state_folder
    from ci_guard.agent.memory import Memory

    folder = state_folder(os.environ)
    memory = Memory(folder) if folder is not None else None
    if memory is not None and not memory.clear():
        raise GuardError(str(memory.trouble), hint="try again when no guarded step runs")
    click.echo("nothing is remembered on this agent")
    return 0


def _measure(folders: tuple[str, ...]) -> "list[Sample]":
    from ci_guard.machine.fresh_files import probe

    if sys.platform == "win32":
        from ci_guard.machine._holders import holders
    else:

        def holders(_: str) -> tuple[str, ...]:
            return ()

    samples: list[Sample] = []
    for folder in folders:
        if not os.path.isdir(folder):
            continue
        try:
            samples += probe(folder, holders)
        except OSError as error:
            tell(GuardError(f"cannot measure in `{folder}`: {error.strerror or error}"))
    return samples


def _check(path: Path, text: str) -> None:
    """Raises `PolicyError` where the new text would be refused by the next run; it is never written then."""
    from ci_guard.knowledge.load import tweak_ids
    from ci_guard.knowledge.wrappers import parse_command
    from ci_guard.policy.read import read_policy

    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder, path.name)
        draft.write_text(text, encoding="utf-8")
        read_policy(str(draft), str(path), (), parse_command, tweak_ids)


def _write(samples: "list[Sample]", file: str | None) -> None:
    from ci_guard.cli.report import write
    from ci_guard.doctor.measured import propose
    from ci_guard.doctor.policy_text import with_patience

    proposal = propose(samples)
    if proposal is None:
        click.echo("nothing was held: the policy stays as it is", err=True)
        return
    path = Path(file or ".ci-guard.yml")
    try:
        text = with_patience(path.read_text(encoding="utf-8") if path.exists() else "", proposal)
    except (OSError, ValueError) as error:
        raise GuardError(
            f"cannot change `{path}`: {error}",
            hint=f"write `patience: {{limit: {proposal.patience}s}}` there",
        ) from error
    _check(path, text)
    write(str(path), text.encode())
    click.echo(f"{path}: patience is {proposal.patience} s now", err=True)
