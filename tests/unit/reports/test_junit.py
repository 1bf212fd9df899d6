"""Every sample run as JUnit XML: valid for Jenkins' xunit plugin, and read back as it was meant."""

from dataclasses import replace
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
import xmlschema
from junitparser.xunit2 import JUnitXml

from ci_guard.model.history import Run
from ci_guard.reports import junit
from unit.reports import samples

SUREFIRE_ORDER = ("failure", "rerunFailure", "flakyFailure", "skipped", "error", "system-out", "system-err")


def parse(run: Run) -> tuple[Element, Element, Element]:
    """The suite, the step's case and the marker's case."""
    root = ElementTree.fromstring(junit.render(samples.shown(run)))
    assert root.tag == "testsuites"
    (suite,) = root
    step, marker = suite.findall("testcase")
    return suite, step, marker


def children(case: Element) -> list[str]:
    return [child.tag for child in case]


def read_back(run: Run) -> tuple[Any, Any]:  # cases of xunit2, which junitparser does not say
    (suite,) = JUnitXml.fromstring(junit.render(samples.shown(run)))
    step, marker = suite
    return step, marker


@pytest.fixture(params=samples.ALL)
def run(request: pytest.FixtureRequest) -> Run:
    return samples.ALL[request.param]


def test_is_valid_for_the_xunit_plugin(run: Run, xunit_schema: xmlschema.XMLSchema10) -> None:
    xunit_schema.validate(ElementTree.fromstring(junit.render(samples.shown(run))))


def test_the_schema_refuses_what_junit_xml_writes_by_itself(xunit_schema: xmlschema.XMLSchema10) -> None:
    suite, _, _ = parse(samples.PASSED)
    suite.set("disabled", "0")
    assert not xunit_schema.is_valid(suite)


def test_counts_are_those_of_the_elements(run: Run) -> None:
    suite, _, _ = parse(run)
    cases = suite.findall("testcase")
    assert int(suite.attrib["tests"]) == len(cases) == 2
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        assert int(suite.attrib[name]) == sum(1 for case in cases if case.findall(tag))


def test_elements_stand_in_the_order_of_surefire(run: Run) -> None:
    suite, _, _ = parse(run)
    for case in suite.findall("testcase"):
        places = [SUREFIRE_ORDER.index(tag) for tag in children(case)]
        assert places == sorted(places)


def test_names_do_not_depend_on_the_outcome() -> None:
    runs = [run for name, run in samples.ALL.items() if name != "nasty"]
    assert {tuple((case.get("classname"), case.get("name")) for case in parse(run)[1:]) for run in runs} == {
        (("ci-guard.guarded-step", "uv sync"), ("ci-guard.antivirus-lock", "uv sync [antivirus lock]"))
    }


@pytest.mark.parametrize(
    ("name", "step_tags", "step_type", "marked"),
    [
        ("passed", ["system-out"], None, False),
        ("flaky", ["flakyFailure", "flakyFailure", "system-out"], None, True),
        ("gave-up", ["rerunFailure", "rerunFailure", "error"], "ci_guard.AntivirusLock", True),
        ("failed", ["failure"], "ci_guard.CommandFailed", False),
        ("failed-after-lock", ["failure", "rerunFailure"], "ci_guard.CommandFailed", True),
        ("blocked", ["error"], "ci_guard.AntivirusBlock", False),
        ("incomplete", ["rerunFailure", "error"], "ci_guard.VerificationFailed", True),
        ("unverified", ["flakyFailure", "system-out"], None, True),
        ("timed-out", ["error"], "ci_guard.Timeout", False),
        ("aborted", ["rerunFailure", "error"], "ci_guard.Aborted", True),
        ("provisional", ["rerunFailure", "error"], "ci_guard.Aborted", True),
        ("provisional-first", ["error"], "ci_guard.Aborted", False),
        ("not-started", ["error"], "ci_guard.NotStarted", False),
    ],
)
def test_shape(name: str, step_tags: list[str], step_type: str | None, marked: bool) -> None:
    _, step, marker = parse(samples.ALL[name])
    assert children(step) == step_tags
    ends = [element.get("type") for element in step if element.tag in ("failure", "error")]
    assert ends == ([step_type] if step_type else [])
    assert children(marker) == (["skipped"] if marked else [])


def test_a_recovered_run_is_flaky_and_passed_to_readers() -> None:
    step, marker = read_back(samples.FLAKY)
    assert step.is_flaky
    assert step.is_passed
    assert marker.is_skipped


