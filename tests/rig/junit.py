"""A JUnit file that ci-guard wrote, as junitparser reads it."""

from pathlib import Path

from junitparser import JUnitXml
from junitparser import xunit2 as xunit


def step_of(file: Path) -> xunit.TestCase:
    """The test case of the step; that of the marker comes second."""
    suites = JUnitXml.fromroot(JUnitXml.fromfile(str(file))._elem)
    (suite,) = [xunit.TestSuite.fromelem(each._elem) for each in suites]
    cases = list(suite)
    assert suite.tests == len(cases) == 2
    return cases[0]
