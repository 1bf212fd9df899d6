"""What healed the command's tools on this agent before, for its first attempt (`remember: true`)."""

import time
from collections.abc import Mapping, Sequence

from ci_guard.agent.folder import VARIABLE, state_folder
from ci_guard.agent.memory import Memory
from ci_guard.command_line.parse import parse
from ci_guard.command_line.programs import program_name
from ci_guard.command_line.tools import named_tools
from ci_guard.dataclass import dataclass, field
from ci_guard.knowledge.load import load_knowledge
from ci_guard.model.category import RunOutcome
from ci_guard.model.history import AppliedTweak, Attempt
from ci_guard.model.knowledge import Knowledge
from ci_guard.model.memory import Healed
from ci_guard.recover.scratch import Scratch
from ci_guard.recover.tweaks import allowed, apply, made_worse
from ci_guard.run.context import RunContext
from ci_guard.run.diagnosing import current_system


@dataclass(slots=True, kw_only=True)
class HeadStart:
    """What the first attempt has; the memory that it comes from, and that the run's end goes to."""

    memory: Memory
    tools: tuple[str, ...]  # of the command, the surest first
    scratch: Scratch
    changes: Mapping[str, str] = field(default_factory=dict)
    tweaks: tuple[AppliedTweak, ...] = ()
    locked: bool = False  # these tools have met locks here: patience from the first attempt on

    def learn(self, outcome: RunOutcome, attempts: Sequence[Attempt]) -> str | None:
        """Keep what got the run through, drop what made it worse; a sentence if the memory is in trouble."""
        if made_worse(attempts[:1]):
            self.memory.drop(self.tools)
        if outcome is RunOutcome.FLAKY:
            self.memory.keep(_healed(self.tools, attempts))
        return self.memory.trouble

    def close(self) -> tuple[str, ...]:
        """Remove what was made for the first attempt; the folders that could not be removed."""
        self.scratch.__exit__()
        return self.scratch.left


def begin(context: RunContext) -> HeadStart | None:
    """The head start of a run; None where nothing can be remembered. Says why, never fails for that."""
    folder = state_folder(context.environ)
    if folder is None:
        context.console.warn(f"nothing is remembered: there is no folder for it; set {VARIABLE}")
        return None
    knowledge = load_knowledge(context.policy.signatures)
    start = HeadStart(
        memory=Memory(folder),
        tools=_tools(knowledge, context.invocation.command),
        scratch=Scratch(context.directory),
    )
    remembered = start.memory.of(start.tools)
    if start.memory.trouble is not None:
        context.console.warn(start.memory.trouble)
    start.locked = bool(remembered)
    wanted = {rung for each in remembered for rung in each.rungs}
    ladder = [tweak for tool in knowledge.tools for tweak in tool.tweaks if tweak.id in wanted]
    try:
        start.changes, start.tweaks = apply(
            allowed(ladder, context.policy.tweaks, current_system()),
            context.user_environment(),
            context.policy.tweaks,
            lambda: start.scratch.folder(None),
        )
    except OSError as error:
        context.console.warn(f"begins without what healed before: {error}")
    return start


def _tools(knowledge: Knowledge, argv: Sequence[str]) -> tuple[str, ...]:
    """The tools that the line names, and the name of its program, under which any command is remembered."""
    named = (tool.name for tool in named_tools(knowledge, parse(argv, knowledge.wrappers)))
    return tuple(dict.fromkeys((*named, program_name(argv[0]))))


def _healed(tools: Sequence[str], attempts: Sequence[Attempt]) -> Healed:
    matches = (made.diagnosis.match for made in reversed(attempts) if made.diagnosis is not None)
    owners = [match.signature.partition(".")[0] for match in matches if match is not None]
    last = attempts[-1]
    return Healed(
        tool=next((owner for owner in owners if owner in tools), tools[0]),
        rungs=tuple(each.tweak for each in last.tweaks if each.set),
        patience=max((hold.seconds for made in attempts for hold in made.holds), default=0.0),
        last=time.time(),
    )
