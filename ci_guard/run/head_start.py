"""What healed the command's tools on this agent before, for its first attempt (`remember: true`)."""

from collections.abc import Sequence

from ci_guard.agent.folder import VARIABLE, state_folder
from ci_guard.agent.memory import Memory
from ci_guard.command_line.parse import parse
from ci_guard.command_line.programs import program_name
from ci_guard.command_line.tools import named_tools
from ci_guard.knowledge.load import load_knowledge
from ci_guard.model.knowledge import Knowledge
from ci_guard.recover.scratch import Scratch
from ci_guard.recover.tweaks import allowed, apply
from ci_guard.run.context import RunContext
from ci_guard.run.diagnosing import current_system
from ci_guard.run.remembered import HeadStart


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
        context.console.warn(f"ci-guard begins without what helped before: {error}")
    return start


def _tools(knowledge: Knowledge, argv: Sequence[str]) -> tuple[str, ...]:
    """The tools that the line names, and the name of its program, under which any command is remembered."""
    named = (tool.name for tool in named_tools(knowledge, parse(argv, knowledge.wrappers)))
    return tuple(dict.fromkeys((*named, program_name(argv[0]))))
