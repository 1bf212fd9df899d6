"""What a run does to what its command installs: repair before an attempt, verify after the last."""

import os
from collections.abc import Sequence

from ci_guard.command_line.parse import parse
from ci_guard.dataclass import replace
from ci_guard.errors import tell_broken
from ci_guard.model.history import Attempt, Repair, Verification
from ci_guard.model.knowledge import Wrapper
from ci_guard.recover import promise
from ci_guard.recover.beginning import Beginning
from ci_guard.recover.family import HasCache, Installation, Owed, RepairOutcome, Step, Trail
from ci_guard.recover.steps import family_of, read_steps
from ci_guard.recover.stumbles import Stumbles
from ci_guard.run import messages
from ci_guard.run.context import RunContext


class Environments:
    """Remembers what was repaired and what is owed for it until the command has put it back."""

    def __init__(self, context: RunContext, wrappers: Sequence[Wrapper]) -> None:
        self._context = context
        self._wrappers = wrappers
        self._environment = context.user_environment()
        self._beginning = Beginning(context.started, context.began)
        self._repaired: set[str] = set()
        self._owed: list[Owed] = []
        self._cleaned = False
        self._unverified: set[str] = set()
        self._told: set[str] = set()

    def repair(self, attempts: Sequence[Attempt]) -> RepairOutcome:
        """Repair what the attempts left half done.

        Whatever goes wrong in that, the next attempt is made: no worse than by trying again without us. All
        that does not lie where it went wrong is repaired.
        """
        stumbles, repaired = Stumbles(), RepairOutcome()
        with stumbles.noted(self._context.directory):
            steps, trail = self._steps(attempts), self._trail(attempts)
            found = promise.find_installations(steps, trail, family_of, stumbles)
            repaired = promise.repair(found, trail, stumbles)
            self._repaired |= {repair.project for repair in repaired.repairs if repair.project is not None}
            self._owed += repaired.owed
            cleaned = self._clean_cache(steps, attempts, stumbles)
            repaired = replace(repaired, repairs=(*repaired.repairs, *cleaned))
        for lock in repaired.busy:
            self._context.console.announce(messages.busy(lock))
        self._tell(stumbles, "no more is repaired in `{}`")
        return repaired

    def verify(self, attempts: Sequence[Attempt]) -> Verification:
        """Examine the result of an attempt that followed `attempts` and says that it passed.

        Where that cannot be done, the rest is examined, and what a repair has taken away must be back.
        """
        stumbles, command = Stumbles(), os.path.basename(attempts[-1].argv[0])
        trail = Trail(beginning=self._beginning)
        found: tuple[Installation, ...] = ()
        with stumbles.noted(self._context.directory):
            trail = self._trail(attempts)
            found = promise.find_installations(self._steps(attempts), trail, family_of, stumbles)
        verification = None
        with stumbles.noted(self._context.directory):
            verification = promise.verify(found, trail, self._owed, command, stumbles)
        if verification is None:
            verification = Verification(whole=None, reason=f"ci-guard could not examine {stumbles.tell()}")
        self._unverified = {fault.project for fault in verification.faults if fault.project is not None}
        self._tell(stumbles, "what lies in `{}` is not verified")
        return verification

    def folders(self, argv: Sequence[str]) -> tuple[str, ...]:
        """The folders that the command installs into."""
        stumbles = Stumbles()
        folders: tuple[str, ...] = ()
        with stumbles.noted(self._context.directory):
            trail = Trail(beginning=self._beginning)
            found = promise.find_installations(self._read(argv), trail, family_of, stumbles)
            folders = found[0].folders if found else ()
        self._tell(stumbles, "where the command installs to is not known, as far as it concerns `{}`")
        return folders

    def directories(self, argv: Sequence[str]) -> tuple[str, ...]:
        """The working directories that the line names: those of its commands, and words that are folders."""
        stumbles = Stumbles()
        steps: tuple[Step, ...] = ()
        with stumbles.noted(self._context.directory):
            steps = self._read(argv)
        self._tell(stumbles, "what the command starts in `{}` is not known")
        said = [(self._context.directory, word) for word in argv]
        said += [(step.directory, word) for step in steps for word in step.words]
        whole = (os.path.join(place, word.partition("=")[2] or word) for place, word in said)
        named = (os.path.normpath(folder) for folder in whole if os.path.isdir(folder))
        return tuple(dict.fromkeys((*(step.directory for step in steps), *named)))

    def _clean_cache(
        self, steps: Sequence[Step], attempts: Sequence[Attempt], stumbles: Stumbles
    ) -> Sequence[Repair]:
        """Once in a run: a cache that has lost a file hands out broken packages for ever."""
        last = attempts[-1].diagnosis
        vanished = last is not None and last.retry_once
        names = self._unverified | (set(last.packages) if last is not None and vanished else set())
        if self._cleaned or not names:
            return ()
        repairs: list[Repair] = []
        for step in steps:
            with stumbles.noted(step.directory):
                family = family_of(step)
                repairs.extend(family.clean_cache(step, names) if isinstance(family, HasCache) else ())
        self._cleaned = bool(repairs)
        return repairs

    def _tell(self, stumbles: Stumbles, so: str) -> None:
        """Say what went wrong, and what comes of it (`so`, with room for the place); the same once."""
        for stumble in stumbles.all:
            what = so.format(stumble.place)
            key = f"{what}: {stumble.error!r}"
            if key not in self._told:
                self._told.add(key)
                self._context.console.warn(tell_broken(stumble.error, what))

    def _steps(self, attempts: Sequence[Attempt]) -> tuple[Step, ...]:
        return self._read(attempts[-1].argv)

    def _read(self, argv: Sequence[str]) -> tuple[Step, ...]:
        line = parse(argv, self._wrappers)
        return read_steps(line, self._environment, self._context.directory, self._wrappers)

    def _trail(self, attempts: Sequence[Attempt]) -> Trail:
        self._beginning.look_again()
        diagnoses = [made.diagnosis for made in attempts if made.diagnosis is not None]
        paths = (said.match.path for said in diagnoses if said.match is not None)
        absolute = (self._context.absolute(path) for path in paths)
        return Trail(
            beginning=self._beginning,
            paths=tuple(dict.fromkeys(path for path in absolute if path)),
            packages=tuple(dict.fromkeys(name for said in diagnoses for name in said.packages)),
            repaired=frozenset(self._repaired),
        )
