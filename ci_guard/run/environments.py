"""What a run does to its command's environments: repair before an attempt, verify after the last."""

import os
from collections.abc import Sequence

from ci_guard.command_line.parse import parse
from ci_guard.model.command import CommandLine
from ci_guard.model.history import Attempt, Repair, Verification
from ci_guard.model.knowledge import Wrapper
from ci_guard.recover.project_name import normalised
from ci_guard.recover.repair import clean_cache, repair
from ci_guard.recover.surroundings import surroundings
from ci_guard.recover.target import Target
from ci_guard.recover.targets import find_targets, installers, program_of
from ci_guard.recover.verify import verify
from ci_guard.run.context import RunContext


class Environments:
    """Remembers what was repaired, so that the verification knows where to look twice."""

    def __init__(self, context: RunContext, wrappers: Sequence[Wrapper]) -> None:
        self._context = context
        self._wrappers = wrappers
        self._environment = context.user_environment()
        self._repaired: set[str] = set()
        self._cleaned = False
        self._unverified: set[str] = set()

    def repair(self, attempts: Sequence[Attempt]) -> tuple[tuple[Repair, ...], str | None]:
        """Mend what the attempts left half done; the repairs, and a reason if no attempt may follow."""
        line = self._line(attempts[-1].argv)
        keep = (normalised("pip"),) if any(each.program == "pip" for each in installers(line)) else ()
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
        targets = find_targets(self._line(argv), self._environment, self._context.directory, ())
        return tuple(folder for target in targets[:1] for folder in (*target.site, *target.scripts))

    def _clean_cache(self, attempts: Sequence[Attempt]) -> tuple[Repair, ...]:
        """Once in a run: a cache that has lost a file hands out broken packages for ever."""
        last = attempts[-1].diagnosis
        vanished = last is not None and last.retry_once
        names = self._unverified | (set(last.packages) if last is not None and vanished else set())
        uv = next((each for each in installers(self._line(attempts[-1].argv)) if each.program == "uv"), None)
        if self._cleaned or not names or uv is None:
            return ()
        self._cleaned = True
        around = surroundings(uv, self._environment, self._context.directory)
        program = program_of(uv, around) if around is not None else None
        if around is None or program is None:
            return ()
        start = [program] if uv.interpreter is None else [program, *uv.interpreter[1:], "-m", "uv"]
        return tuple(clean_cache(start, names, around.environment))

    def _targets(self, attempts: Sequence[Attempt]) -> tuple[Target, ...]:
        line = self._line(attempts[-1].argv)
        return find_targets(line, self._environment, self._context.directory, _paths(attempts))

    def _line(self, argv: Sequence[str]) -> CommandLine:
        return parse(argv, self._wrappers)


def _paths(attempts: Sequence[Attempt]) -> tuple[str, ...]:
    """The files that failures named."""
    found = (attempt.diagnosis.match for attempt in attempts if attempt.diagnosis is not None)
    return tuple(dict.fromkeys(match.path for match in found if match is not None and match.path))
