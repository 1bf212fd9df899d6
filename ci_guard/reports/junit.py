"""The run as JUnit XML: two test cases with stable names, in the one shape that every CI reads.

The step itself is the first case; the second is skipped, with a message, when an antivirus lock was met,
because a skip is the one thing that all CI servers show and none counts as a failure. Valid against the
junit-10.xsd of Jenkins' xunit plugin; elements stand in the order of Maven surefire's schema. junit-xml
builds the base; what it lacks (flakyFailure, rerunFailure) or writes wrongly is corrected here.
"""

import math
from collections.abc import Iterator
from datetime import UTC, datetime
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from junit_xml import TestCase, TestSuite

from ci_guard.model.category import Category, RunOutcome
from ci_guard.model.history import Attempt
from ci_guard.redact.text import shorten
from ci_guard.redact.values import RedactedRun
from ci_guard.reports.junit_names import MARKER_CLASS, STEP_CLASS, marker_of
from ci_guard.reports.sentences import (
    has_needed_patience,
    list_failed,
    list_locked,
    show_capture,
    tell_attempt,
    tell_details,
    tell_holds,
    tell_near_misses,
    tell_verification,
)

NAME_LIMIT = 200  # characters
MESSAGE_LIMIT = 500  # characters of a `message` attribute; the text has it all
_COUNTED = {"failures": "failure", "errors": "error", "skipped": "skipped"}
_ERROR_TYPES = {
    RunOutcome.ABORTED: "ci_guard.Aborted",
    RunOutcome.TIMED_OUT: "ci_guard.Timeout",
    RunOutcome.NOT_STARTED: "ci_guard.NotStarted",
}
_ANTIVIRUS = (Category.ANTIVIRUS_LOCK, Category.ANTIVIRUS_BLOCK)


def render(run: RedactedRun) -> bytes:
    """The JUnit file of the run; of a run under way, one that says that it was aborted."""
    suite = TestSuite(
        f"ci-guard: {_name(run)}",
        [_build_step(run), _build_marker(run)],
        hostname=run.agent or None,
        timestamp=datetime.fromtimestamp(run.started, tz=UTC).isoformat(timespec="seconds"),
        properties=dict(_list_properties(run)),
    ).build_xml_doc(encoding="utf-8")
    _correct(suite, run)
    root = Element("testsuites", {"name": "ci-guard"})
    root.attrib.update({name: suite.attrib[name] for name in ("tests", "failures", "errors", "time")})
    root.append(suite)
    ElementTree.indent(root)
    document: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    ElementTree.fromstring(document)  # a file that cannot be read is a failed test to Jenkins
    return document


def _name(run: RedactedRun) -> str:
    return shorten(run.name, NAME_LIMIT) or "unnamed step"


def _build_step(run: RedactedRun) -> TestCase:
    case = TestCase(_name(run), classname=STEP_CLASS)
    last = run.attempts[-1] if run.attempts else None
    text = _join(
        _tell_end(run), *([] if last is None or not run.finished else [_tell_attempt_fully(run, last)])
    )
    match _type_end(run):
        case None if last is not None:
            case.stdout = _join("\n".join([*tell_details(run, last), *tell_verification(run)]), _output(last))
        case None:
            pass
        case "ci_guard.CommandFailed" as kind:
            case.add_failure_info(shorten(_tell_end(run), MESSAGE_LIMIT), text, kind)
        case kind:
            case.add_error_info(shorten(_tell_end(run), MESSAGE_LIMIT), text, kind)
    return case


def _build_marker(run: RedactedRun) -> TestCase:
    case = TestCase(marker_of(_name(run)), classname=MARKER_CLASS)
    locked = list_locked(run)
    if locked:
        word = "FLAKY" if run.finished and run.outcome is RunOutcome.FLAKY else "LOCKED"
        told = [run.explanation, *(tell_attempt(run, attempt) for attempt in locked)]
        message = shorten(f"{word} (antivirus): {'; '.join(filter(None, told))}", MESSAGE_LIMIT)
        case.add_skipped_info(message, message)  # both: GitLab reads only the text, Jenkins first the message
    return case


def _type_end(run: RedactedRun) -> str | None:
    """The `type` of the step's failure or error; None if it passed."""
    if not run.finished:
        return "ci_guard.Aborted"
    if run.outcome in (RunOutcome.PASSED, RunOutcome.FLAKY):
        return None
    if run.outcome in _ERROR_TYPES:
        return _ERROR_TYPES[run.outcome]
    if run.verification is not None and run.verification.whole is False:
        return "ci_guard.VerificationFailed"
    if run.outcome is RunOutcome.FAILED and run.category not in _ANTIVIRUS:
        return "ci_guard.CommandFailed"
    return _type_category(run.category)


