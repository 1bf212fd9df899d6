"""The verification that a recovered step is complete: every file that RECORD names, every launcher, the
environment itself. Runs only after a retry that says it passed.
"""

import os
import time
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence

from ci_guard.model.history import Fault, Verification
from ci_guard.recover.installed import survey
from ci_guard.recover.project_name import normalised
from ci_guard.recover.stale import remove_stale
from ci_guard.recover.target import Kind, Target
from ci_guard.recover.venv import broken, changed_since

MAX_WARNINGS = 20
RECEIPT = "uv-receipt.toml"


def verify(
    targets: Sequence[Target],
    since: float,
    environment: Mapping[str, str],
    *,
    command: str,
    paths: Collection[str] = (),
    packages: Collection[str] = (),
    repaired: Collection[str] = (),
) -> Verification:
    """Examine the targets after an attempt that passed.

    `command`: what ran, as users call it. `packages`: projects that the failed attempts were installing; one
    of the targets must have them. `repaired`: projects that were repaired (`Repair.project`): files of their
    old version that nobody owns any more are removed.
    """
    started = time.monotonic()
    targets = [target for target in targets if target.kind is not Kind.TOOL or changed_since(target, since)]
    installer = not environment.get("UV_NO_INSTALLER_METADATA")
    surveys = [survey(target, since, paths=paths, installer=installer) for target in targets]
    removed = [path for found in surveys for path in remove_stale(found, repaired)]
    faults = [fault for target in targets for fault in _environment_faults(target, since, environment)]
    warnings: list[Fault] = []
    for found in surveys:
        for each in found.distributions:
            (faults if each.touched else warnings).extend(each.faults)
        warnings += [Fault(project=None, path=leftover, what="left over") for leftover in found.leftovers]
    there = {each.name for found in surveys for each in found.distributions}
    if targets:
        wanted = dict.fromkeys(normalised(name) for name in packages)
        faults += [
            Fault(project=name, path=None, what="not installed") for name in wanted if name not in there
        ]
    # an environment that the command makes is examined itself, any other only by what is installed in it
    examined = bool(faults) or bool(there) or any(target.made_by_command for target in targets)
    return Verification(
        whole=not faults if examined else None,
        reason=None if examined else f"ci-guard cannot examine what `{command}` installed",
        environments=tuple(
            found.target.prefix
            for found in surveys
            if found.distributions or (examined and found.target.made_by_command)
        ),
        packages=sum(len(found.distributions) for found in surveys),
        files=sum(len(each.rows) for found in surveys for each in found.distributions),
        faults=tuple(dict.fromkeys(faults)),
        warnings=tuple(warnings[:MAX_WARNINGS]),
        removed=tuple(removed),
        duration=time.monotonic() - started,
    )


def _environment_faults(target: Target, since: float, environment: Mapping[str, str]) -> Iterator[Fault]:
    if not os.path.isdir(target.prefix):
        if target.made_by_command:
            yield Fault(project=None, path=target.prefix, what="missing")
        return
    if target.made_by_command and (target.kind is not Kind.NEARBY or changed_since(target, since)):
        why = broken(target, environment)
        if why is not None:
            yield Fault(project=None, path=target.prefix, what=why)
    if target.kind is Kind.TOOL:
        yield from _tool_faults(target)


def _tool_faults(target: Target) -> Iterator[Fault]:
    path = os.path.join(target.prefix, RECEIPT)
    try:
        with open(path, "rb") as file:
            entries = tomllib.load(file).get("tool", {}).get("entrypoints", [])
    except (OSError, tomllib.TOMLDecodeError) as error:
        yield Fault(project=None, path=path, what=f"cannot be read: {error}")
        return
    for entry in entries:
        place = entry.get("install-path", "") if isinstance(entry, dict) else ""
        if place and not os.path.exists(place):
            yield Fault(project=None, path=place, what="missing")
