"""Agents: which there are, taking one out, and bringing back what ci-guard took out.

To take one out `changeOfflineCause` is used, which does not toggle (jenkinsci/jenkins, Computer.java:1417);
python-jenkins' enable_node and disable_node do, and can turn a state around that has changed meanwhile.
"""

import re
from collections.abc import Mapping
from typing import Any

from ci_guard.errors import ControllerError, Unanswered
from ci_guard.expression import expression
from ci_guard.jenkins.api.client import Client
from ci_guard.jenkins.api.names import agent_path
from ci_guard.model.build import BUILT_IN_NODE, Agent

MARK = "ci-guard quarantine:"
_AGENT = "displayName,offline,temporarilyOffline,offlineCauseReason,assignedLabels[name]"
# the controller puts `Disconnected by USER : ` before the words of a user
_OURS = expression(rf"(?:^|: ){re.escape(MARK)}")
_CONTROLLER = ("hudson.model.Hudson$MasterComputer", "MasterComputer")


def list_agents(client: Client) -> tuple[Agent, ...]:
    """All agents with the controller's own node, which is named `built-in`. Raises `ControllerError`."""
    return client.json("computer", _agents, tree=f"computer[_class,{_AGENT}]")


def find_agent(client: Client, name: str) -> Agent:
    """An agent as it is now. Raises `ControllerError`."""
    return client.json(agent_path(name), _agent, tree=f"_class,{_AGENT}")


def is_quarantined(agent: Agent) -> bool:
    """Whether ci-guard took it out, and nobody has given another reason since."""
    return agent.temporarily_offline and bool(_OURS.search(agent.reason))


def take_out(client: Client, name: str, evidence: str) -> None:
    """Take an agent out, with the reason; what runs there ends undisturbed. Raises `ControllerError`."""
    reason = f"{MARK} {evidence}"
    client.post(f"{agent_path(name)}/changeOfflineCause", {"offlineMessage": reason}, repeatable=True)
    if not is_quarantined(find_agent(client, name)):
        raise ControllerError(
            f"the agent `{name}` is not offline although the controller was asked to take it out",
            hint="the permission `Agent/Disconnect` is needed",
        )


def bring_back(client: Client, name: str) -> bool:
    """Bring an agent back that ci-guard took out; whether that was so. Raises `ControllerError`.

    The controller only knows a toggle for this, so the state is looked at right before, and again where it is
    not known what became of the request.
    """
    if not is_quarantined(find_agent(client, name)):
        return False
    try:
        client.post(f"{agent_path(name)}/toggleOffline", {"offlineMessage": ""}, repeatable=False)
    except Unanswered:
        if is_quarantined(find_agent(client, name)):
            raise
    return True


def _agents(answer: Mapping[str, Any]) -> tuple[Agent, ...]:
    return tuple(_agent(computer) for computer in answer["computer"])


def _agent(answer: Mapping[str, Any]) -> Agent:
    controller = str(answer.get("_class", "")).endswith(_CONTROLLER)
    name = str(answer["displayName"])
    labels = (str(label["name"]) for label in answer.get("assignedLabels") or ())
    return Agent(
        name=BUILT_IN_NODE if controller else name,
        offline=bool(answer["offline"]),
        temporarily_offline=bool(answer["temporarilyOffline"]),
        reason=str(answer.get("offlineCauseReason") or ""),
        labels=tuple(label for label in labels if label != name),
    )
