"""Taking away packages that a run has left half installed, for the next attempt of the same command.

The repair that worked wherever it was measured: take away the metadata of the packages that the run has left
broken (and the files they name, so that nothing stale stays), then run the same command again, which now
sees that they are not installed. The tools' own flags repair less: pip's `--force-reinstall` ends in "no
RECORD file was found", `uv sync --reinstall` does not help a half-made environment.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence

from ci_guard.model.history import Repair, RepairAction
from ci_guard.recover.family import Owed, RepairOutcome, noted
from ci_guard.recover.python.installed import Distribution, Inventory
from ci_guard.recover.python.target import Target
from ci_guard.recover.removal import prune, remove_file, remove_tree


def remove_packages(
    found: Inventory, broken: Sequence[Distribution], owes: Callable[[Distribution], bool]
) -> Iterator[RepairOutcome]:
    """Take away these distributions of what was found; `owes`: whether the command will put one back."""
    if not broken:
        return
    gone = {each.folder for each in broken}
    others = {row for each in found.distributions if each.folder not in gone for row in each.rows}
    stop = frozenset((found.target.prefix, *found.target.site, *found.target.scripts))
    for each in broken:
        if owes(each):  # before: what goes wrong may leave it with some of its files
            yield RepairOutcome(owed=(Owed(path=each.folder, project=each.name),))
        _remove_package(each, found.target, others, stop)
        what = "what its tool keeps of it is not complete"
        if each.faults:
            what = f"{os.path.basename(each.faults[0].path or each.folder)} {each.faults[0].what}"
        reason = f"left half done: {what}"
        repair = Repair(action=RepairAction.REMOVE, target=each.folder, project=each.name, reason=reason)
        yield RepairOutcome(repairs=(repair,))
    yield from noted(remove_leftovers(found.leftovers))


def remove_leftovers(leftovers: Iterable[str]) -> Iterator[Repair]:
    """Take away what pip had put aside of an old version, and could not remove."""
    for leftover in leftovers:
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
