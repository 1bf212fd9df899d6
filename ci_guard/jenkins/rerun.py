"""Running builds again that only antivirus locks made fail: which, and each at most once.

A build is marked in its description before it is started again, so that neither a second ci-guard nor a
broken connection can start it twice; the mark is taken back only where it is certain that nothing started.
"""

from collections.abc import Sequence

from ci_guard.dataclass import dataclass
from ci_guard.errors import ControllerError, Unanswered
from ci_guard.expression import expression
from ci_guard.jenkins.api.builds import describe_build, find_build, start_build
from ci_guard.jenkins.api.client import Client
from ci_guard.jenkins.api.description import RERUN, line_about, with_line, without_line
from ci_guard.model.build import Build, ScannedBuild

# the causes of builds that repeat another: workflow-cps, pipeline-model-definition, rebuild, naginator
_REPEATS = ("ReplayCause", "RestartDeclarativePipelineCause", "RebuildCause", "NaginatorCause")
_QUEUE_ITEM = expression(r"/queue/item/(\d{1,12})")
_QUEUED = expression(r"\bqueue item (\d{1,12})\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rerun:
    """A build that only locks made fail."""

    build: Build
    blocked_by: str | None = None  # why it is not run again; None: it is


def select_builds(scanned: Sequence[ScannedBuild], builds: Sequence[Build]) -> list[Rerun]:
    """The builds that only locks made fail, with what speaks against another run.

    `builds`: all that are known, also those under way.
    """
    found = sorted(
        (one.build for one in scanned if one.failed_by_locks_only),
        key=lambda build: (build.job, -build.number),
    )
    started_by_us = _queue_items(builds)
    chosen: list[Rerun] = []
    for build in found:
        blocked_by = _blocked_by(build, builds, started_by_us)
        newer = next(
            (one.build for one in chosen if one.blocked_by is None and _is_alike(one.build, build)), None
        )
        if blocked_by is None and newer is not None:
            blocked_by = f"{newer.name} has the same parameters and is run again"
        chosen.append(Rerun(build=build, blocked_by=blocked_by))
    return chosen


def run_again(client: Client, build: Build) -> str:
    """Start the build again, marked; what to say about it. Raises `ControllerError`."""
    fresh = find_build(client, build.job, build.number)
    if line_about(fresh.description, RERUN) is not None:
        return "somebody else has started it again meanwhile"
    describe_build(client, build.job, build.number, lambda text: with_line(text, RERUN, "requested"))
    try:
        place = start_build(client, fresh)
    except Unanswered:
        raise
    except ControllerError:
        describe_build(client, build.job, build.number, lambda text: without_line(text, RERUN))
        raise
    item = _QUEUE_ITEM.search(place)
    said = f"started again after an antivirus lock, queue item {item[1]}" if item else "started again"
    describe_build(client, build.job, build.number, lambda text: with_line(text, RERUN, said))
    return said


def _blocked_by(build: Build, builds: Sequence[Build], started_by_us: frozenset[int]) -> str | None:
    marked = line_about(build.description, RERUN)
    if marked is not None:
        return f"marked: {marked}"
    if build.queue in started_by_us:
        return "it is itself a rerun: the lock persists, so somebody should look into it"
    unknown = [parameter.name for parameter in build.parameters if parameter.value is None]
    if unknown:
        return f"the controller does not tell the value of the parameter `{unknown[0]}`"
    for other in builds:
        if other.job != build.job or other.number <= build.number:
            continue
        if any(_repeats(cause.kind) and cause.number == build.number for cause in other.causes):
            return f"run again as #{other.number}"
        if _is_alike(other, build) and (other.building or other.result == "SUCCESS"):
            state = "is running" if other.building else "passed"
            return f"#{other.number} with the same parameters {state}"
    return None


def _repeats(kind: str) -> bool:
    return kind.endswith(_REPEATS)


def _is_alike(one: Build, other: Build) -> bool:
    return one.job == other.job and set(one.parameters) == set(other.parameters)


def _queue_items(builds: Sequence[Build]) -> frozenset[int]:
    """The places in the queue of the builds that ci-guard has started."""
    lines = (line_about(build.description, RERUN) for build in builds)
    found = (_QUEUED.search(line) for line in lines if line is not None)
    return frozenset(int(item[1]) for item in found if item)
