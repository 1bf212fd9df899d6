"""Watches files beside a running command and holds it still while somebody holds one of them.

Knows neither tools nor attempts; whoever starts it says what to watch.
"""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Protocol

from ci_guard.dataclass import dataclass
from ci_guard.machine.others import held_by_these_alone, holders_of
from ci_guard.machine.probe import is_kept
from ci_guard.model.history import Hold
from ci_guard.model.patience import Limits
from ci_guard.patience.decide import Move, Observation, Past, decide_hold
from ci_guard.patience.places import Places

POLL = 0.03  # seconds between two looks while the command runs
LONG = 5.0  # seconds of standing still after which somebody who watches the log is told
POLL_STILL = 0.02  # the same while it is held still


class Stillness(Protocol):
    """The command's tree."""

    def hold(self) -> bool:
        """Hold it still; False if that cannot be."""
        ...

    def go_on(self) -> None:
        """Let it go on."""
        ...

    def pids(self) -> frozenset[int]:
        """Its processes."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What to watch, and how patient to be."""

    limits: Limits
    survives: float  # seconds: a lock that ends sooner the tool survives by itself
    named: tuple[str, ...]  # the files that an earlier attempt failed on
    places: Places

    def files(self) -> Iterator[str]:
        """The files to watch, as they are now."""
        yield from self.named
        yield from self.places.files(self.limits.after)


@dataclass(slots=True)
class _File:
    """One file that was seen held."""

    moving_since: float  # monotonic: held, while the command moved
    still: float = 0.0  # seconds that the command stood still for it
    given_up: bool = False
    began: float | None = None  # seconds since the epoch: the first hold
    holders: tuple[str, ...] = ()
    told: bool = False


class Patience:
    """One attempt's patience, until `over` is set."""

    def __init__(
        self,
        watch: Watch,
        over: threading.Event,
        tell: Callable[[str, tuple[str, ...]], None] = lambda path, holders: None,  # noqa: ARG005
    ) -> None:
        """`tell`: called once for each file for which the command stands still long, with its holders."""
        self._watch = watch
        self._tell = tell
        self._over = over
        self._files: dict[str, _File] = {}

    @property
    def holds(self) -> tuple[Hold, ...]:
        """What the command was held still for, in the order of its beginning."""
        known = [(file.began, path, file) for path, file in list(self._files.items()) if file.began]
        return tuple(
            Hold(file=path, seconds=file.still, started=began, holders=file.holders)
            for began, path, file in sorted(known, key=lambda each: each[:2])
        )

    @property
    def mattered(self) -> bool:
        """Whether a file was held for longer than the tool survives by itself."""
        return any(hold.seconds >= self._watch.survives for hold in self.holds)

    def run(self, stillness: Stillness) -> None:
        """Watch; returns when it is over."""
        while not self._over.wait(POLL):
            now = time.monotonic()
            held = {path for path in self._watch.files() if is_kept(path)}
            for path in held:
                file = self._files.setdefault(path, _File(moving_since=now))
                if self._move(path, file, self._watch.limits, stillness) is Move.HOLD:
                    self._hold(path, file, self._watch.limits, stillness)
                    break  # what was seen of the others is old
            for path, file in self._files.items():
                if path not in held and not file.given_up:
                    file.moving_since = time.monotonic()

    def _move(self, path: str, file: _File, limits: Limits, stillness: Stillness) -> Move:
        past = Past(still=file.still, given_up=file.given_up)
        seen = Observation(held=True, held_for=time.monotonic() - file.moving_since)
        move = decide_hold(seen, past, limits)
        if move is Move.HOLD and not past.begun:  # asked only when it matters: the answer costs something
            own = held_by_these_alone(path, stillness.pids())
            seen = Observation(held=True, held_for=seen.held_for, own=own)
            move = decide_hold(seen, past, limits)
        file.given_up = file.given_up or move is Move.GIVE_UP
        return move

    def _hold(self, path: str, file: _File, limits: Limits, stillness: Stillness) -> None:
        """One step: held still until the file is free, the step is over, or the command is to end."""
        began = time.monotonic()
        if not stillness.hold():
            file.given_up = True
            return
        file.began = file.began or time.time()
        try:
            if not file.holders:
                file.holders = holders_of(path, stillness.pids())
            move = Move.KEEP
            while move is Move.KEEP and not self._over.wait(POLL_STILL):
                seen = Observation(held=is_kept(path), still_for=time.monotonic() - began)
                move = decide_hold(seen, Past(still=file.still), limits)
                if not file.told and file.still + (seen.still_for or 0.0) >= LONG:
                    file.told = True
                    self._tell(path, file.holders)
            file.given_up = move is Move.GIVE_UP
        finally:
            stillness.go_on()
            now = time.monotonic()
            file.still += now - began
            for other in self._files.values():
                other.moving_since = now
