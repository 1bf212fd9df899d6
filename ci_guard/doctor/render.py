"""The answer of the doctor as text, Markdown or JSON."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from ci_guard.doctor.findings import Finding, Weight
from ci_guard.doctor.measured import compare, memory, propose, split, spread
from ci_guard.machine.fresh_files import Sample
from ci_guard.model.counting import counted

SCHEMA = "ci-guard/doctor/1"
WORDS = {Weight.PROBLEM: "problem", Weight.RISK: "risk", Weight.FACT: "fact"}


def render(
    findings: Sequence[Finding], samples: Sequence[Sample] | None, form: str, excluded: str | None = None
) -> str:
    """The text; `samples` is None where nothing was measured, `excluded` a folder to compare with."""
    if form == "json":
        return _json(findings, samples, excluded)
    told = _markdown if form == "markdown" else _text
    lines = told(findings, samples, excluded)
    return "\n".join(lines) + "\n"


def _json(findings: Sequence[Finding], samples: Sequence[Sample] | None, excluded: str | None) -> str:
    value: dict[str, object] = {
        "schema": SCHEMA,
        "findings": [{**asdict(each), "weight": WORDS[each.weight]} for each in findings],
        "probe": None,
    }
    if samples is not None:
        usual = split(samples, excluded)[1]
        proposal = propose(usual)
        value["probe"] = {
            "memory": memory(usual).name.lower(),
            "distribution": [asdict(each) for each in spread(samples)],
            "proposal": asdict(proposal) if proposal is not None else None,
            "exclusion": _comparison(samples, excluded),
            "samples": [asdict(each) for each in samples],
        }
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _comparison(samples: Sequence[Sample], excluded: str | None) -> dict[str, object] | None:
    if excluded is None:
        return None
    found = compare(samples, excluded)
    return {**asdict(found), "verdict": found.verdict.name.lower()}


def _text(
    findings: Sequence[Finding], samples: Sequence[Sample] | None, excluded: str | None
) -> Iterator[str]:
    for each in findings:
        yield f"{WORDS[each.weight]:8} {each.subject}: {each.says}"
        if each.advice:
            yield f"{'':8} -> {each.advice}"
    yield from _nothing(findings, samples)
    yield from _measured(samples, excluded)


def _markdown(
    findings: Sequence[Finding], samples: Sequence[Sample] | None, excluded: str | None
) -> Iterator[str]:
    yield from ("# This machine, as `ci-guard doctor` sees it", "")
    yield from ("| | What | Seen | What to do |", "| --- | --- | --- | --- |")
    for each in findings:
        cells = (WORDS[each.weight], each.subject, each.says, each.advice)
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
    for line in _nothing(findings, samples):
        yield from ("", line)
    measured = list(_measured(samples, excluded))
    if measured:
        yield from ("", "## The probe", "", "```text", *measured, "```")


def _nothing(findings: Sequence[Finding], samples: Sequence[Sample] | None) -> Iterator[str]:
    """A word for whoever looks for what is wrong, and finds facts only; a probe has a verdict of its own."""
    if samples is None and findings and all(each.weight is Weight.FACT for each in findings):
        yield (
            "nothing was found that gets in the way of builds; "
            "`--probe` measures how long fresh files stay held"
        )


def _measured(samples: Sequence[Sample] | None, excluded: str | None) -> Iterator[str]:
    if samples is None:
        return
    usual = split(samples, excluded)[1]
    yield f"measured {counted(len(samples), 'operation')} on fresh files: {memory(usual).value}"
    yield from _spread(samples)
    if excluded is not None:
        found = compare(samples, excluded)
        yield (
            f"the exclusion of {excluded} {found.verdict.value} "
            f"(longest {found.there:.2f} s there, {found.elsewhere:.2f} s elsewhere)"
        )
    proposal = propose(usual)
    if proposal is not None:
        yield f"for the policy: patience: {{limit: {proposal.patience}s}} ({proposal.why})"


def _spread(samples: Sequence[Sample]) -> Iterator[str]:
    """A line for each operation; one for a place where nothing was refused."""
    told = spread(samples)
    disturbed = {each.place for each in told if each.refused}
    for place in dict.fromkeys(each.place for each in told if each.place not in disturbed):
        done = sum(each.count for each in told if each.place == place)
        yield f"  {place}: none of {counted(done, 'operation')} was refused"
    for each in told:
        if each.place not in disturbed:
            continue
        held = f", held by {', '.join(each.holders)}" if each.holders else ""
        stuck = f", {each.stuck} still refused at the end" if each.stuck else ""
        if not each.refused:
            yield f"  {each.place}: {each.operation}: none of {each.count} refused"
            continue
        yield (
            f"  {each.place}: {each.operation}: {each.refused} of {each.count} refused, "
            f"median {each.median:.2f} s, longest {each.maximum:.2f} s{stuck}{held}"
        )
