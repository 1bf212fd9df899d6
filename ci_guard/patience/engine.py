"""Watches files beside a running command and holds it still while somebody holds one of them.

Knows neither tools nor attempts; whoever starts it says what to watch.
"""

import sys
import threading
import time
from collections.abc import Callable, Sequence

from ci_guard.dataclass import dataclass
from ci_guard.machine.new_names import NewNames, open_new_names
from ci_guard.machine.others import Users, held_by_these_alone, holders_of, users_beside
from ci_guard.machine.probe import is_kept
from ci_guard.model.history import Hold
from ci_guard.model.patience import Limits
from ci_guard.patience.decide import Move, Observation, Past, decide_hold
from ci_guard.patience.places import LONG_AGO, Places
from ci_guard.patience.quiet import Quiet, Stillness
from ci_guard.patience.turns import Turns

POLL = 0.03  # seconds between two looks while the command runs
LONG = 5.0  # seconds of standing still after which somebody who watches the log is told
SURE = 2  # answers that a file is held, before the command is held still for it: one may be its own opening
POLL_STILL = 0.02  # the same while it is held still


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What to watch, and how patient to be."""

    limits: Limits
    survives: float  # seconds: a lock that ends sooner the tool survives by itself
    places: Places


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
        self._turns = Turns(watch.limits.after)
        self._quiet = Quiet()

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
        names = open_new_names()
        try:
            while not self._over.wait(POLL):
                self._look(stillness, names)
        finally:
            if names is not None:
                names.close()

    def _look(self, stillness: Stillness, names: NewNames | None) -> None:
        limits, places = self._watch.limits, self._watch.places
        places.look(names)
        held = self._held(list(places.files(limits.after)), stillness)
        for path in held:
            file = self._files.setdefault(path, _File(moving_since=self._since(held[path])))
            if self._move(path, file, limits) is Move.HOLD:
                self._hold(path, file, limits, stillness)
                break  # what was seen of the others is old
        for path, file in self._files.items():
            if path not in held and not file.given_up:
                file.moving_since = time.monotonic()

    def _since(self, changed: float) -> float:
        """Since when a file that is held now is taken to be: a fresh one since it is there."""
        return time.monotonic() if changed == LONG_AGO else changed

    def _held(self, files: Sequence[tuple[str, float]], stillness: Stillness) -> dict[str, float]:
        """Those that somebody else holds, as far as it is their turn to be asked; when each was changed."""
        found: dict[str, float] = {}
        with self._quiet.beside(stillness) as quiet:
            for path, changed in files:
                file = self._files.get(path)
                given_up = file is not None and file.given_up
                if self._over.is_set() or given_up or not self._turns.is_due(path, changed, time.monotonic()):
                    continue
                held = self._ask(path, stillness, quiet)
                if held is not None:
                    self._turns.answered(path, changed, time.monotonic(), held=held)
                if held or (held is None and self._turns.held_answers(path)):
                    found[path] = changed
        return found

    def _ask(self, path: str, stillness: Stillness, quiet: Callable[[], bool]) -> bool | None:
        """Whether somebody else holds it; None: not to be asked now."""
        if sys.platform == "win32":
            users = users_beside(path, stillness.pids())
            if users in (Users.ITSELF, Users.GONE):  # made by the command now, it would meet our opening
                return False
            if users is Users.UNTOLD and not quiet():
                return None
        return is_kept(path)

    def _move(self, path: str, file: _File, limits: Limits) -> Move:
        past = Past(still=file.still, given_up=file.given_up)
        seen = Observation(held=True, held_for=time.monotonic() - file.moving_since)
        move = decide_hold(seen, past, limits)
        if move is Move.HOLD and self._turns.held_answers(path) < SURE:
            move = Move.RUN
        file.given_up = file.given_up or move is Move.GIVE_UP
        return move

    def _is_its_own(self, path: str, file: _File, limits: Limits, stillness: Stillness) -> bool:
        own = held_by_these_alone(path, stillness.pids())
        seen = Observation(held=True, held_for=time.monotonic() - file.moving_since, own=own)
        return decide_hold(seen, Past(), limits) is Move.GIVE_UP

    def _hold(self, path: str, file: _File, limits: Limits, stillness: Stillness) -> None:
        """One step: held still until the file is free, the step is over, or the command is to end."""
        began = time.monotonic()
        if not stillness.hold():
            file.given_up = True
            return
        try:
            # asked only now: the answer costs something, and to a command that moves it may be in the way
            if file.began is None and self._is_its_own(path, file, limits, stillness):
                file.given_up = True
                return
            file.began = file.began or time.time()
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
