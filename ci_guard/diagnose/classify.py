"""From the output of a failed attempt to a diagnosis, by what is known about tools; asks no machine."""

from collections.abc import Sequence

from ci_guard.diagnose.causes import Cause, Lookup, excerpt, find_causes, without_overlaps
from ci_guard.diagnose.choose import choose, packages_beside
from ci_guard.diagnose.codes import by_number
from ci_guard.diagnose.reading import Reading, read
from ci_guard.diagnose.text import decode_captures
from ci_guard.model.category import Category, System
from ci_guard.model.history import Diagnosis, Match
from ci_guard.model.knowledge import Knowledge, Signature
from ci_guard.model.process import Capture

EXIT_STATUS = "exit-status"  # the signature's name where only the exit status says something
_STATUS_LISTS = ("ntstatus", "exit")


def classify(
    *,
    output: Sequence[Capture],
    exit_status: int | None,
    argv: Sequence[str],
    knowledge: Knowledge,
    system: System | None,
    code_pages: Sequence[str] = (),
) -> Diagnosis:
    """Why an attempt failed. `system`: where it ran; None: unknown, the text decides.

    `code_pages`: what its tools may write beside Unicode; see `text.decode`.

    With `exit_status` 0 only signatures decide that admit a failure behind a success (`on_success`).
    """
    text = decode_captures(output, code_pages)
    return classify_text(text, exit_status=exit_status, argv=argv, knowledge=knowledge, system=system)


def classify_text(
    text: str,
    *,
    exit_status: int | None = None,
    argv: Sequence[str] = (),
    knowledge: Knowledge,
    system: System | None = None,
) -> Diagnosis:
    """The same for text that is already decoded, such as a saved log."""
    signatures = _signatures(knowledge, argv)
    if exit_status == 0:
        signatures = tuple(known for known in signatures if known.on_success or known.survived)
    lookup = Lookup(knowledge.codes, knowledge.places, system)
    reading = read(text)
    diagnosis = _diagnose(reading, signatures, lookup)
    if diagnosis.category is Category.UNKNOWN and exit_status != 0 and (tight := reading.tight()):
        diagnosis = _diagnose(tight, signatures, lookup, otherwise=diagnosis)
    if diagnosis.category is Category.UNKNOWN and exit_status:
        diagnosis = _by_status(exit_status, lookup, otherwise=diagnosis)
    return diagnosis


def _signatures(knowledge: Knowledge, argv: Sequence[str]) -> tuple[Signature, ...]:
    tools = knowledge.tools_for(argv) if argv else knowledge.tools
    if len(tools) == len(knowledge.tools):  # it may be anything
        runtimes = dict.fromkeys(knowledge.runtimes)
    else:
        runtimes = dict.fromkeys(name for tool in tools for name in tool.runtimes)
    own = tuple(signature for tool in tools for signature in tool.signatures)
    shared = tuple(signature for name in runtimes for signature in knowledge.runtimes.get(name, ()))
    return (*knowledge.general, *own, *shared)


def _diagnose(
    reading: Reading,
    signatures: Sequence[Signature],
    lookup: Lookup,
    otherwise: Diagnosis | None = None,
) -> Diagnosis:
    found = find_causes(reading, signatures, lookup)
    chosen = choose([cause for cause in without_overlaps(found) if not _only_names(cause)])
    if chosen is None:
        return otherwise or Diagnosis(category=Category.UNKNOWN)
    line, original = excerpt(reading, chosen)
    return Diagnosis(
        category=chosen.category,
        match=Match(
            signature=chosen.signature.id,
            code=chosen.code,
            operation=chosen.operation,
            path=chosen.path,
            line=line,
            excerpt=original,
        ),
        undecided=chosen.undecided,
        one_more=chosen.signature.one_more,
        packages=packages_beside(chosen, found),
        advice=chosen.signature.advice,
    )


def _only_names(cause: Cause) -> bool:
    """A signature of the category `unknown` only tells which package it is about."""
    return cause.signature.category is Category.UNKNOWN


def _by_status(exit_status: int, lookup: Lookup, otherwise: Diagnosis) -> Diagnosis:
    """What the number says by itself that a process ended with, where the text says nothing."""
    for namespace in _STATUS_LISTS:
        code, meaning = by_number(namespace, str(exit_status), lookup.system, lookup.codes)
        if meaning is not None and meaning.category is not None:
            match = Match(
                signature=EXIT_STATUS, code=code, excerpt=f"exit status {exit_status} ({meaning.name})"
            )
            return Diagnosis(category=meaning.category, match=match, undecided=meaning.undecided)
    return otherwise
