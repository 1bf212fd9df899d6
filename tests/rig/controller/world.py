"""What the played controller holds: jobs in folders, builds, agents; and how it words them as JSON.

The shapes are those of Jenkins' REST API: `_class` everywhere, empty objects among the actions, times in
milliseconds, `builds` that end at 100 while `allBuilds` do not, `builtOn` of freestyle builds only.
"""

from dataclasses import dataclass, field
from typing import Any

NEWEST = 100  # builds that `builds` tells
FREESTYLE = "hudson.model.FreeStyleBuild"
PIPELINE = "org.jenkinsci.plugins.workflow.job.WorkflowRun"


@dataclass
class Made:
    """A build."""

    number: int
    log: bytes = b"Finished: SUCCESS\n"
    result: str | None = "SUCCESS"
    building: bool = False
    agent: str | None = None  # of a freestyle build; a Pipeline tells it in its log only
    parameters: dict[str, Any] = field(default_factory=dict)
    causes: list[dict[str, Any]] = field(default_factory=list)
    description: str | None = None
    tests: list[dict[str, Any]] | None = None
    of_modules: bool = False  # whether the report is one of several, as of Maven and matrix jobs
    queue: int = 0
    duration: int = 60_000  # milliseconds
    timestamp: int = 0


@dataclass
class Node:
    """An agent."""

    name: str
    labels: tuple[str, ...] = ()
    offline: bool = False
    temporarily: bool = False
    reason: str = ""


@dataclass
class World:
    """All of it."""

    builds: dict[str, list[Made]] = field(default_factory=dict)  # by full name; the newest last
    nodes: dict[str, Node] = field(default_factory=dict)
    queued: list[tuple[str, dict[str, str]]] = field(default_factory=list)  # builds that were asked for

    def add(self, job: str, made: Made) -> Made:
        made.timestamp = made.timestamp or 1_700_000_000_000 + made.number * 3_600_000
        made.queue = made.queue or 10_000 + 7 * made.number
        self.builds.setdefault(job, []).append(made)
        return made

    def find(self, job: str, number: int) -> Made | None:
        return next((made for made in self.builds.get(job, ()) if made.number == number), None)

    def item(self, name: str, url: str) -> dict[str, Any] | None:
        """A job or a folder, by its full name."""
        if name in self.builds:
            newest = [self.build(name, made, url) for made in reversed(self.builds[name])]
            kind = "org.jenkinsci.plugins.workflow.job.WorkflowJob"
            return {
                "_class": kind,
                "actions": [{}, {}],
                "fullName": name,
                "name": name.rpartition("/")[2],
                "buildable": True,
                "url": url,
                "color": "blue",
                "builds": newest[:NEWEST],
                "allBuilds": newest,
            }
        below = sorted(
            {job[len(name) + 1 :].split("/")[0] for job in self.builds if job.startswith(f"{name}/")}
        )
        if not below:
            return None
        jobs = [self.item(f"{name}/{part}", url) for part in below]
        kind = "com.cloudbees.hudson.plugins.folder.Folder"
        return {"_class": kind, "actions": [{}], "fullName": name, "name": name, "url": url, "jobs": jobs}

    def build(self, job: str, made: Made, url: str) -> dict[str, Any]:
        actions: list[dict[str, Any]] = [{}]
        if made.parameters:
            values = [_parameter(name, value) for name, value in made.parameters.items()]
            actions.append({"_class": "hudson.model.ParametersAction", "parameters": values})
        causes = made.causes or [
            {"_class": "hudson.model.Cause$UserIdCause", "shortDescription": "Started by user admin"}
        ]
        actions += [{"_class": "hudson.model.CauseAction", "causes": causes}, {}, {}]
        if made.tests is not None:
            failed = sum(case["status"] in ("FAILED", "REGRESSION") for case in made.tests)
            counts = {
                "failCount": failed,
                "skipCount": 0,
                "totalCount": len(made.tests),
                "urlName": "testReport",
            }
            actions.append({"_class": "hudson.tasks.junit.TestResultAction", **counts})
        answer = {
            "_class": FREESTYLE if made.agent else PIPELINE,
            "actions": actions,
            "artifacts": [],
            "building": made.building,
            "description": made.description,
            "duration": made.duration,
            "displayName": f"#{made.number}",
            "fullDisplayName": f"{job} #{made.number}",
            "id": str(made.number),
            "keepLog": False,
            "number": made.number,
            "queueId": made.queue,
            "result": made.result,
            "timestamp": made.timestamp,
            "url": f"{url}{made.number}/",
        }
        return answer | ({"builtOn": made.agent} if made.agent else {})

    def computers(self) -> dict[str, Any]:
        return {
            "_class": "hudson.model.ComputerSet",
            "computer": [self.computer(node) for node in self.nodes.values()],
            "displayName": "Nodes",
        }

    def computer(self, node: Node) -> dict[str, Any]:
        built_in = node.name == "Built-In Node"
        return {
            "_class": "hudson.model.Hudson$MasterComputer" if built_in else "hudson.slaves.SlaveComputer",
            "actions": [{}],
            "assignedLabels": [{"name": label} for label in (*node.labels, node.name)],
            "displayName": node.name,
            "offline": node.offline,
            "offlineCause": {"_class": "hudson.slaves.OfflineCause$UserCause"} if node.reason else None,
            "offlineCauseReason": node.reason,
            "temporarilyOffline": node.temporarily,
        }


def report(cases: list[dict[str, Any]], *, of_modules: bool) -> dict[str, Any]:
    """A test report; `of_modules`: of several, each with its own."""
    if of_modules:
        child = {"child": {"number": 1}, "result": report(cases, of_modules=False)}
        return {"_class": "hudson.maven.reporters.SurefireAggregatedReport", "childReports": [child]}
    told = [
        {"_class": "hudson.tasks.junit.CaseResult", "testActions": [], "age": 0, **case} for case in cases
    ]
    return {"_class": "hudson.tasks.junit.TestResult", "suites": [{"name": "suite", "cases": told}]}


def case(suite: str, name: str, status: str = "PASSED", message: str | None = None) -> dict[str, Any]:
    """A test."""
    return {"className": suite, "name": name, "status": status, "skippedMessage": message, "duration": 1.5}


def _parameter(name: str, value: Any) -> dict[str, Any]:
    if value is None:  # a password: the controller tells its name only
        return {"_class": "hudson.model.PasswordParameterValue", "name": name}
    kind = "Boolean" if isinstance(value, bool) else "String"
    return {"_class": f"hudson.model.{kind}ParameterValue", "name": name, "value": value}
