"""Which CI server runs this step, and on which machine: read from the environment only."""

import os
from collections.abc import Mapping

PLAIN = "plain"
# the variable that each server's manual promises for every step
MARKS = (
    ("github", "GITHUB_ACTIONS"),
    ("gitlab", "GITLAB_CI"),
    ("azure", "TF_BUILD"),
    ("teamcity", "TEAMCITY_VERSION"),
    ("buildkite", "BUILDKITE"),
    ("jenkins", "JENKINS_URL"),
    ("jenkins", "JENKINS_HOME"),
    ("jenkins", "BUILD_TAG"),
)
SERVERS = tuple(dict.fromkeys(name for name, _ in MARKS))  # each has a module of its name beside this one
AGENTS = (
    "NODE_NAME",
    "RUNNER_NAME",
    "CI_RUNNER_DESCRIPTION",
    "AGENT_NAME",
    "BUILDKITE_AGENT_NAME",
    "COMPUTERNAME",
)


def server(environment: Mapping[str, str]) -> str:
    """The CI server's name, or `plain`."""
    return next((name for name, mark in MARKS if environment.get(mark)), PLAIN)


def agent(environment: Mapping[str, str]) -> str:
    """The name by which people know this machine: the CI server's name for it, else the machine's own."""
    named = next((environment[name] for name in AGENTS if environment.get(name)), None)
    if named is not None:
        return named
    uname = getattr(os, "uname", None)  # not on Windows, where COMPUTERNAME is always set
    return str(uname().nodename) if uname is not None else "unknown"
