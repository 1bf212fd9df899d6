"""From the output of a failed attempt to a diagnosis, by what is known about tools; asks no machine."""

from collections.abc import Sequence

from ci_guard.command_line.parse import parse
from ci_guard.command_line.tools import tools_for
from ci_guard.dataclass import replace
from ci_guard.diagnose.blamed import believed
from ci_guard.diagnose.candidate import Candidate, Lookup
from ci_guard.diagnose.candidates import excerpt, find_candidates, without_overlaps
from ci_guard.diagnose.codes import by_number
from ci_guard.diagnose.console_box import unboxed
from ci_guard.diagnose.escaped import unescaped
from ci_guard.diagnose.everywhere import denied_everywhere
from ci_guard.diagnose.last_resort import spoken_of
from ci_guard.diagnose.last_words import ends_badly, says_error
from ci_guard.diagnose.loaded import kept_loaded
from ci_guard.diagnose.lock_file import denied_lock
from ci_guard.diagnose.mentions import Mentions
from ci_guard.diagnose.merge import joined
from ci_guard.diagnose.mojibake import mangled
from ci_guard.diagnose.own_program import started_by, updating
from ci_guard.diagnose.patterns import given_up
from ci_guard.diagnose.printings import word_signatures
from ci_guard.diagnose.rank import (
    CONSEQUENCE,
    packages_beside,
    rank,
    select_candidate,
    with_holders,
    within_folder,
)
from ci_guard.diagnose.reading import Reading, read
from ci_guard.diagnose.settled import not_before_an_own_error, not_settled, not_taken_back
from ci_guard.diagnose.survived import breaks_off, last_retry, last_success, not_survived
from ci_guard.diagnose.text import decode_captures
from ci_guard.diagnose.warned import ends_so, lived_through, only_names, warned
from ci_guard.model.category import Category, System
from ci_guard.model.command import CommandLine
from ci_guard.model.history import Diagnosis, Match, Namespace
from ci_guard.model.knowledge import Knowledge, Signature, Tool
from ci_guard.model.process import Capture

EXIT_STATUS = "exit-status"  # the signature's name where only the exit status says something
_MAY_FOLLOW = frozenset({Category.UNKNOWN, Category.BUILD_FAILURE})  # from what another tool says
_COMPILED = frozenset({"rust", "go"})  # of such programs each is an executable file of its own
WORDS = "words"  # the run-time of the last resort
_STATUS_LISTS = (Namespace.NTSTATUS, Namespace.EXIT)


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
    tools = tools_for(knowledge, argv) if argv else knowledge.tools
    signatures = _signatures(knowledge, tools)
    if exit_status == 0:
        signatures = tuple(
            known for known in signatures if known.on_success or known.nonfatal or known.mention
        )
    line = parse(argv, knowledge.wrappers)
    lookup = Lookup(
        codes=knowledge.codes,
        places=knowledge.places,
        system=system,
        products=knowledge.products,
        programs=_running(tools, line, known=len(tools) < len(knowledge.tools)),
        updating=updating(line),
        started=started_by(line),
    )
    reading = read(unescaped(unboxed(text)), lambda: mangled(knowledge))
    diagnosis = _diagnose(reading, signatures, lookup, exit_status)
    ends_well = exit_status is None and _ended_well(reading, signatures) > 0
    if exit_status != 0 and not (ends_well and diagnosis.category is Category.UNKNOWN):
        diagnosis = _read_again(reading, diagnosis, signatures, lookup, knowledge, exit_status)
    if diagnosis.category is Category.UNKNOWN and exit_status:
        diagnosis = _by_status(exit_status, lookup, otherwise=diagnosis)
    may_say_more = exit_status != 0 and not ends_well and _says_little(diagnosis, signatures)
    survived = may_say_more and exit_status is None and _was_survived(reading, diagnosis, signatures, lookup)
    if may_say_more and not survived:
        diagnosis = _by_words(reading, diagnosis, signatures, lookup, knowledge)
    return replace(diagnosis, evidence=given_up(reading))


def _was_survived(
    reading: Reading, diagnosis: Diagnosis, signatures: Sequence[Signature], lookup: Lookup
) -> bool:
    """Whether what was found was no cause, and nothing else tells of an error: its words are none either."""
    if diagnosis.category is not Category.UNKNOWN or says_error(reading):
        return False
    found = not_taken_back(find_candidates(reading, signatures, lookup), reading)
    return any(not only_names(cause) for cause in found)


def _says_little(diagnosis: Diagnosis, signatures: Sequence[Signature]) -> bool:
    """Whether nothing was found, or only what some wrapper says about a failure inside it."""
    if diagnosis.category is not Category.BUILD_FAILURE or diagnosis.match is None:
        return diagnosis.category is Category.UNKNOWN
    return any(known.symptom for known in signatures if known.id == diagnosis.match.signature)


def _by_words(
    reading: Reading,
    diagnosis: Diagnosis,
    signatures: Sequence[Signature],
    lookup: Lookup,
    knowledge: Knowledge,
) -> Diagnosis:
    """The last resort: what the last lines speak of that tell of a failure."""
    words = (
        *knowledge.runtimes.get(WORDS, ()),
        *(known for known in signatures if known.nonfatal or known.mention),
    )
    for chosen, end in spoken_of(reading, words, lookup):
        if diagnosis.category is Category.UNKNOWN or rank(chosen) > CONSEQUENCE:
            return _told(chosen, end, ())
    return diagnosis


