"""The answer of the doctor as text, Markdown or JSON."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from ci_guard.doctor.findings import Finding, Weight
from ci_guard.doctor.measured import memory, propose, spread
from ci_guard.machine.fresh_files import Sample
from ci_guard.model.counting import counted

SCHEMA = "ci-guard/doctor/1"
WORDS = {Weight.PROBLEM: "problem", Weight.RISK: "risk", Weight.FACT: "fact"}


def render(findings: Sequence[Finding], samples: Sequence[Sample] | None, form: str) -> str:
    """The text; `samples` is None where nothing was measured."""
    if form == "json":
        return _json(findings, samples)
    lines = _markdown(findings, samples) if form == "markdown" else _text(findings, samples)
    return "\n".join(lines) + "\n"


def _json(findings: Sequence[Finding], samples: Sequence[Sample] | None) -> str:
    value: dict[str, object] = {
        "schema": SCHEMA,
        "findings": [{**asdict(each), "weight": WORDS[each.weight]} for each in findings],
        "probe": None,
    }
    if samples is not None:
        proposal = propose(samples)
        value["probe"] = {
            "memory": memory(samples).name.lower(),
            "distribution": [asdict(each) for each in spread(samples)],
            "proposal": asdict(proposal) if proposal is not None else None,
            "samples": [asdict(each) for each in samples],
        }
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _text(findings: Sequence[Finding], samples: Sequence[Sample] | None) -> Iterator[str]:
    for each in findings:
        yield f"{WORDS[each.weight]:8} {each.subject}: {each.says}"
        if each.advice:
            yield f"{'':8} -> {each.advice}"
    yield from _measured(samples)


def _markdown(findings: Sequence[Finding], samples: Sequence[Sample] | None) -> Iterator[str]:
    yield from ("# This machine, as `ci-guard doctor` sees it", "")
    yield from ("| | What | Seen | What to do |", "| --- | --- | --- | --- |")
    for each in findings:
        cells = (WORDS[each.weight], each.subject, each.says, each.advice)
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
    measured = list(_measured(samples))
    if measured:
        yield from ("", "## The probe", "", "```text", *measured, "```")


def _measured(samples: Sequence[Sample] | None) -> Iterator[str]:
    if samples is None:
        return
    yield f"measured {counted(len(samples), 'operation')} on fresh files: {memory(samples).value}"
    for each in spread(samples):
        held = f", held by {', '.join(each.holders)}" if each.holders else ""
        stuck = f", {each.stuck} still refused at the end" if each.stuck else ""
        yield (
            f"  {each.place}: {each.operation}: {each.refused} of {each.count} refused, "
            f"median {each.median:.2f} s, longest {each.maximum:.2f} s{stuck}{held}"
        )
    proposal = propose(samples)
    if proposal is not None:
        yield f"for the policy: patience: {{limit: {proposal.patience}s}} ({proposal.why})"