def test_an_exhausted_run_is_rerun_and_an_error_to_readers() -> None:
    step, marker = read_back(samples.GAVE_UP)
    assert step.is_rerun
    assert step.is_error
    assert marker.is_skipped


def test_a_genuine_failure_is_a_failure_to_readers() -> None:
    step, marker = read_back(samples.FAILED)
    assert step.is_failure
    assert not step.is_rerun
    assert marker.is_passed


def test_the_skipped_marker_says_the_same_as_attribute_and_as_text() -> None:
    _, _, marker = parse(samples.FLAKY)
    skipped = marker.find("skipped")
    assert skipped is not None
    assert skipped.get("message") == skipped.text
    assert (skipped.text or "").startswith("FLAKY (antivirus): passed at attempt 3")
    assert "type" not in skipped.attrib


def test_an_attempt_says_all_that_was_found_and_done() -> None:
    _, step, _ = parse(samples.FLAKY)
    second = step.findall("flakyFailure")[1]
    text = second.findtext("stackTrace") or ""
    assert text.startswith(
        "attempt 2 of 4 after 12.0 s: antivirus lock: Windows error 5 while renaming C:\\builds"
    )
    for part in ("the file could be opened 1.4 s later", "waited 2.0 s", "again in 2.0 s", "packages: ruff"):
        assert part in text
    assert "Access is denied. (os error 5)" in (second.findtext("system-err") or "")
    passing = step.findtext("system-out") or ""
    for part in (
        "UV_LINK_MODE=copy",
        "left alone: UV_CACHE_DIR",
        "repaired before it: removed",
        "verified complete",
    ):
        assert part in passing


def test_the_diagnosis_is_the_first_line_of_the_text() -> None:
    _, step, _ = parse(samples.GAVE_UP)
    error = step.find("error")
    assert error is not None
    assert (error.text or "").splitlines()[0] == error.get("message") == samples.GAVE_UP.explanation


def test_a_run_under_way_tells_that_it_was_aborted() -> None:
    _, step, _ = parse(samples.PROVISIONAL)
    error = step.find("error")
    assert error is not None
    assert (error.get("message") or "").startswith("aborted during attempt 2 of 4")


def test_an_incomplete_result_names_what_is_missing() -> None:
    _, step, _ = parse(samples.INCOMPLETE)
    assert f"missing or broken: ruff: {samples.LOCKED_PATH}" in (step.findtext("error") or "")


def test_suite_says_where_when_and_what() -> None:
    suite, _, _ = parse(samples.FLAKY)
    assert suite.get("hostname") == "win-build-07"
    assert suite.get("timestamp") == "2026-11-22T09:14:03+00:00"
    assert suite.get("time") == "97.412"
    properties = {found.get("name"): found.get("value") for found in suite.iter("property")}
    expected = {
        "outcome": "flaky",
        "category": "antivirus_lock",
        "attempts": "3",
        "version": "1.0.0",
        "agent": "win-build-07",
        "host": "jenkins",
        "code": "win32 5",
        "path": samples.LOCKED_PATH,
        "operation": "rename",
        "tweaks": "uv-copy",
    }
    assert {name: properties[f"ci-guard.{name}"] for name in expected} == expected


@pytest.mark.parametrize("duration", [0.1 + 0.2, 0.0, -1.0, float("nan"), float("inf"), 1234567.8901])
def test_time_has_three_decimals(duration: float, xunit_schema: xmlschema.XMLSchema10) -> None:
    document = ElementTree.fromstring(junit.render(samples.shown(replace(samples.PASSED, duration=duration))))
    xunit_schema.validate(document)
    assert len((document.get("time") or "").partition(".")[2]) == 3


def test_nasty_text_is_visible_and_colours_are_gone() -> None:
    text = junit.render(samples.shown(samples.NASTY)).decode()
    for shown in (
        "#x07",
        "#x00",
        "#xDC84",
        "#xFFFE",
        "#x85",
        r"\xff\xfe",
        "escape red ,",
        "]]&gt; &lt;b&gt;",
    ):
        assert shown in text
    for hidden in ("[31m", "title", " 10%"):
        assert hidden not in text


def test_huge_output_is_cut_to_whole_lines_at_both_ends() -> None:
    document = junit.render(samples.shown(samples.HUGE))
    text = parse(samples.HUGE)[1].findtext("error") or ""
    assert len(document) < 100_000
    assert "first line" in text
    assert "last line" in text
    assert "bytes left out …\n0123456789 \n" in text


def test_an_unnamed_step_has_a_name() -> None:
    _, step, _ = parse(replace(samples.PASSED, name=" \n"))
    assert step.get("name") == "unnamed step"