def _type_category(category: Category | None) -> str:
    """Dotted, because GitLab's reader takes a plain `type` such as "file" as an order to convert the text."""
    return f"ci_guard.{(category or Category.UNKNOWN).value.title().replace('_', '')}"


def _tell_end(run: RedactedRun) -> str:
    if run.finished:
        return run.explanation or f"{run.outcome}: exit status {run.exit_status}"
    which = f"attempt {len(run.attempts) + 1} of {run.attempts_allowed}"
    return f"aborted during {which}: ci-guard was ended before it could say more"


def _correct(suite: Element, run: RedactedRun) -> None:
    """Add what junit-xml cannot say, correct what junit-10.xsd refuses."""
    step, marker = suite.findall("testcase")
    place = len(step.findall("failure"))  # surefire: after `failure`, before `error`
    for offset, element in enumerate(_list_reruns(run)):
        step.insert(place + offset, element)
    step.set("time", _seconds(run.duration))
    marker.set("time", _seconds(0.0))
    for skipped in suite.iter("skipped"):
        skipped.attrib.pop("type", None)
    suite.attrib.pop("disabled", None)
    suite.set("time", _seconds(run.duration))
    for name, tag in _COUNTED.items():
        suite.set(name, str(sum(1 for case in (step, marker) if case.find(tag) is not None)))


def _list_reruns(run: RedactedRun) -> Iterator[Element]:
    """An element for each failed attempt that was not the end of the story."""
    recovered = run.finished and run.outcome is RunOutcome.FLAKY
    final = run.attempts[-1] if run.attempts and run.finished else None
    for attempt in run.attempts:
        if has_needed_patience(run, attempt):
            told = tell_holds(attempt)
            kind = _type_category(Category.ANTIVIRUS_LOCK)
            element = Element(
                "flakyFailure", {"type": kind, "message": shorten("; ".join(told), MESSAGE_LIMIT)}
            )
            SubElement(element, "stackTrace").text = "\n".join(told)
            yield element
    for attempt in list_failed(run):
        if attempt is final or attempt.diagnosis is None:
            continue
        message = shorten(tell_attempt(run, attempt), MESSAGE_LIMIT)
        kind = _type_category(attempt.diagnosis.category)
        element = Element("flakyFailure" if recovered else "rerunFailure", {"type": kind, "message": message})
        SubElement(element, "stackTrace").text = "\n".join(tell_details(run, attempt))
        for tag, streams in (("system-out", ("stdout", "output")), ("system-err", ("stderr",))):
            text = _output(attempt, streams)
            if text:
                SubElement(element, tag).text = text
        yield element


def _list_properties(run: RedactedRun) -> Iterator[tuple[str, str]]:
    matches = [attempt.diagnosis.match for attempt in list_failed(run) if attempt.diagnosis]
    match = next((match for match in reversed(matches) if match), None)
    values = {
        "outcome": run.outcome.value if run.finished else RunOutcome.ABORTED.value,
        "category": run.category.value if run.category else "",
        "exit_status": str(run.exit_status),
        "attempts": str(len(run.attempts)),
        "version": run.version,
        "agent": run.agent,
        "host": run.host,
        "signature": match.signature if match else "",
        "code": f"{match.code.namespace} {match.code.number}" if match and match.code else "",
        "operation": (match.operation or "") if match else "",
        "path": (match.path or "") if match else "",
        "tweaks": _unique(tweak.tweak for attempt in run.attempts for tweak in attempt.tweaks),
        "repairs": _unique(f"{r.action} {r.target}" for attempt in run.attempts for r in attempt.repairs),
        "verification": "; ".join(tell_verification(run)),
        "healing": run.healing or "",
        "near_misses": "; ".join(line for attempt in run.attempts for line in tell_near_misses(attempt)),
    }
    yield from ((f"ci-guard.{name}", value) for name, value in values.items() if value)


def _unique(words: Iterator[str]) -> str:
    return ", ".join(dict.fromkeys(words))


def _tell_attempt_fully(run: RedactedRun, attempt: Attempt) -> str:
    return _join("\n".join([*tell_details(run, attempt), *tell_verification(run)]), _output(attempt))


def _output(attempt: Attempt, streams: tuple[str, ...] = ("stdout", "output", "stderr")) -> str:
    captures = [capture for capture in attempt.outcome.captures if capture.stream in streams]
    return _join(*(show_capture(capture) for capture in captures))


def _join(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)


def _seconds(duration: float) -> str:
    """Three decimals at the most, as junit-10.xsd wants them."""
    return f"{max(duration, 0.0) if math.isfinite(duration) else 0.0:.3f}"
