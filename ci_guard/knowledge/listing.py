"""What is known about tools, for people to read."""

import textwrap
from collections.abc import Iterator

from ci_guard.expression import expression
from ci_guard.model.counting import counted
from ci_guard.model.knowledge import Knowledge, Signature, Tool

_WIDTH = 100
_INDENT = "    "
_PLACE = expression(r"\{(\w+)\}")
_SCRATCH = "scratch"


def list_tools(knowledge: Knowledge) -> str:
    """All tools, a line each."""
    width = max(len(tool.name) for tool in knowledge.tools)
    counts = [
        (counted(len(tool.signatures), "signature"), counted(len(tool.tweaks), "tweak"))
        for tool in knowledge.tools
    ]
    first, second = (max(map(len, column)) for column in zip(*counts, strict=True))
    lines = [
        f"{tool.name:<{width}}  {signatures:>{first}}  {tweaks:>{second}}  {', '.join(tool.programs)}"
        for tool, (signatures, tweaks) in zip(knowledge.tools, counts, strict=True)
    ]
    shared = ", ".join(f"{name} ({len(entries)})" for name, entries in knowledge.runtimes.items())
    lines += ["", f"Signatures that tools share: {shared}, general ({len(knowledge.general)})."]
    lines += ["`ci-guard tools NAME` shows one of them."]
    return "\n".join(lines) + "\n"


def show_tool(tool: Tool, knowledge: Knowledge) -> str:
    """All that is known about a tool."""
    lines = [f"{tool.name}: {', '.join(tool.programs)}"]
    shared = [signature for name in tool.runtimes for signature in knowledge.runtimes[name]]
    lines += _section("What it does by itself", [(note.says, note.reference) for note in tool.notes])
    lines += _section(
        "Versions",
        [(f"{each.versions}: {each.says}", each.reference) for each in tool.releases],
    )
    lines += ["", "Failures that are recognised"] if tool.signatures else []
    for signature in tool.signatures:
        lines += _tell(signature)
    if shared:
        names = ", ".join(tool.runtimes)
        lines += _wrapped(f"and {len(shared)} more that it shares with other tools ({names}).")
    lines += _section(
        "Changes of the environment that can help",
        [
            (
                f"{tweak.id}, from attempt {tweak.from_attempt} on: "
                f"{', '.join(f'{name}={_filled(value)}' for name, value in tweak.set.items())}: {tweak.why}",
                tweak.reference,
            )
            for tweak in tool.tweaks
        ],
    )
    if tool.no_tweaks is not None:
        lines += _section(
            "Why no change of its environment can help", [(tool.no_tweaks.says, tool.no_tweaks.reference)]
        )
    lines += _section(
        "How to repair what a failed run left",
        [
            (
                f"{remedy.does}: `{_filled(remedy.command)}`" if remedy.command else remedy.does,
                remedy.reference,
            )
            for remedy in tool.remedies
        ],
    )
    lines += _section(
        "What does the same with fewer fresh files",
        [
            (f"`{_filled(each.command)}` instead of `{each.examples[0]}`: {each.why}", each.reference)
            for each in tool.fallbacks
        ],
    )
    return "\n".join(lines) + "\n"


def _filled(text: str) -> str:
    """The text with what only a run knows as people write it: `{package}` is `PACKAGE`."""
    return _PLACE.sub(lambda found: "A_FRESH_FOLDER" if found[1] == _SCRATCH else found[1].upper(), text)


def _tell(signature: Signature) -> Iterator[str]:
    category = signature.category.words if signature.category else "what its error number means"
    if signature.nonfatal:
        category = "a warning that the tool lives through"
    if signature.mention:
        category = "words that only speak of a failure"
    more = "".join(
        [
            f", at {signature.operation}" if signature.operation else "",
            ", also behind exit 0" if signature.on_success else "",
            ", at most one more attempt" if signature.retry_once else "",
        ]
    )
    yield f"  {signature.id}: {category}{more}"
    for line in signature.examples[0].split("\n") if signature.examples else ():
        yield f"{_INDENT}| {line}"
    for advice in signature.advice:
        yield from _wrapped(advice)
    yield f"{_INDENT}{signature.reference}"


def _section(title: str, entries: list[tuple[str, str]]) -> Iterator[str]:
    if entries:
        yield ""
        yield title
    for text, reference in entries:
        yield from textwrap.wrap(
            text, _WIDTH, initial_indent="  - ", subsequent_indent=_INDENT, break_long_words=False
        )
        yield f"{_INDENT}{reference}"


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT)
