"""From a build's log and test report to its incidents: one for each step that failed, recovered or not."""

from collections.abc import Sequence

from ci_guard.dataclass import replace
from ci_guard.jenkins.api.builds import ReportedTest
from ci_guard.jenkins.api.console import Console
from ci_guard.model.build import Build, Incident, ScannedBuild
from ci_guard.model.category import Category
from ci_guard.model.explanation import LogExplanation, StepExplanation
from ci_guard.reports.junit_names import MARKER_CLASS, OWN_CLASSES, STEP_CLASS, step_of

UNKNOWN_AGENT = "unknown"
_SKIPPED = "SKIPPED"
_PASSED = "SUCCESS"


def incidents_of(
    build: Build, log: LogExplanation, console: Console, tests: Sequence[ReportedTest]
) -> ScannedBuild:
    """The build with all that its log and its tests tell."""
    agents = tuple(dict.fromkeys(agent for _, agent in console.agents)) or (build.agent or UNKNOWN_AGENT,)
    groups = _attempts_together(log.steps)
    starts = [group[0].line for group in groups]
    incidents = [
        _incident(build, group, console, agents[0], _between(console.took, starts, at))
        for at, group in enumerate(groups)
    ]
    incidents += _untold(_reported(tests, agents[0]), incidents)
    own = sum(test.failed and test.suite.startswith(OWN_CLASSES) for test in tests)
    scanned = ScannedBuild(
        build=build,
        agents=agents,
        incidents=tuple(incidents),
        failed_tests=max(0, build.failed_tests - own),
    )
    return _with_the_whole_lost(scanned)


def _attempts_together(steps: Sequence[StepExplanation]) -> list[list[StepExplanation]]:
    """The attempts of one guarded command are one group; every other step is one of its own."""
    groups: list[list[StepExplanation]] = []
    for step in steps:
        before = groups[-1][-1] if groups else None
        goes_on = (
            before is not None
            and before.attempt is not None
            and step.attempt is not None
            and step.attempt > before.attempt
        )
        if goes_on:
            groups[-1].append(step)
        else:
            groups.append([step])
    return groups


def _incident(
    build: Build, group: Sequence[StepExplanation], console: Console, agent: str, lost: float
) -> Incident:
    # the attempt that counts is the last that was understood: others may only show what followed from it
    told = next((one for one in reversed(group) if one.diagnosis.category is not Category.UNKNOWN), group[-1])
    found = told.diagnosis
    match = found.match
    return Incident(
        category=found.category,
        ambiguous=found.ambiguous,
        agent=console.agent_at(match.line if match is not None else told.line) or agent,
        command=told.command,
        tool=told.tool,
        match=replace(match, excerpt=match.excerpt.strip()) if match is not None else None,
        line=match.line if match is not None else told.line,
        attempts=len(group),
        # what failed in a build that passed was tried again by the pipeline itself, or did not matter
        recovered=told.recovered is not None or build.result == _PASSED,
        lost=lost,
    )


def _between(took: Sequence[tuple[int, float]], starts: Sequence[int], at: int) -> float:
    """Seconds that ci-guard's lines tell between the start of one group of attempts and that of the next."""
    end = starts[at + 1] if at + 1 < len(starts) else None
    return sum((s for line, s in took if line >= starts[at] and (end is None or line < end)), 0.0)


def _reported(tests: Sequence[ReportedTest], agent: str) -> list[Incident]:
    """The locks that ci-guard's own JUnit report tells of, on whatever machine the log was cut."""
    ended = {test.name: test.failed for test in tests if test.suite == STEP_CLASS}
    return [
        Incident(
            category=Category.ANTIVIRUS_LOCK,
            agent=agent,
            command=step_of(test.name),
            message=test.message,
            recovered=not ended.get(step_of(test.name), False),
        )
        for test in tests
        if test.suite == MARKER_CLASS and test.status == _SKIPPED
    ]


def _untold(reported: Sequence[Incident], incidents: Sequence[Incident]) -> list[Incident]:
    """The reported locks that the log does not show: not by name, and more than it has locks.

    A step's name is its command only where none was given, so the number counts too.
    """
    locks = [found for found in incidents if found.category is Category.ANTIVIRUS_LOCK]
    unnamed = [
        one for one in reported if not any((one.command or "") in (lock.command or "") for lock in locks)
    ]
    return unnamed[: max(0, len(reported) - len(locks))]


def _with_the_whole_lost(scanned: ScannedBuild) -> ScannedBuild:
    """Of a build that only locks made fail, all its time is lost: the first of them bears it."""
    if not scanned.failed_by_locks_only:
        return scanned
    first = next(found for found in scanned.incidents if not found.recovered)
    incidents = tuple(
        replace(found, lost=scanned.build.duration if found is first else 0.0) for found in scanned.incidents
    )
    return replace(scanned, incidents=incidents)
