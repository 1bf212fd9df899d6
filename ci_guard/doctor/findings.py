"""What was seen of a machine, as values; which of it is a finding is a decision over them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from enum import IntEnum

from ci_guard.dataclass import dataclass
from ci_guard.machine.product_versions import Registered
from ci_guard.machine.products import Presence
from ci_guard.machine.volumes import Volume
from ci_guard.model.counting import counted
from ci_guard.model.memory import Healed

GIB = 1024**3
LEAST_FREE = 2 * GIB  # bytes; an environment of Python with its cache takes as much
WEAK_SYSTEMS = frozenset({"exfat", "fat32", "vfat", "msdos", "fat"})


class Weight(IntEnum):
    """How much a finding matters; the worst first."""

    PROBLEM = 0
    RISK = 1
    FACT = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing to know, and what to do about it."""

    weight: Weight
    subject: str
    says: str
    advice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A folder into which a tool writes."""

    name: str
    path: str
    volume: Volume


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What was seen. None: not known here."""

    system: str
    user: str
    elevated: bool
    local_system: bool
    long_paths: bool | None
    products: tuple[tuple[str, tuple[Presence, ...]], ...]
    fanotify: tuple[str, ...]
    hidden: int  # processes that could not be looked at
    exclusions: tuple[str, ...] | None
    places: tuple[Place, ...]
    tools: tuple[tuple[str, str, str], ...]  # name, version, what is known to be wrong with it
    policy_file: str | None
    habits: tuple[tuple[str, str], ...] = ()  # tool, and how every version of it bears locks
    registered: tuple[Registered, ...] | None = None  # with the Security Center
    remembered: tuple[Healed, ...] = ()


def find(machine: Machine) -> list[Finding]:
    """What there is to know, the worst first."""
    return sorted(_find(machine), key=lambda finding: finding.weight)


def _find(machine: Machine) -> Iterator[Finding]:
    yield Finding(weight=Weight.FACT, subject="system", says=f"{machine.system}, as {machine.user}")
    yield from _products(machine)
    for place in machine.places:
        yield from _place(place)
    if machine.local_system:
        yield Finding(
            weight=Weight.RISK,
            subject="account",
            says="the builds run as LocalSystem: TMP and the caches lie under C:\\Windows",
            advice="run the agent as a user of its own, or give TMP, TEMP and the caches a folder",
        )
    if machine.long_paths is False:
        yield Finding(
            weight=Weight.RISK,
            subject="long paths",
            says="paths of more than 260 characters are refused",
            advice="set LongPathsEnabled to 1 under HKLM\\SYSTEM\\CurrentControlSet\\Control\\FileSystem",
        )
    if machine.long_paths:
        yield Finding(weight=Weight.FACT, subject="long paths", says="paths of more than 260 characters work")
    for name, version, wrong in machine.tools:
        weight = Weight.RISK if wrong else Weight.FACT
        yield Finding(weight=weight, subject=name, says=f"version {version}", advice=wrong)
    for name, says in machine.habits:
        yield Finding(weight=Weight.FACT, subject=name, says=says)
    yield from map(_remembered, machine.remembered)
    policy = machine.policy_file or "none found; the defaults apply (`ci-guard policy show` prints them)"
    yield Finding(weight=Weight.FACT, subject="policy", says=policy)


def _products(machine: Machine) -> Iterator[Finding]:
    for name, presences in machine.products:
        shown = ", ".join(map(_shown, presences))
        yield Finding(
            weight=Weight.RISK,
            subject="antivirus",
            says=f"{name}: {shown}",
            advice="`ci-guard doctor --probe` measures how long it holds fresh files",
        )
    yield from map(_registered, machine.registered or ())
    if machine.fanotify:
        yield Finding(
            weight=Weight.RISK,
            subject="fanotify",
            says=f"the kernel asks {', '.join(machine.fanotify)} before files are opened",
            advice="`ci-guard doctor --probe` measures what that costs",
        )
    if machine.hidden:
        yield Finding(
            weight=Weight.FACT,
            subject="permissions",
            says=f"{counted(machine.hidden, 'process')} could not be asked whether fanotify is used",
            advice="" if machine.elevated else "run it as an administrator to add them",
        )
    if machine.exclusions is None and machine.products:
        yield Finding(
            weight=Weight.FACT,
            subject="exclusions",
            says="exclusions of the antivirus could not be read",
            advice="an administrator can read Defender's with `Get-MpPreference`",
        )
    elif machine.exclusions:
        yield Finding(weight=Weight.FACT, subject="exclusions", says=", ".join(machine.exclusions))


def _shown(presence: Presence) -> str:
    known = (("version", presence.version), ("altitude", presence.altitude))
    more = ", ".join(f"{what} {value}" for what, value in known if value)
    return f"{presence.name} ({more})" if more else presence.name


def _registered(one: Registered) -> Finding:
    state = "active" if one.active else "not active"
    age = "" if one.current else ", its signatures are out of date"
    return Finding(weight=Weight.FACT, subject="Security Center", says=f"{one.name}: {state}{age}")


def _remembered(healed: Healed) -> Finding:
    by = [*healed.rungs, *([f"patience of {healed.patience:.0f} s"] if healed.patience else [])]
    often = counted(healed.times, "time")
    day = datetime.fromtimestamp(healed.last, tz=UTC).date().isoformat()
    return Finding(
        weight=Weight.FACT,
        subject="remembered",
        says=f"{healed.tool} needed help {often}, most recently on {day}: {', '.join(by) or 'waiting'}",
        advice="the next build begins with it; `ci-guard doctor --forget` clears it",
    )


def _place(place: Place) -> Iterator[Finding]:
    volume = place.volume
    subject = f"{place.name} ({place.path})"
    kind = (volume.file_system or "").lower()
    if volume.free is not None and volume.free < LEAST_FREE:
        yield Finding(
            weight=Weight.PROBLEM,
            subject=subject,
            says=f"only {volume.free / GIB:.1f} GiB are free",
            advice="make room; a full disk looks like a refused file to some tools",
        )
    if volume.no_exec:
        yield Finding(
            weight=Weight.PROBLEM,
            subject=subject,
            says="programs may not be run from there (noexec)",
            advice="move it to a volume that is mounted without noexec",
        )
    if volume.remote:
        yield Finding(
            weight=Weight.RISK,
            subject=subject,
            says="it lies on a network drive",
            advice="move it to a local disk: locks of a server look like those of a scanner",
        )
    if "onedrive" in place.path.lower():
        yield Finding(
            weight=Weight.RISK,
            subject=subject,
            says="OneDrive watches it and holds fresh files",
            advice="move it out of OneDrive",
        )
    if kind in WEAK_SYSTEMS:
        yield Finding(
            weight=Weight.RISK,
            subject=subject,
            says=f"the file system, {volume.file_system}, has no links",
            advice="use NTFS or ReFS; or set UV_LINK_MODE=copy",
        )
    kind = f"{volume.file_system or 'unknown'} on {volume.root}"
    if volume.free is not None:
        kind += f", {volume.free / GIB:.1f} GiB free"
    if volume.dev_drive:
        kind += ", a Dev Drive: Defender looks at its files later (performance mode) where that is trusted"
    yield Finding(weight=Weight.FACT, subject=subject, says=kind)
