"""What a run does to its command's environments: repair before an attempt, verify after the last."""

import os
from collections.abc import Sequence

from ci_guard.errors import GuardError
from ci_guard.model.history import Attempt, Repair, Verification
from ci_guard.process.locate import locate
from ci_guard.recover.project_name import normalised
from ci_guard.recover.repair import clean_cache, repair
from ci_guard.recover.target import Target
from ci_guard.recover.targets import find_targets, installer
from ci_guard.recover.verify import verify
from ci_guard.run.context import RunContext


class Environments:
    """Remembers what was repaired, so that the verification knows where to look twice."""

    def __init__(self, context: RunContext) -> None:
        self._context = context
        self._environment = context.user_environment()
        self._repaired: set[str] = set()
        self._cleaned = False
        self._unverified: set[str] = set()

    def repair(self, attempts: Sequence[Attempt]) -> tuple[tuple[Repair, ...], str | None]:
        """Mend what the attempts left half done; the repairs, and a reason if no attempt may follow."""
        argv = attempts[-1].argv
        keep = (normalised("pip"),) if installer(argv) == "pip" else ()
        repairs, refusal = repair(
            self._targets(attempts), self._context.started, _paths(attempts), self._environment, keep
        )
        self._repaired |= {repair.project for repair in repairs if repair.project is not None}
        return (*repairs, *self._clean_cache(attempts)), refusal

    def verify(self, attempts: Sequence[Attempt]) -> Verification:
        """Examine the result of an attempt that followed `attempts` and says that it passed."""
        targets = self._targets(attempts)
        packages = {name for attempt in attempts if attempt.diagnosis for name in attempt.diagnosis.packages}
        verification = verify(
            targets,
            self._context.started,
            self._environment,
            command=os.path.basename(attempts[-1].argv[0]),
            paths=_paths(attempts),
            packages=sorted(packages),
            repaired=self._repaired,
        )
        self._unverified = {fault.project for fault in verification.faults if fault.project is not None}
        return verification

    def folders(self, argv: Sequence[str]) -> tuple[str, ...]:
        """The folders that the command installs into."""
        program = self._program(argv)
        if program is None:
            return ()
        targets = find_targets(program, argv, self._environment, self._context.directory, ())
        return tuple(folder for target in targets[:1] for folder in (*target.site, *target.scripts))

    def _clean_cache(self, attempts: Sequence[Attempt]) -> tuple[Repair, ...]:
        """Once in a run: a cache that has lost a file hands out broken packages for ever."""
        last = attempts[-1].diagnosis
        vanished = last is not None and last.retry_once
        names = self._unverified | (set(last.packages) if last is not None and vanished else set())
        if self._cleaned or not names or installer(attempts[-1].argv) != "uv":
            return ()
        self._cleaned = True
        program = self._program(attempts[-1].argv)
        return tuple(clean_cache(program, names, self._environment)) if program else ()

    def _targets(self, attempts: Sequence[Attempt]) -> tuple[Target, ...]:
        argv = attempts[-1].argv
        program = self._program(argv)
        if program is None:
            return ()
        return find_targets(program, argv, self._environment, self._context.directory, _paths(attempts))

    def _program(self, argv: Sequence[str]) -> str | None:
        try:
            return locate(argv[0], self._environment)
        except GuardError:
            return None


def _paths(attempts: Sequence[Attempt]) -> tuple[str, ...]:
    """The files that failures named."""
    found = (attempt.diagnosis.match for attempt in attempts if attempt.diagnosis is not None)
    return tuple(dict.fromkeys(match.path for match in found if match is not None and match.path))
