"""Repairing a half-done installation for the next attempt of the same command.

The repair that worked wherever it was measured: take away the metadata of the packages that the run has left
broken (and the files they name, so that nothing stale stays), then run the same command again, which now
sees that they are not installed. The tools' own flags repair less: pip's `--force-reinstall` ends in "no
RECORD file was found", `uv sync --reinstall` does not help a half-made environment.
"""

import os
import subprocess
from collections.abc import Collection, Iterator, Mapping, Sequence

from ci_guard.model.history import Repair, RepairAction
from ci_guard.recover.installed import Distribution, Survey, survey
from ci_guard.recover.project_name import ProjectName, normalised
from ci_guard.recover.removal import prune, remove_file, remove_tree
from ci_guard.recover.target import Target
from ci_guard.recover.venv import reset

CLEAN_SECONDS = 60.0  # `uv cache clean` waits for other uv processes
CACHE_ARCHIVE = "archive-v"  # uv's unpacked wheels, trusted as they are (uv-cache/src/lib.rs)


def repair(
    targets: Sequence[Target],
    since: float,
    paths: Collection[str],
    environment: Mapping[str, str],
    keep: Collection[ProjectName] = (),
) -> tuple[tuple[Repair, ...], str | None]:
    """Mend every target; returns the repairs, and a reason if no further attempt may run.

    `paths`: files that this run's failures named. `keep`: projects whose code is never removed, as the
    installer's own is when it updates itself.
    """
    repairs: list[Repair] = []
    for target in targets:
        done, refusal = reset(target, since, environment)
        repairs += done
        if refusal is not None:
            return tuple(repairs), refusal
        if not done:
            installer = not environment.get("UV_NO_INSTALLER_METADATA")
            found = survey(target, since, paths=paths, installer=installer)
            repairs += _packages(found, keep)
    return tuple(repairs), None


def clean_cache(
    uv: Sequence[str], names: Collection[str], environment: Mapping[str, str]
) -> Iterator[Repair]:
    """Drop packages from uv's cache: a file that was quarantined there is missing from every installation.

    `uv` starts uv. Neither `--reinstall` nor `--refresh` helps, since cached archives are not compared with
    their RECORD.
    """
    for name in sorted(names):
        try:
            done = subprocess.run(
                [*uv, "cache", "clean", name],
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=CLEAN_SECONDS,
            )
        except (OSError, subprocess.SubprocessError):
            continue
        if done.returncode == 0:
            yield Repair(
                action=RepairAction.CLEAN_CACHE,
                target=name,
                project=normalised(name),
                reason="a file of it has vanished from uv's cache",
            )


def _packages(found: Survey, keep: Collection[ProjectName]) -> Iterator[Repair]:
    broken = [each for each in found.broken() if each.name not in keep]
    if not broken:
        return
    gone = {each.folder for each in broken}
    others = {row for each in found.distributions if each.folder not in gone for row in each.rows}
    stop = frozenset((found.target.prefix, *found.target.site, *found.target.scripts))
    for each in broken:
        _remove_package(each, found.target, others, stop)
        fault = each.faults[0]
        what = f"{os.path.basename(fault.path or each.folder)} {fault.what}"
        yield Repair(
            action=RepairAction.REMOVE,
            target=each.folder,
            project=each.name,
            reason=f"left half done: {what}",
        )
    for leftover in found.leftovers:
        if remove_tree(leftover):
            yield Repair(
                action=RepairAction.REMOVE,
                target=leftover,
                project=None,
                reason="left over by an interrupted replacement",
            )


def _remove_package(package: Distribution, target: Target, others: set[str], stop: frozenset[str]) -> None:
    inside = (os.path.join(target.prefix, ""), *(os.path.join(folder, "") for folder in target.scripts))
    folders = set()
    for row in package.rows:
        # a RECORD may name anything, as data files outside the environment: those are not ours to remove
        if row not in others and row.startswith(inside) and remove_file(row):
            folders.add(os.path.dirname(row))
    remove_tree(package.folder)
    for folder in sorted(folders, key=len, reverse=True):
        prune(folder, stop)
