"""Runs one command from its start to its last byte: streams, timeout, signals, the stop ladder -> Outcome.

Knows neither why a command failed nor whether there will be another attempt. The main thread only waits; one
thread per stream carries bytes, and one waits for the command's end.
"""

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence

from ci_guard.errors import BROKEN_FILE, GuardError, NotStarted, UsageError, cannot_use
from ci_guard.model.process import Capture, Launch, Outcome, Stop
from ci_guard.process._interface import Child
from ci_guard.process._system import system
from ci_guard.process.inputs import Feed, Input
from ci_guard.process.interruptions import Interruptions
from ci_guard.process.locate import locate
from ci_guard.process.mark import marked
from ci_guard.process.pump import Pump
from ci_guard.process.sieve import Sieve
from ci_guard.process.stillness import Companion, Stillness
from ci_guard.process.streams import STDERR, Stream, open_streams

FINAL = (signal.SIGTERM,)  # what was passed on is not sent once more: many programs give up at the second

# seconds
DRAIN_GRACE = 0.2  # for output that follows the command's own end, while a daemon keeps the pipe open
STOPPED_GRACE = 0.3  # the same after a stop, when everything that could write has been killed
DRAIN_QUIET = 0.05  # after the grace, a stream that says nothing for so long is left
TREE_LOOK = 0.02  # between two looks at processes that are not our children, whose end is told by no event
KILL_LIMIT = 3.0  # for killing again what was born while we killed


def supervise(
    launch: Launch,
    interruptions: Interruptions,
    given: Sequence[Input] = (),
    companion: Companion | None = None,
    sieve: Sieve | None = None,
    late: Callable[[], Sieve] | None = None,
) -> Outcome:
    """Run the command and return what came of it; to be called in the main thread.

    `given`: what another attempt may have to read again; else the command inherits it.
    `companion`: what watches over the command while it runs, and may hold it still.
    `sieve`: what keeps a part of stderr, or of both streams where they are one, from being shown.
    `late`: makes what a stream goes through that outlives the command.

    Raises CommandNotFound, CommandNotExecutable or NotStarted when nothing ran; the OSError is their cause.
    """
    if not launch.argv:
        raise UsageError("there is no command to run", hint="give it after `--`")
    path = locate(launch.argv[0], launch.environment)
    started, clock = time.time(), time.monotonic()
    with _fed(given) as feeds:
        interruptions.take_passed_on()  # what came before was meant for an earlier attempt, or for none
        child, streams = _start(path, launch, feeds)
        run = _Run(launch, interruptions, child, streams, sieve)
        try:
            for feed in feeds:
                feed.start()
            if companion is not None:
                companion.begin(run.stillness)
            stopped = run.drain(run.watch())
            if stopped is None:
                run.hand_on(late)
        except BROKEN_FILE as error:
            run.kill()  # it has run: nobody may take this for a command that never started, and start it
            raise GuardError(f"the command had to be ended, since {cannot_use(error)}") from error
        except BaseException:
            run.kill()
            raise
        finally:
            run.stillness.end()
            if companion is not None:
                companion.end()
            exit_ = child.close()
            run.close()
    return Outcome(
        exit=exit_,
        started=started,
        duration=time.monotonic() - clock,
        captures=run.captures(),
        stopped=stopped,
        remarks=child.remarks,
        input_kept=all(each.kept for each in given),
    )


def _start(path: str, launch: Launch, feeds: Sequence[Feed]) -> tuple[Child, tuple[Stream, ...]]:
    """Start the command; with the streams that it writes to."""
    environment, mark = marked(launch.environment)
    with open_streams(launch.argv) as streams:
        try:
            child = system.start(
                path,
                launch.argv,
                environment,
                inputs={feed.descriptor: feed.theirs for feed in feeds},
                outputs={each: stream.channel for stream in streams for each in stream.descriptors},
                mark=mark,
            )
        except OSError as error:
            from ci_guard.process import start_errors

            raise start_errors.explain(path, error) from error
        except ValueError as error:  # a NUL byte in an argument, an equals sign in a variable's name
            raise NotStarted(f"`{path}` could not be started: {error}") from error
    return child, streams


@contextlib.contextmanager
def _fed(given: Sequence[Input]) -> Iterator[Sequence[Feed]]:
    with contextlib.ExitStack() as opened:
        feeds = [feed for each in given if (feed := each.open()) is not None]
        for feed in feeds:
            opened.callback(feed.close)
        yield feeds


