"""Puts the policy of one run together: defaults < file < environment < command line, each with its origin.

Without a policy file no YAML is read and nothing that reads it is imported.
"""

import os
from collections.abc import Callable, Collection, Mapping, Sequence

from ci_guard.annotation import TYPE_CHECKING, Any
from ci_guard.dataclass import dataclass
from ci_guard.model.invocation import Invocation
from ci_guard.model.policy import Backoff, Origin, Policy, ReportTarget, Source, TweakPolicy
from ci_guard.policy.find import find, shown
from ci_guard.policy.settings import Layer, from_command_line, from_environment
from ci_guard.policy.table import FORMATS, KEYS, Key

if TYPE_CHECKING:
    from ci_guard.model.command import CommandLine

_REPORTS = "reports."
DEFAULT = (Origin(Source.DEFAULT),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """The policy that counts, and by key where each value was set.

    A value that adds up has an origin for each part. A mapping has origins for each of its names too, as in
    `environment.UV_LINK_MODE`.
    """

    policy: Policy
    origin: Mapping[str, tuple[Origin, ...]]
    file: str | None = None  # absolute
    called: str = ""  # the file as messages name it


def resolve(
    invocation: Invocation,
    environ: Mapping[str, str],
    directory: str,
    parse: "Callable[[Sequence[str]], CommandLine]",
    tweaks: Callable[[], Collection[str]] | None = None,
) -> Resolved:
    """Resolve the policy for a command that is started in a directory.

    `parse` tells the commands inside of a command line; it is asked only where a file has entries for such.
    `tweaks` tells the tweaks that there are (None: any); it is asked only where a file names one.

    Raises `PolicyError` for a file with mistakes, `UsageError` for a wrong variable or option.
    """
    named = invocation.policy_file or environ.get("CI_GUARD_POLICY")
    path = os.path.join(directory, named) if named else find(directory)
    layers: list[Layer] = []
    called = ""
    if path is not None:
        from ci_guard.policy.read import read_policy  # brings yaml: only where there is a file

        called = named or shown(path, directory)
        layers += read_policy(path, called, invocation.command, parse, tweaks)
        layers = [_placed(layer, os.path.dirname(path), directory) for layer in layers]
    layers.append(from_environment(environ))
    layers.append(from_command_line(invocation.settings))
    values, origin = fold(layers)
    return Resolved(policy=build(values), origin=origin, file=path, called=called)


def _placed(layer: Layer, folder: str, directory: str) -> Layer:
    """The layer of a file with the relative paths of its reports counted from the folder of that file."""
    if os.path.normpath(folder) == os.path.normpath(directory):
        return layer  # there they are the same, and shorter
    return {
        name: (os.path.normpath(os.path.join(folder, value)), origin)
        if name.startswith(_REPORTS) and isinstance(value, str)
        else (value, origin)
        for name, (value, origin) in layer.items()
    }


def fold(layers: Sequence[Layer]) -> tuple[dict[str, object], dict[str, tuple[Origin, ...]]]:
    """Lay the layers upon the defaults, weakest first; the value and the origins of every key."""
    values: dict[str, object] = {}
    origin: dict[str, tuple[Origin, ...]] = {}
    for key in KEYS:
        values[key.name], origin[key.name] = key.default, DEFAULT
        for layer in layers:
            if key.name in layer:
                value, whence = layer[key.name]
                if isinstance(value, Mapping):
                    origin |= {f"{key.name}.{name}": (whence,) for name in value}
                before = origin[key.name]
                keeps = key.adds_up and before != DEFAULT
                origin[key.name] = (*before, whence) if keeps else (whence,)
                values[key.name] = _merge(key, values[key.name], value)
    return values, origin


def build(values: Mapping[str, Any]) -> Policy:
    """Make the policy of the values of all keys."""
    groups: dict[str, dict[str, Any]] = {}
    for name, value in values.items():
        group, _, member = name.rpartition(".")
        groups.setdefault(group, {})[member] = value
    single = groups[""]
    return Policy(
        **single
        | {
            "backoff": Backoff(**groups["backoff"]),
            "tweaks": TweakPolicy(**groups["tweaks"]),
            "reports": tuple(
                ReportTarget(format=name, path=path)
                for name in FORMATS
                if (path := groups["reports"][name]) is not None
            ),
        }
    )


def _merge(key: Key, old: Any, new: Any) -> object:
    if isinstance(new, Mapping):
        return {**old, **new}
    return (*old, *new) if key.adds_up else new
