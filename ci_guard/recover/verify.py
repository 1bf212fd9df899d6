"""The verification that a recovered step is complete: every file that RECORD names, every launcher, the
environment itself. Runs only after a retry that says it passed.
"""

import os
import time
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence

from ci_guard.model.history import Verification
from ci_guard.recover.installed import Distribution, Survey, normalised, survey
from ci_guard.recover.removal import remove_file
from ci_guard.recover.target import Kind, Target
from ci_guard.recover.venv import broken, changed_since

IMPORTABLE = (".py", ".pyi", ".so", ".pyd", ".dll", ".dylib")
MAX_WARNINGS = 20
RECEIPT = "uv-receipt.toml"


def verify(
    targets: Sequence[Target],
    since: float,
    environment: Mapping[str, str],
    *,
    paths: Collection[str] = (),
    packages: Collection[str] = (),
    repaired: Collection[str] = (),
) -> Verification:
    """Examine the targets after an attempt that passed.

    `packages`: projects that the failed attempts were installing; one of the targets must have them.
    `repaired`: projects that were repaired: files of their old version that nobody owns any more are removed.
    """
    started = time.monotonic()
    targets = [target for target in targets if target.kind is not Kind.TOOL or changed_since(target, since)]
    installer = not environment.get("UV_NO_INSTALLER_METADATA")
    surveys = [survey(target, since, paths=paths, installer=installer) for target in targets]
    removed = [path for found in surveys for path in _remove_stale(found, repaired)]
    faults = [fault for target in targets for fault in _environment_faults(target, since, environment)]
    warnings: list[str] = []
    for found in surveys:
        for each in found.distributions:
            lines = [f"{each.name}: {fault.path}: {fault.what}" for fault in each.faults]
            (faults if each.touched else warnings).extend(lines)
        warnings += [f"left over: {leftover}" for leftover in found.leftovers]
    there = {each.name for found in surveys for each in found.distributions}
    faults += [f"{name}: not installed" for name in packages if targets and normalised(name) not in there]
    return Verification(
        environment=os.pathsep.join(target.prefix for target in targets),
        whole=not faults,
        packages=sum(len(found.distributions) for found in surveys),
        files=sum(len(each.rows) for found in surveys for each in found.distributions),
        faults=tuple(dict.fromkeys(faults)),
        warnings=tuple(warnings[:MAX_WARNINGS]),
        removed=tuple(removed),
        duration=time.monotonic() - started,
    )


def faulty_packages(verification: Verification) -> tuple[str, ...]:
    """The projects that the faults of a verification name."""
    return tuple(dict.fromkeys(fault.partition(": ")[0] for fault in verification.faults))


def _environment_faults(target: Target, since: float, environment: Mapping[str, str]) -> Iterator[str]:
    if not os.path.isdir(target.prefix):
        if target.made_by_command:
            yield f"environment: {target.prefix}: missing"
        return
    if target.made_by_command and (target.kind is not Kind.NEARBY or changed_since(target, since)):
        why = broken(target, environment)
        if why is not None:
            yield f"environment: {target.prefix}: {why}"
    if target.kind is Kind.TOOL:
        yield from _tool_faults(target)


def _tool_faults(target: Target) -> Iterator[str]:
    path = os.path.join(target.prefix, RECEIPT)
    try:
        with open(path, "rb") as file:
            entries = tomllib.load(file).get("tool", {}).get("entrypoints", [])
    except (OSError, tomllib.TOMLDecodeError) as error:
        yield f"environment: {path}: {error}"
        return
    for entry in entries:
        place = entry.get("install-path", "") if isinstance(entry, dict) else ""
        if place and not os.path.exists(place):
            yield f"environment: {place}: missing"


def _remove_stale(found: Survey, repaired: Collection[str]) -> Iterator[str]:
    """Modules of an old version whose removal was interrupted: importable, and in no package's RECORD."""
    if not repaired:
        return
    owned = {row for each in found.distributions for row in each.rows}
    for each in found.distributions:
        if each.name in repaired:
            for folder in _own_folders(each, found):
                for path in _unowned(folder, owned):
                    if remove_file(path):
                        yield path


def _own_folders(package: Distribution, found: Survey) -> set[str]:
    """The top folders in site-packages that no other package has files in."""
    mine = _top_folders(package, found.target)
    for other in found.distributions:
        if other is not package:
            mine -= _top_folders(other, found.target)
    return mine


def _top_folders(package: Distribution, target: Target) -> set[str]:
    tops = set()
    for site in target.site:
        start = os.path.join(site, "")
        for row in package.rows:
            first, separator, _ = row.removeprefix(start).partition(os.sep)
            if row.startswith(start) and separator and not first.endswith(".dist-info"):
                tops.add(os.path.join(site, first))
    return tops


def _unowned(folder: str, owned: set[str]) -> Iterator[str]:
    for parent, folders, files in os.walk(folder):
        if "__pycache__" in folders:
            folders.remove("__pycache__")
        for name in files:
            path = os.path.join(parent, name)
            if name.endswith(IMPORTABLE) and path not in owned:
                yield path
