"""Which agents suffer so much from locks that they should not build, and which must go on nevertheless."""

from collections import Counter
from collections.abc import Sequence

from ci_guard.dataclass import dataclass
from ci_guard.jenkins.links import build_name
from ci_guard.model.build import BUILT_IN_NODE, Agent, Build, Fleet, LockStats, ScannedBuild
from ci_guard.model.counting import counted

SHARE_OUT = 3  # one in so many agents of a label may be offline


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantine:
    """An agent over the threshold."""

    agent: str
    evidence: str
    blocked_by: str | None = None  # why it stays; None: it is taken out
    last: Build | None = None  # the build that the evidence ends with

    def told(self, *, links: bool) -> str:
        """The evidence, which leads to its build where the terminal shows links."""
        if self.last is None:
            return self.evidence
        return self.evidence.removesuffix(self.last.name) + build_name(self.last, links=links)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """From where on an agent is taken out."""

    rate: float  # incidents per 100 builds
    builds: int  # that it must have run, so that one bad day is not a rate
    most: int = 1  # agents that are taken out at a time


def select_agents(
    fleet: Fleet, scanned: Sequence[ScannedBuild], agents: Sequence[Agent], limits: Limits
) -> list[Quarantine]:
    """The agents over the limits, the worst first, with what speaks against taking each out."""
    known = {agent.name: agent for agent in agents}
    out: set[str] = set()
    chosen: list[Quarantine] = []
    for suffering in fleet.by["agent"]:
        if suffering.rate < limits.rate or suffering.builds < limits.builds:
            continue
        blocked_by = _blocked_by(known.get(suffering.name), agents, out)
        if blocked_by is None and len(out) >= limits.most:
            blocked_by = f"no more than {limits.most} at a time (--max)"
        if blocked_by is None:
            out.add(suffering.name)
        evidence, last = _evidence(suffering, scanned, limits)
        chosen.append(Quarantine(agent=suffering.name, evidence=evidence, blocked_by=blocked_by, last=last))
    return chosen


def _blocked_by(agent: Agent | None, agents: Sequence[Agent], out: set[str]) -> str | None:
    if agent is None:
        return "the controller no longer has an agent of this name"
    if agent.name == BUILT_IN_NODE:
        return "it is the controller's built-in node"
    if agent.offline or agent.temporarily_offline:
        return f"it is offline already{f': {agent.reason}' if agent.reason else ''}"
    online = [other for other in agents if not other.offline and not other.temporarily_offline]
    left = [other for other in online if other.name not in out and other.name != agent.name]
    for label in agent.labels:
        if not any(label in other.labels for other in left):
            return f"it is the last agent with the label `{label}` that is online"
    if not any(other.name != BUILT_IN_NODE for other in left):
        return "it is the last agent that is online"
    for label in agent.labels:
        bearers = [other for other in agents if label in other.labels]
        gone = len(bearers) - sum(label in other.labels for other in left)
        if gone * SHARE_OUT > len(bearers):
            return f"more than a third of the {len(bearers)} agents with the label `{label}` would be offline"
    return None


def _evidence(suffering: LockStats, scanned: Sequence[ScannedBuild], limits: Limits) -> tuple[str, Build]:
    met = [(one.build, lock) for one in scanned for lock in one.locks if lock.agent == suffering.name]
    newest, _ = max(met, key=lambda pair: pair[0].started)
    paths = Counter(lock.path for _, lock in met if lock.path)
    path = f", mostly {paths.most_common(1)[0][0]}" if paths else ""
    said = (
        f"{counted(suffering.incidents, 'antivirus lock')} in {counted(suffering.builds, 'build')}, "
        f"{suffering.rate:.1f} per 100 (limit {limits.rate:g}){path}; the last in {newest.name}"
    )
    return said, newest
