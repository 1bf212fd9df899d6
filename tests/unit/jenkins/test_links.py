"""A build's name in a table leads to its page."""

import re

import pytest

from ci_guard.jenkins.scan_report import render_builds
from ci_guard.model.build import Build, Incident, ScannedBuild
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
