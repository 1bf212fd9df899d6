"""A build's name in a table leads to its page."""

import re

import pytest

from ci_guard.jenkins.fleet import fold
from ci_guard.jenkins.quarantine import Limits, select_agents
from ci_guard.jenkins.scan_report import render_builds, render_fleet
from ci_guard.model.build import Agent, Build, Incident, ScannedBuild
from ci_guard.model.category import Category

ESCAPES = re.compile(r"\x1b\]8;;[^\x1b]*\x1b\\")


def scanned(url: str, job: str = "shop") -> ScannedBuild:
    build = Build(job=job, number=41, url=url, result="FAILURE", building=False, started=1.0, duration=9.0)
    incident = Incident(agent="win-7", category=Category.ANTIVIRUS_LOCK)
    return ScannedBuild(build=build, agents=("win-7",), incidents=(incident,))


def test_the_name_is_a_link_and_the_columns_stay() -> None:
    builds = [
        scanned("https://ci.example/job/shop/41/"),
        scanned("https://ci.example/job/a/41/", "a-long-job"),
    ]
    linked = render_builds(builds, links=True)
    assert "\x1b]8;;https://ci.example/job/shop/41/\x1b\\shop #41\x1b]8;;\x1b\\" in linked
    assert ESCAPES.sub("", linked) == render_builds(builds)
    assert "\x1b" not in render_builds(builds)


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "https://x/\x1b\\\x1b]0;owned\x07", "", "https://ci.example/ü"]
)
def test_what_is_no_address_of_the_web_is_no_link(url: str) -> None:
    assert "\x1b" not in render_builds([scanned(url)], links=True)


def test_each_row_of_the_fleet_leads_to_the_newest_build_that_suffered() -> None:
    builds = [scanned("https://ci.example/job/shop/41/"), scanned("https://ci.example/job/a/7/", "a")]
    fleet = fold(builds)
    linked = render_fleet(fleet, links=True)
    assert linked.count("\x1b]8;;https://ci.example/") == sum(map(len, fleet.by.values()))
    assert ESCAPES.sub("", linked) == render_fleet(fleet)


def test_the_evidence_of_a_quarantine_leads_to_its_build() -> None:
    builds = [scanned("https://ci.example/job/shop/41/")]
    agents = [Agent(name="win-7", offline=False, temporarily_offline=False)]
    (one,) = select_agents(fold(builds), builds, agents, Limits(rate=1, builds=1))
    assert "\x1b]8;;https://ci.example/job/shop/41/\x1b\\shop #41" in one.told(links=True)
    assert one.told(links=False) == one.evidence
