"""What an operating system must offer to run a command: the shape that `_posix` and `_windows` both have.

Nothing is implemented here, and nothing outside this island sees these names.
"""

from collections.abc import Callable, Mapping, Sequence

from ci_guard.annotation import Protocol
from ci_guard.dataclass import dataclass
from ci_guard.model.process import Exit
from ci_guard.process.sieve import Sieve


@dataclass(frozen=True, slots=True)
class Channel:
    """A way for bytes from the command to us."""

    ours: int  # the end that we read
    theirs: int  # the end that the command writes; closed by us once the command has started
    terminal: int | None = (
        None  # our descriptor of the real terminal, if the channel is a pseudo-terminal like it
    )


class Wakeup(Protocol):
    """Lets the main thread sleep until another thread or a signal handler wakes it."""

    def wait(self, seconds: float | None) -> None:
        """Return when woken, or after so many seconds; may return early, so look again."""

    def wake(self) -> None:
        """End the wait, or the next one; safe in a signal handler and in any thread."""

    def close(self) -> None:
        """Give the system's means back."""


class Gate(Protocol):
    """Lets a thread wait for a stream's next bytes, until it is shut."""

    def read(self, source: int, size: int) -> bytes | None:
        """The next bytes; b"" at the end, None once it is shut: what comes then stays in the stream."""

    def shut(self) -> bool:
        """Send every waiting thread away; False where one does not go. Safe in another thread."""

    def close(self) -> None:
        """Give the system's means back."""


class Child(Protocol):
    """A started command and every process that came from it."""

    @property
    def remarks(self) -> tuple[str, ...]:
        """What ci-guard could not do for it as usual, a sentence each."""

    def wait(self) -> None:
        """Block until the command itself has ended; called once, in a thread of its own."""

    def ask(self, received: int | None) -> bool:
        """Pass a received signal on to the tree; without one, interrupt it as Ctrl+C would.

        Returns False where there is no way to ask, so that no time is lost by waiting for an answer.
        """

    def pass_on(self, number: int) -> None:
        """Give the command a signal that we got and that ends nothing; TSTP and CONT to its tree."""

    def end(self) -> None:
        """Terminate the tree; programs may still tidy up where the system lets them."""

    def kill(self) -> None:
        """End the tree with no way to refuse."""

    def remains(self) -> bool:
        """Whether any process of the tree is still there."""

    def pids(self) -> frozenset[int]:
        """The processes of the tree."""

    def hold(self) -> bool:
        """Ask the tree to stand still; False where the system has no means that ends with us."""

    def settle(self) -> None:
        """Return when the tree, which was asked to, stands still; at once where nothing depends on it."""

    def go_on(self) -> None:
        """Let the tree go on, if it is held still."""

    def close(self) -> Exit:
        """How the command ended (it has: `wait` returned); what is left of the tree is left alone."""


class InputSource(Protocol):
    """A pipe or socket of ours, looked into without taking, and one from which the command reads a copy."""

    @property
    def theirs(self) -> int:
        """The command's end."""

    def write(self, data: bytes) -> bool:
        """Give the command what was read before; False if stopped while it did not read on."""

    def offer(self) -> bytes | None:
        """Wait for bytes and write a copy of them to the command's pipe, which is empty.

        Returns b"" at the end of the input, None if stopped before anything came.
        """

    def wait_until_taken(self) -> int:
        """Wait until the command has read what was offered, or until stopped; how many bytes it has not."""

    def take(self, size: int) -> None:
        """Take from our input so many bytes, which the command has read."""

    def end(self) -> None:
        """Tell the command that there is no more."""

    def stop(self) -> None:
        """End every wait; safe in another thread."""

    def close(self) -> None:
        """Give the pipe back."""


class ProcessBackend(Protocol):
    """One operating system."""

    @property
    def signals(self) -> tuple[int, ...]:
        """The signals that end a run."""

    @property
    def passed_on(self) -> tuple[int, ...]:
        """The signals that are meant for the command."""

    @property
    def suspending(self) -> tuple[int, ...]:
        """Those of them that stop a process until it is continued."""

    def suspend(self) -> None:
        """Stop ourselves, as the signal that suspends does by default."""

    def make_wakeup(self) -> Wakeup:
        """Return a new wakeup, for the main thread."""

    def make_gate(self) -> Gate:
        """Return a new gate."""

    def unread(self, descriptor: int) -> int:
        """How many bytes are in a pipe or terminal that nobody has read yet; 0 where it does not say."""

    def carry_on(self, streams: Sequence[tuple[int, int]], sieve: Callable[[], Sieve] | None) -> None:
        """Let a process of its own copy from each source to its target; the sources are closed here.

        `sieve`, a function of a module, makes what each stream goes through.
        """

    def same_place(self, first: int, second: int) -> bool:
        """Whether two open descriptors lead to the same file, pipe or terminal."""

    def was_closed(self, descriptor: int) -> bool:
        """Whether one of our standard streams was closed when we were started."""

    def needs_terminal(self, argv: Sequence[str]) -> bool:
        """Whether the command must have our terminal itself, as a shell that a person talks to."""

    def open_channel(self, target: int) -> Channel:
        """Return a new channel for what shall reach our descriptor `target`."""

    def open_source(self, descriptor: int) -> InputSource:
        """Return the way of a pipe's or socket's bytes to one attempt."""

    def search_path(self, environment: Mapping[str, str]) -> tuple[str, ...]:
        """Return the directories that are searched for a bare name."""

    def candidates(self, program: str, environment: Mapping[str, str]) -> tuple[str, ...]:
        """Return every path that may be meant, in the order of the system's own search."""

    def is_program(self, path: str) -> bool:
        """Whether the system can start this file, as far as its kind and rights tell."""

    def remedy(self, path: str) -> str:
        """What to do about a file that is there and is no program."""

    def start(
        self,
        path: str,
        argv: tuple[str, ...],
        environment: Mapping[str, str],
        *,
        inputs: Mapping[int, int],
        outputs: Mapping[int, Channel],
        mark: str,
    ) -> Child:
        """Start the program; `mark` is `NAME=value`.

        `inputs` says which descriptor of ours is which of its own, if not the same; `outputs` where its
        descriptors 1 and 2 lead (else where ours do, and nowhere if we were started with them closed).

        `environment` already holds the mark. Raises OSError as the system gave it.
        """
