"""Which build of the CI server this run is a part of: read from the environment only."""

from collections.abc import Mapping

from ci_guard.model.history import BuildLink

# the variables that each server's manual promises: of the job's name, of the number, of the address
_VARIABLES = {
    "jenkins": (("JOB_NAME",), "BUILD_NUMBER", "{BUILD_URL}"),
    "github": (
        ("GITHUB_REPOSITORY", "GITHUB_WORKFLOW"),
        "GITHUB_RUN_NUMBER",
        "{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}",
    ),
    "gitlab": (("CI_PROJECT_PATH", "CI_JOB_NAME"), "CI_JOB_ID", "{CI_JOB_URL}"),
    "azure": (
        ("BUILD_DEFINITIONNAME",),
        "BUILD_BUILDID",
        "{SYSTEM_COLLECTIONURI}{SYSTEM_TEAMPROJECT}/_build/results?buildId={BUILD_BUILDID}",
    ),
    "teamcity": (("TEAMCITY_PROJECT_NAME", "TEAMCITY_BUILDCONF_NAME"), "BUILD_NUMBER", ""),
    "buildkite": (("BUILDKITE_PIPELINE_SLUG",), "BUILDKITE_BUILD_NUMBER", "{BUILDKITE_BUILD_URL}"),
}


def find_build(server: str, environment: Mapping[str, str]) -> BuildLink | None:
    """The build; None where the server does not tell its job and number."""
    if server not in _VARIABLES:
        return None
    names, number, address = _VARIABLES[server]
    told = environment.get(number, "")
    job = "/".join(environment[name] for name in names if environment.get(name))
    if not job or not (told.isascii() and told.isdecimal()):
        return None
    try:
        url = address.format_map(environment)
    except KeyError:
        url = ""
    return BuildLink(job=job, number=int(told), url=url.replace(" ", "%20"))
