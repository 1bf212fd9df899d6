"""The build is named by the variables that each CI server promises, or not at all."""

from collections.abc import Mapping

import pytest

from ci_guard.ci_server.build import find_build
from ci_guard.ci_server.detect import SERVERS
from ci_guard.model.history import BuildLink

TOLD: Mapping[str, tuple[Mapping[str, str], BuildLink]] = {
    "jenkins": (
        {"JOB_NAME": "team/app", "BUILD_NUMBER": "7", "BUILD_URL": "https://ci/job/7/"},
        BuildLink(job="team/app", number=7, url="https://ci/job/7/"),
    ),
    "github": (
        {
            "GITHUB_REPOSITORY": "o/r",
            "GITHUB_WORKFLOW": "ci",
            "GITHUB_RUN_NUMBER": "9",
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_RUN_ID": "123",
        },
        BuildLink(job="o/r/ci", number=9, url="https://github.com/o/r/actions/runs/123"),
    ),
    "gitlab": (
        {"CI_PROJECT_PATH": "g/p", "CI_JOB_NAME": "test", "CI_JOB_ID": "5", "CI_JOB_URL": "https://gl/5"},
        BuildLink(job="g/p/test", number=5, url="https://gl/5"),
    ),
    "azure": (
        {
            "BUILD_DEFINITIONNAME": "ci",
            "BUILD_BUILDID": "3",
            "SYSTEM_COLLECTIONURI": "https://dev.azure.com/o/",
            "SYSTEM_TEAMPROJECT": "my team",
        },
        BuildLink(job="ci", number=3, url="https://dev.azure.com/o/my%20team/_build/results?buildId=3"),
    ),
    "teamcity": (
        {"TEAMCITY_PROJECT_NAME": "p", "TEAMCITY_BUILDCONF_NAME": "c", "BUILD_NUMBER": "4"},
        BuildLink(job="p/c", number=4, url=""),
    ),
    "buildkite": (
        {
            "BUILDKITE_PIPELINE_SLUG": "p",
            "BUILDKITE_BUILD_NUMBER": "2",
            "BUILDKITE_BUILD_URL": "https://buildkite.com/o/p/builds/2",
        },
        BuildLink(job="p", number=2, url="https://buildkite.com/o/p/builds/2"),
    ),
}


def test_every_server_is_here() -> None:
    assert set(TOLD) == set(SERVERS)


@pytest.mark.parametrize("server", TOLD)
def test_the_build_is_named_or_unknown(server: str) -> None:
    environment, build = TOLD[server]
    assert find_build(server, environment) == build
    assert find_build(server, {}) is None
    number = next(name for name, value in environment.items() if value == str(build.number))
    assert find_build(server, {**environment, number: "1.2-rc"}) is None
    assert find_build("plain", environment) is None