class _Run:
    """The command while it runs."""

    def __init__(
        self,
        launch: Launch,
        interruptions: Interruptions,
        child: Child,
        streams: tuple[Stream, ...],
        sieve: Sieve | None,
    ) -> None:
        self._launch = launch
        self._interruptions = interruptions
        self._child = child
        self._gate = system.make_gate()
        self.stillness = Stillness(child)
        self._pumps = [
            Pump(
                stream.name,
                source=stream.channel.ours,
                target=stream.target,
                limits=launch.capture,
                finished=interruptions.wake,
                gate=self._gate,
                sieve=sieve if STDERR in stream.descriptors else None,
            )
            for stream in streams
        ]
        self._ended = threading.Event()  # the command itself; its descendants may live on
        self._waiter = threading.Thread(target=self._wait, name="wait for the command", daemon=True)
        self._began = time.monotonic()

    def watch(self) -> Stop | None:
        """Carry its output until the command has ended, stopping it if it must be."""
        self._waiter.start()
        for pump in self._pumps:
            pump.start()
        while True:
            self._pass_on()
            if (number := self._interruptions.received) is not None:
                return Stop(signal=number, rungs=self._stop(number))
            if self._ended.is_set():
                self.stillness.end()  # what it left behind goes on
                return None
            left = None
            if self._launch.timeout is not None:
                left = self._began + self._launch.timeout - time.monotonic()
                if left <= 0:
                    return Stop(timeout=self._launch.timeout, rungs=self._stop(None))
            self._interruptions.wait(left)

    def _pass_on(self) -> None:
        for number in self._interruptions.take_passed_on():
            self._child.pass_on(number)
            if number in system.suspending:
                system.suspend()

    def drain(self, stopped: Stop | None) -> Stop | None:
        """Carry what is still under way, but do not wait for a daemon that keeps the stream open.

        What the command wrote is carried to the end, however slow our own reader is; a signal ends that wait.
        """
        enough: list[int] = []
        over = time.monotonic() + (DRAIN_GRACE if stopped is None else STOPPED_GRACE)
        while not all(pump.done for pump in self._pumps):
            number = self._interruptions.received
            if stopped is None and number is not None:
                return Stop(signal=number)
            if stopped is None and self._is_late():
                return Stop(timeout=self._launch.timeout)
            left = over - time.monotonic()
            if left <= 0:
                enough = enough or [pump.due() for pump in self._pumps]
                if stopped is not None or self._is_drained(enough):
                    return stopped
            self._interruptions.wait(left if left > 0 else DRAIN_QUIET)
        return stopped

    def _is_late(self) -> bool:
        return self._launch.timeout is not None and time.monotonic() - self._began >= self._launch.timeout

    def hand_on(self, late: Callable[[], Sieve] | None) -> None:
        """Let what outlives the command go on writing to where we wrote."""
        if all(pump.done for pump in self._pumps) or not self._gate.shut():
            return
        while not all(pump.done for pump in self._pumps) and self._interruptions.received is None:
            self._interruptions.wait(None)
        if streams := [pump.handed_on for pump in self._pumps if pump.handed_on is not None]:
            system.carry_on(streams, late)

    def close(self) -> None:
        """Give back what no thread uses any more."""
        if all(pump.done for pump in self._pumps):
            self._gate.close()

    def kill(self) -> None:
        """End the whole tree for certain, also what is born meanwhile."""
        self.stillness.end()
        until = time.monotonic() + KILL_LIMIT
        self._child.kill()
        while not self._is_gone_within(TREE_LOOK) and time.monotonic() < until:
            self._child.kill()
        while self._waiter.is_alive() and not self._ended.is_set():
            self._interruptions.wait(None)

    def captures(self) -> tuple[Capture, ...]:
        """Return the bounded copies of its streams."""
        return tuple(pump.capture() for pump in self._pumps)

    def _stop(self, number: int | None) -> tuple[str, ...]:
        """Go down the ladder until the tree is gone; return the rungs that were needed."""
        self.stillness.end()  # who is held still hears nothing
        ladder = self._launch.stop
        rungs = []
        seen = self._interruptions.count
        if self._child.ask(number):
            rungs.append("ask")
            if self._is_gone_within(ladder.ask if number is None else ladder.grace, seen):
                return ("ask",)
        if number is not None and seen < self._interruptions.count:
            # asked again, as by a second Ctrl+C: some programs end at once then, and save what they can
            seen = self._interruptions.count
            self._child.ask(self._interruptions.latest)
            if self._is_gone_within(ladder.grace, seen):
                return ("ask",)
        elif number not in FINAL:
            rungs.append("end")
            self._child.end()
            if self._is_gone_within(ladder.grace, seen):
                return tuple(rungs)
        self.kill()
        return (*rungs, "kill")

    def _is_gone_within(self, seconds: float, asked: int | None = None) -> bool:
        """Wait for the end of the whole tree; no longer once we were asked more often than `asked`."""
        until = time.monotonic() + seconds
        while not self._ended.is_set() or self._child.remains():
            left = until - time.monotonic()
            if left <= 0 or (asked is not None and self._interruptions.count > asked):
                return False
            self._interruptions.wait(min(left, TREE_LOOK) if self._ended.is_set() else left)
        return True

    def _is_drained(self, enough: list[int]) -> bool:
        return all(
            pump.done or pump.quiet_for() >= DRAIN_QUIET or pump.carried >= limit
            for pump, limit in zip(self._pumps, enough, strict=True)
        )

    def _wait(self) -> None:
        self._child.wait()
        self._ended.set()
        self._interruptions.wake()
