"""The ladder: which changes of the environment the next attempt gets. What the changes are is data."""

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from ci_guard.command_line.parse import parse
from ci_guard.command_line.tools import named_tools
from ci_guard.expression import expression
from ci_guard.model.category import Category, System
from ci_guard.model.history import AppliedTweak, Attempt, Diagnosis
from ci_guard.model.knowledge import Knowledge, Tweak
from ci_guard.model.policy import TweakPolicy

SCRATCH = "{scratch}"
# what the system itself sets for every user is not the user's choice
SYSTEM_DEFAULTS = {
    "TMP": expression(r"(?i).*\\(?:AppData\\Local\\Temp|Windows\\(?:System)?Temp)(?:\\\d+)?\\?"),
    "TEMP": expression(r"(?i).*\\(?:AppData\\Local\\Temp|Windows\\(?:System)?Temp)(?:\\\d+)?\\?"),
    "TMPDIR": expression(r"/var/folders/.*"),
}

# what another cache, folder or way to link can bring about: another volume (EXDEV), no room, no rights, a
# long path, packages that only the old cache had, an option that this version refuses
_BROUGHT_ABOUT = frozenset(
    {
        Category.CONFIGURATION,
        Category.DISK_FULL,
        Category.PERMISSION,
        Category.PATH_TOO_LONG,
        Category.NETWORK,
        Category.RESOLUTION,
        Category.COMMAND_NOT_FOUND,
        Category.UNKNOWN,
    }
)


def ladder_of(knowledge: Knowledge, argv: Sequence[str], signature: str | None) -> tuple[Tweak, ...]:
    """The tweaks of the tools that the command names, and of the one that the signature belongs to.

    A script may run anything; changing the environment of tools that it may never start only makes noise.
    """
    named = named_tools(knowledge, parse(argv, knowledge.wrappers))
    owner = (signature or "").partition(".")[0]
    tools = (tool for tool in knowledge.tools if tool.name == owner or tool in named)
    return tuple(tweak for tool in tools for tweak in tool.tweaks)


def select_tweaks(
    ladder: Iterable[Tweak], number: int, diagnosis: Diagnosis, policy: TweakPolicy, system: System
) -> tuple[Tweak, ...]:
    """The tweaks for attempt `number` after such a failure."""
    return tuple(
        tweak
        for tweak in allowed(ladder, policy, system)
        if tweak.from_attempt <= number and _fits(tweak, diagnosis)
    )


def allowed(ladder: Iterable[Tweak], policy: TweakPolicy, system: System) -> tuple[Tweak, ...]:
    """The tweaks that the policy and the system admit."""
    if policy.mode == "off":
        return ()
    return tuple(
        tweak
        for tweak in ladder
        if tweak.id not in policy.deny and (not tweak.systems or system in tweak.systems)
    )


def apply(
    tweaks: Iterable[Tweak], user: Mapping[str, str], policy: TweakPolicy, scratch: Callable[[], str]
) -> tuple[dict[str, str], tuple[AppliedTweak, ...]]:
    """The variables to set, and what was applied. `user`: the environment as the user has made it.

    A variable that the user has set stays as it is, unless the policy names it.
    """
    changes: dict[str, str] = {}
    applied = []
    folder: str | None = None
    for tweak in tweaks:
        mine: dict[str, str] = {}
        kept = []
        for written, value in tweak.set.items():
            name = _name(written)
            if name in changes:
                continue
            if _users_own(name, user) and name not in map(_name, policy.override):
                kept.append(name)
                continue
            if SCRATCH in value:
                folder = folder or scratch()
            mine[name] = value.replace(SCRATCH, folder or "")
        changes |= mine
        if mine or kept:
            applied.append(
                AppliedTweak(
                    tweak=tweak.id, set=mine, kept=tuple(kept), why=tweak.why, reference=tweak.reference
                )
            )
    return changes, tuple(applied)


def made_worse(attempts: Sequence[Attempt]) -> tuple[AppliedTweak, ...]:
    """The tweaks that were new to the last attempt, if it failed as none before it and as they can cause."""
    last, before = attempts[-1], attempts[:-1]
    if last.diagnosis is None or last.diagnosis.category not in _BROUGHT_ABOUT:
        return ()
    if any(made.diagnosis and made.diagnosis.category is last.diagnosis.category for made in before):
        return ()
    old = {each.tweak for each in before[-1].tweaks} if before else set()
    return tuple(each for each in last.tweaks if each.set and each.tweak not in old)


def _name(name: str) -> str:
    """Windows has `TMP` and `Tmp` as one, and the environment that we are given has it in capitals there."""
    return name.upper() if os.name == "nt" else name


def _fits(tweak: Tweak, diagnosis: Diagnosis) -> bool:
    match = diagnosis.match
    if tweak.operations and (match is None or match.operation not in tweak.operations):
        return False
    if tweak.when_path is None:
        return True
    return match is not None and match.path is not None and re.search(tweak.when_path, match.path) is not None


def _users_own(name: str, user: Mapping[str, str]) -> bool:
    if name not in user:
        return False
    default = SYSTEM_DEFAULTS.get(name)
    return default is None or default.fullmatch(user[name]) is None
