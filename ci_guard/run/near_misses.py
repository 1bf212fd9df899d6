"""Lets tools tell of the locks that they survive (`near_misses: true`), and hears of them."""

from collections.abc import Mapping, Sequence

from ci_guard.command_line.parse import parse
from ci_guard.command_line.tools import named_tools
from ci_guard.dataclass import dataclass
from ci_guard.diagnose.near_misses import Listener
from ci_guard.knowledge.load import load_knowledge
from ci_guard.model.knowledge import Telling


@dataclass(frozen=True, slots=True, kw_only=True)
class Telltales:
    """What the tools of one command line tell, and what makes them."""

    tellings: tuple[Telling, ...]
    environment: Mapping[str, str]  # without what the user has set
    chatter: tuple[str, ...]  # how lines begin that are there only because of it

    def listener(self) -> Listener:
        """For one attempt."""
        return Listener(self.tellings, self.chatter)


def telltales(argv: Sequence[str], user: Mapping[str, str]) -> Telltales:
    """For a command. `user`: the environment as the user has it; what is set there stays, and is shown."""
    knowledge = load_knowledge()
    tools = named_tools(knowledge, parse(argv, knowledge.wrappers))
    tellings = tuple(telling for tool in tools for telling in tool.near_misses)
    made = [telling for telling in tellings if not set(telling.environment) & set(user)]
    return Telltales(
        tellings=tellings,
        environment={name: value for telling in made for name, value in telling.environment.items()},
        chatter=tuple(dict.fromkeys(start for telling in made for start in telling.chatter)),
    )