def _read_again(
    reading: Reading,
    diagnosis: Diagnosis,
    signatures: Sequence[Signature],
    lookup: Lookup,
    knowledge: Knowledge,
    exit_status: int | None,
) -> Diagnosis:
    """With words joined that a terminal cut; and, as tools run others, with the words of all of them."""
    if diagnosis.category in _MAY_FOLLOW and (tight := reading.tight()):
        cut = _diagnose(tight, signatures, lookup, exit_status)
        found = find_candidates(reading, signatures, lookup)
        # whatever there is was survived
        all_of_them = diagnosis.category is Category.UNKNOWN or any(each.signature.primary for each in found)
        survived = {cause.category for cause in found if cause.nonfatal or all_of_them}
        spoken_of = cut.match is not None and Mentions(reading, signatures).hold_line(cut.match.line)
        if cut.category not in _MAY_FOLLOW | survived and not spoken_of:
            diagnosis = cut
    everything = _signatures(knowledge, knowledge.tools)
    if diagnosis.category in _MAY_FOLLOW and len(signatures) < len(everything):
        wider = _diagnose(reading, everything, lookup, exit_status)
        if wider.category not in _MAY_FOLLOW or diagnosis.category is Category.UNKNOWN:
            return wider
    return diagnosis


def _signatures(knowledge: Knowledge, tools: Sequence[Tool]) -> tuple[Signature, ...]:
    if len(tools) == len(knowledge.tools):  # it may be anything
        runtimes = dict.fromkeys(name for name in knowledge.runtimes if name != WORDS)
    else:
        runtimes = dict.fromkeys(name for tool in tools for name in tool.runtimes)
    own = tuple(signature for tool in tools for signature in tool.signatures)
    shared = tuple(signature for name in runtimes for signature in knowledge.runtimes.get(name, ()))
    return (*knowledge.general, *own, *shared, *word_signatures(knowledge.codes))


def _running(tools: Sequence[Tool], line: CommandLine, *, known: bool) -> dict[str, set[str]]:
    """By the name of a tool or a run-time: the programs that run while it works.

    A run-time bears the name of its interpreter. A tool that runs as a module is no program of its own, and
    neither is one that the named tool starts in turn: that may be a module as well.
    """
    by_name = {command.program for command in line.commands if command.interpreter is None}
    running: dict[str, set[str]] = {}
    for tool in tools:
        if known:
            named = not by_name.isdisjoint(tool.programs)
            own = {*tool.programs} & {*by_name, tool.name} if named else set()
        else:
            own = {tool.name} & {*tool.programs}
        for family in (tool.name, *tool.runtimes):
            interpreters = set(tool.runtimes)
            running.setdefault(family, set()).update(
                interpreters, own if known or family not in interpreters or family in _COMPILED else ()
            )
    return running


def _diagnose(
    reading: Reading,
    signatures: Sequence[Signature],
    lookup: Lookup,
    exit_status: int | None,
    otherwise: Diagnosis | None = None,
) -> Diagnosis:
    found = believed(find_candidates(reading, signatures, lookup), reading)
    causes = [cause for cause in found if not cause.nonfatal]
    well = _well(reading, signatures) if exit_status is None else 0
    if exit_status is None:
        causes = not_settled(causes, reading, signatures)
    causes = not_taken_back(not_before_an_own_error(not_survived(causes, well), reading), reading)
    apart = joined(without_overlaps(causes), reading)
    chosen = select_candidate([cause for cause in apart if not only_names(cause)])
    if exit_status is None and lived_through(apart, reading):
        chosen = None
    if chosen is not None or not well:
        failed = bool(exit_status) or chosen is not None or says_error(reading)
        if failed or (exit_status is None and (breaks_off(reading, signatures) or ends_so(reading, found))):
            chosen = warned(reading, found, chosen, failed=failed)
    if chosen is None:
        return otherwise or Diagnosis(category=Category.UNKNOWN)
    chosen = denied_lock(denied_everywhere(within_folder(chosen, causes), causes), causes)
    if exit_status is None:
        chosen = kept_loaded(chosen, apart)  # a running guard asks the machine
    chosen = with_holders(chosen, [cause for cause in found if not cause.nonfatal or cause.holders])
    return _told(chosen, reading, causes)


def _told(chosen: Candidate, reading: Reading, causes: Sequence[Candidate]) -> Diagnosis:
    line, original = excerpt(reading, chosen)
    return Diagnosis(
        category=chosen.category,
        match=Match(
            signature=chosen.signature.id,
            code=chosen.code,
            operation=chosen.operation,
            path=chosen.path,
            target=chosen.target,
            holders=chosen.holders,
            line=line,
            excerpt=original,
        ),
        ambiguous=chosen.ambiguous,
        retry_once=chosen.retry_once,
        packages=packages_beside(chosen, causes),
        advice=(*chosen.advice, *chosen.signature.advice),
    )


def _well(reading: Reading, signatures: Sequence[Signature]) -> int:
    """Where what failed so far is known to be survived: at good news, or at a retry that went well."""
    well = _ended_well(reading, signatures)
    again = last_retry(reading, signatures)
    went_on = again > well and reading.text[again:].strip() and not ends_badly(reading, again)
    return again if went_on else well


def _ended_well(reading: Reading, signatures: Sequence[Signature]) -> int:
    """Where the last good news ends; 0 if something failed after it: one of several steps went well."""
    well = last_success(reading, signatures)
    return 0 if ends_badly(reading, well) else well


def _by_status(exit_status: int, lookup: Lookup, otherwise: Diagnosis) -> Diagnosis:
    """What the number says by itself that a process ended with, where the text says nothing."""
    for namespace in _STATUS_LISTS:
        code, meaning = by_number(namespace, str(exit_status), lookup.system, lookup.codes)
        if meaning is not None and meaning.category is not None:
            match = Match(
                signature=EXIT_STATUS, code=code, excerpt=f"exit status {exit_status} ({meaning.name})"
            )
            return Diagnosis(category=meaning.category, match=match, ambiguous=meaning.ambiguous)
    return otherwise
