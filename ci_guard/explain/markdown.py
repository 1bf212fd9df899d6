"""What a saved log tells, as Markdown: for a comment, a ticket or a job summary."""

from collections.abc import Iterable, Iterator

from ci_guard.diagnose.paths import plain_path
from ci_guard.explain.text import called, head_of, tell_verdict
from ci_guard.model.explanation import LogExplanation, StepExplanation


def render_markdown(log: LogExplanation) -> str:
    """The whole answer for one log, ending with a line break. Expects showable text."""
    lines = [f"### {_code(called(log.file))}", "", f"**{tell_verdict(log.verdict)}**", ""]
    lines += [f"> note: {warning}" for warning in log.warnings]
    lines += _step(log.verdict)
    others = [step for step in log.steps if step != log.verdict]
    if others:
        lines += [f"{len(others)} more in this log:", ""]
        lines += [f"- line {step.line}: {head_of(step)}: {tell_verdict(step)}" for step in others]
        lines.append("")
    return "\n".join(lines).rstrip("\n") + "\n"


def _step(step: StepExplanation) -> Iterator[str]:
    if head := head_of(step):
        yield from (head, "")
    if step.nearby:
        width = max(3, *(_longest_fence(line.text) + 1 for line in step.nearby))
        fence = "`" * width
        yield from (fence, *(line.text for line in step.nearby), fence, "")
    match = step.diagnosis.match
    if match is not None:
        facts = {
            "code": f"{match.code.namespace} {match.code.number} {step.meaning or ''}"
            if match.code
            else None,
            "operation": match.operation,
            "path": _code(plain_path(match.path)) if match.path else None,
            "signature": _code(match.signature),
        }
        yield from ("| | |", "| --- | --- |")
        yield from (f"| {name} | {value.strip()} |" for name, value in facts.items() if value)
        yield ""
    yield from _list("ci-guard would", step.plan)
    yield from _list("You can", step.advice)
    yield from _list("See", step.references)


def _list(title: str, sentences: Iterable[str]) -> Iterator[str]:
    shown = list(sentences)
    if shown:
        yield from (f"{title}:", "", *(f"- {sentence}" for sentence in shown), "")


def _code(text: str) -> str:
    fence = "`" * (_longest_fence(text) + 1)
    return f"{fence}{text}{fence}"


def _longest_fence(text: str) -> int:
    longest = run = 0
    for character in text:
        run = run + 1 if character == "`" else 0
        longest = max(longest, run)
    return longest
