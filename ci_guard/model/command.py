"""Which commands a command line runs: the one answer for diagnosis, recovery, policy and explanation."""

from collections.abc import Mapping

from ci_guard.dataclass import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One program that a command line starts, and where and with what it is started.

    Texts are as written: they may hold variables of a shell (`$HOME`, `%TEMP%`, `~`), and paths may be of
    either system and relative to `directory`, which is relative to where the whole command line starts.
    """

    program: str  # bare lower-case name without folder, suffix and version: `C:\\Py\\pip3.11.exe` is `pip`
    argv: tuple[str, ...]  # from the program on, without wrappers; a module's name stands for the program
    interpreter: tuple[str, ...] | None = None  # what starts the module: `py -3.11 -m pip` has `py`, `-3.11`
    runner: str | None = None  # the tool in whose environment it runs: `uv run pytest` has `uv`
    directory: str | None = None  # where it is started, after `cd X &&` or `env -C X`; None: as started
    activated: str | None = None  # folder of the virtual environment that was activated before
    # assignments before it (`X=1 uv`, `env X=1 uv`, `export X=1; uv`); None: removed (`env -u X`)
    environment: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandLine:
    """All that a command line is seen to start, in its order.

    A tool that runs another one stands before it: `uv run pytest` starts `uv` and `pytest`.
    """

    commands: tuple[Command, ...] = ()
    complete: bool = True  # False: it may start programs that the line does not tell (a script, `make`)
    single: bool = (
        True  # False: a shell's script of several commands, whatever they are (`pip install x || true`)
    )

    @property
    def programs(self) -> frozenset[str]:
        """The names of the programs."""
        return frozenset(command.program for command in self.commands)
