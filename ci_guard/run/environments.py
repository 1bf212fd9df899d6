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

    def repair(self, attempts: Sequence[Attempt]) -> RepairOutcome:
        """Repair what the attempts left half done.

        Whatever goes wrong in that, the next attempt is made: no worse than by trying again without us.
        """
        try:
            return self._repair(attempts)
        except Exception as error:  # noqa: BLE001 - of notes that a crash or a stranger has left, above all
            self._context.console.warn(tell_broken(error, "nothing is repaired before the next attempt"))
            return RepairOutcome()

    def _repair(self, attempts: Sequence[Attempt]) -> RepairOutcome:
        steps, trail = self._steps(attempts), self._trail(attempts)
        repaired = promise.repair(self._installations(steps, trail), trail)
        for lock in repaired.busy:
            self._context.console.announce(messages.busy(lock))
        self._repaired |= {repair.project for repair in repaired.repairs if repair.project is not None}
        self._owed += repaired.owed
        cleaned = self._clean_cache(steps, attempts)
        return replace(repaired, repairs=(*repaired.repairs, *cleaned))

    def verify(self, attempts: Sequence[Attempt]) -> Verification:
        """Examine the result of an attempt that followed `attempts` and says that it passed."""
        try:
            return self._verify(attempts)
        except Exception as error:  # noqa: BLE001 - as above
            self._context.console.warn(tell_broken(error, "the result is not verified"))
            return Verification(whole=None, reason=f"ci-guard could not examine it ({type(error).__name__})")

    def _verify(self, attempts: Sequence[Attempt]) -> Verification:
        trail = self._trail(attempts)
        installations = self._installations(self._steps(attempts), trail)
        command = os.path.basename(attempts[-1].argv[0])
        verification = promise.verify(installations, trail, self._owed, command)
        self._unverified = {fault.project for fault in verification.faults if fault.project is not None}
        return verification

    def folders(self, argv: Sequence[str]) -> tuple[str, ...]:
        """The folders that the command installs into."""
        steps = self._read(argv)
        trail = Trail(beginning=self._beginning)
        return tuple(folder for each in self._installations(steps, trail)[:1] for folder in each.folders)

    def directories(self, argv: Sequence[str]) -> tuple[str, ...]:
        """The working directories that the line names: those of its commands, and words that are folders."""
        steps = self._read(argv)
        said = [(self._context.directory, word) for word in argv]
        said += [(step.directory, word) for step in steps for word in step.words]
        whole = (os.path.join(place, word.partition("=")[2] or word) for place, word in said)
        named = (os.path.normpath(folder) for folder in whole if os.path.isdir(folder))
        return tuple(dict.fromkeys((*(step.directory for step in steps), *named)))

    def _clean_cache(self, steps: Sequence[Step], attempts: Sequence[Attempt]) -> tuple[Repair, ...]:
        """Once in a run: a cache that has lost a file hands out broken packages for ever."""
        last = attempts[-1].diagnosis
        vanished = last is not None and last.retry_once
        names = self._unverified | (set(last.packages) if last is not None and vanished else set())
        if self._cleaned or not names:
            return ()
        caches = [(step, family) for step in steps if isinstance(family := family_of(step), HasCache)]
        repairs = tuple(repair for step, family in caches for repair in family.clean_cache(step, names))
        self._cleaned = bool(repairs)
        return repairs

    def _installations(self, steps: Sequence[Step], trail: Trail) -> tuple[Installation, ...]:
        return promise.find_installations(steps, trail, family_of)

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
