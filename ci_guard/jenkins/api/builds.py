"""Builds: listed in pages, with their parameters and causes; their descriptions and test reports."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ci_guard.dataclass import dataclass
from ci_guard.errors import ControllerError, NothingThere
from ci_guard.expression import expression
from ci_guard.jenkins.api.client import Client
from ci_guard.jenkins.api.names import build_path, job_path
from ci_guard.model.build import Build, Cause, Parameter

PAGE = 100  # builds of one answer
MILLISECONDS = 1000
WRITES = 3  # of a description, where others write at the same time
_BUILD = (
    "number,url,result,building,timestamp,duration,description,queueId,builtOn,"
    "actions[_class,parameters[_class,name,value,jobName,number],failCount,skipCount,totalCount,"
    "causes[_class,shortDescription,upstreamProject,upstreamBuild]]"
)
_SUITES = "suites[cases[className,name,status,skippedMessage,duration]]"
_CASES = f"{_SUITES},childReports[result[{_SUITES}]]"  # the latter of Maven and matrix jobs
_TEST_REPORT = "TestResultAction"  # hudson.tasks.junit; that of matrix jobs is the same with a prefix
_BACK_TO = expression(r"#(\d{1,9})\b")  # `Replayed #12`, `Restarted from build #12, stage Test`
_SCALARS = (str, int, float)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedTest:
    """One test of a build's report."""

    suite: str
    name: str
    status: str  # PASSED, FIXED, SKIPPED, FAILED, REGRESSION
    message: str  # of a skipped one
    duration: float  # seconds

    @property
    def failed(self) -> bool:
        """Whether it failed in this build."""
        return self.status in ("FAILED", "REGRESSION")


def list_builds(client: Client, job: str, last: int) -> Iterator[Build]:
    """The newest builds of a job, newest first, each once, also those under way.

    Asks for `allBuilds` by ranges: `builds` ends at 100 without a word. Raises `ControllerError`.
    """
    seen: set[int] = set()
    for start in range(0, last, PAGE):
        size = min(PAGE, last - start)
        tree = f"allBuilds[{_BUILD}]{{{start},{start + size}}}"
        page = client.json(job_path(job), lambda answer: _page(job, answer), tree=tree)
        for build in page:
            if build.number not in seen:  # builds that begin meanwhile shift the later pages
                seen.add(build.number)
                yield build
        if len(page) < size:
            return


def find_build(client: Client, job: str, number: int) -> Build:
    """One build. Raises `ControllerError`."""
    return client.json(build_path(job, number), lambda answer: _build(job, answer), tree=_BUILD)


def list_tests(client: Client, build: Build) -> list[ReportedTest]:
    """All tests of the build's report; none if it has no report. Raises `ControllerError`."""
    if not build.tests:
        return []
    try:
        return client.json(f"{build_path(build.job, build.number)}/testReport", _cases, tree=_CASES)
    except NothingThere:
        return []


def set_description(client: Client, build: Build, text: str) -> None:
    """Replace a description as a whole (jenkinsci/jenkins, Run.java: doSubmitDescription, POST only).

    Raises `ControllerError`.
    """
    path = f"{build_path(build.job, build.number)}/submitDescription"
    client.post(path, {"description": text}, repeatable=True)


def describe_build(client: Client, job: str, number: int, change: Callable[[str], str]) -> Build:
    """Change a description, looking again where others write at the same time; the build as it is then.

    `change` must make no further change to what it has changed. Raises `ControllerError`.
    """
    build = find_build(client, job, number)
    for _ in range(WRITES):
        wanted = change(build.description)
        if wanted == build.description:
            return build
        set_description(client, build, wanted)
        build = find_build(client, job, number)
    if change(build.description) == build.description:
        return build
    raise ControllerError(
        f"{build.name}: the description was changed again as soon as it was written",
        hint="the permission `Run/Update` is needed; perhaps another program keeps writing it",
    )


def start_build(client: Client, build: Build) -> str:
    """Start a build of the same job with the same parameters; the address of its place in the queue.

    Raises `Unanswered` if it may have been started, `ControllerError`.
    """
    for parameter in build.parameters:
        if parameter.value is None:
            raise ControllerError(f"{build.name}: the value of the parameter `{parameter.name}` is not known")
    form = {parameter.name: parameter.value or "" for parameter in build.parameters}
    end = "buildWithParameters" if form else "build"
    headers = client.post(f"{job_path(build.job)}/{end}", form, repeatable=False)
    return str(headers.get("Location", ""))


def _page(job: str, answer: Mapping[str, Any]) -> list[Build]:
    if "allBuilds" not in answer and "_class" in answer:  # there are items without builds
        return []
    return [_build(job, build) for build in answer["allBuilds"]]


def _build(job: str, answer: Mapping[str, Any]) -> Build:
    """A build of an answer; raises where fields are missing that all kinds of jobs have."""
    actions = [action for action in answer.get("actions") or () if action]
    reports = [action for action in actions if action.get("_class", "").endswith(_TEST_REPORT)]
    built_on = answer.get("builtOn")
    return Build(
        job=job,
        number=int(answer["number"]),
        url=str(answer["url"]),
        result=None if answer["result"] is None else str(answer["result"]),
        building=bool(answer["building"]),
        started=int(answer["timestamp"]) / MILLISECONDS,
        duration=int(answer["duration"]) / MILLISECONDS,
        queue=int(answer.get("queueId") or 0) or None,
        agent=built_on or None,
        description=str(answer.get("description") or ""),
        parameters=tuple(
            _parameter(one) for action in actions for one in action.get("parameters") or () if one.get("name")
        ),
        causes=tuple(_cause(job, one) for action in actions for one in action.get("causes") or ()),
        tests=bool(reports),
        failed_tests=sum(int(report.get("failCount") or 0) for report in reports),
    )


def _parameter(answer: Mapping[str, Any]) -> Parameter:
    value = answer.get("value")
    if value is None and answer.get("jobName") and answer.get("number"):  # a RunParameterValue
        value = f"{answer['jobName']}#{answer['number']}"
    if isinstance(value, bool):
        value = str(value).lower()
    return Parameter(name=str(answer["name"]), value=str(value) if isinstance(value, _SCALARS) else None)


def _cause(job: str, answer: Mapping[str, Any]) -> Cause:
    text = str(answer.get("shortDescription") or "")
    found = _BACK_TO.search(text)
    number = answer.get("upstreamBuild") or (found and found[1])
    return Cause(
        kind=str(answer.get("_class") or ""),
        text=text,
        job=str(answer.get("upstreamProject") or job),
        number=int(number) if number else None,
    )


def _cases(answer: Mapping[str, Any]) -> list[ReportedTest]:
    if not {"suites", "childReports"} & set(answer):
        raise KeyError("suites")
    reports = [answer, *(child["result"] for child in answer.get("childReports") or ())]
    return [
        ReportedTest(
            suite=str(case.get("className") or ""),
            name=str(case.get("name") or ""),
            status=str(case["status"]),
            message=str(case.get("skippedMessage") or ""),
            duration=float(case.get("duration") or 0.0),
        )
        for report in reports
        for suite in report.get("suites") or ()
        for case in suite.get("cases") or ()
    ]
