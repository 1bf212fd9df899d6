"""Writes values of the policy as YAML that the reader understands again: resolved, or as a reference."""

import json
from collections.abc import Mapping, Sequence

from ci_guard.config.containers import Nullable
from ci_guard.config.fields import Duration, Validator
from ci_guard.config.nodes import Place, bare
from ci_guard.dataclass import fields, is_dataclass
from ci_guard.model.policy import Origin, Policy, Source
from ci_guard.policy.kinds import OFF, PatienceLimit
from ci_guard.policy.resolve import Resolved
from ci_guard.policy.table import FORMATS, KEYS, VERSION, Key

_COMMENT_COLUMN = 40
_UNITS = (("h", 3600_000), ("m", 60_000), ("s", 1000), ("ms", 1))  # in milliseconds


def show(resolved: Resolved) -> str:
    """The resolved policy as a policy file, with the origin of each value as a comment."""
    lines = [f"version: {VERSION}"]
    values = values_of(resolved.policy)
    group = ""
    for key in KEYS:
        head, _, member = key.name.partition(".")
        if member and head != group:
            lines.append(f"{head}:")
        group = head if member else ""
        line = f"  {member}" if member else head
        lines += _entry(key, line, values[key.name], resolved.origin)
    return "\n".join(lines) + "\n"


def show_json(resolved: Resolved) -> str:
    """The same as JSON: by key the value, as a policy file has it, and the places where it was set."""
    values = values_of(resolved.policy)
    shown = {
        key.name: {
            "value": plain_value(key, values[key.name]),
            "origin": [_tell_origin(origin) for origin in resolved.origin[key.name]],
        }
        for key in KEYS
    }
    return (
        json.dumps({"file": resolved.called or None, "settings": shown}, indent=2, ensure_ascii=False) + "\n"
    )


def plain_value(key: Key, value: object) -> object:
    """A value as JSON has it: that of a policy file, with its durations as texts."""
    if isinstance(value, float) and is_duration(key):
        return duration(value)
    if isinstance(_kind(key), PatienceLimit):
        return OFF if value is None else {"limit": duration(value)}  # type: ignore[arg-type]
    return _json(value)


def _json(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(name): _json(item) for name, item in value.items()}
    if is_dataclass(value):
        said = {field.name: getattr(value, field.name) for field in fields(value)}
        return {name: _json(each) for name, each in said.items() if each}
    return [_json(item) for item in value] if isinstance(value, tuple | list) else value


def reference_table() -> str:
    """Every key of the policy as a table in Markdown: default, option, variable, meaning."""
    lines = ["| key | default | option | environment | meaning |", "| --- | --- | --- | --- | --- |"]
    for key in KEYS:
        option = f"`{key.option.flag}`" if key.option else ""
        variable = f"`{key.option.variable}`" if key.option else ""
        cells = (f"`{key.name}`", f"`{written(key, key.default)}`", option, variable, key.help)
        lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return "\n".join(lines) + "\n"


def is_duration(key: Key) -> bool:
    """Whether the value is a time span."""
    return isinstance(_kind(key), Duration)


def written(key: Key, value: object) -> str:
    """A value as it is written in a policy file."""
    kind = _kind(key)
    if isinstance(kind, PatienceLimit):
        return OFF if value is None else f"{{limit: {duration(value)}}}"  # type: ignore[arg-type]
    if isinstance(kind, Duration) and isinstance(value, int | float):
        return duration(value)
    return _flow(value)


def _kind(key: Key) -> Validator[object]:
    kind = key.kind
    return kind.kind if isinstance(kind, Nullable) else kind


def tell_origins(origins: Sequence[Origin]) -> str:
    """Where a value was set: `default`, `FILE:LINE`, `environment VARIABLE`, `command line OPTION`."""
    return ", ".join(map(_tell_origin, origins))


def _tell_origin(origin: Origin) -> str:
    if origin.source is Source.FILE:
        return f"{origin.name}:{origin.line}"
    return f"{origin.source} {origin.name}".rstrip()


def values_of(policy: Policy) -> dict[str, object]:
    """The values of a policy by key."""
    reports = {target.format: target.path for target in policy.reports}
    values: dict[str, object] = {f"reports.{name}": reports.get(name) for name in FORMATS}
    for key in KEYS:
        head, _, member = key.name.partition(".")
        if head != "reports":
            value = getattr(policy, head)
            values[key.name] = getattr(value, member) if member else value
    return values


def _entry(key: Key, head: str, value: object, origin: Mapping[str, tuple[Origin, ...]]) -> list[str]:
    if not isinstance(value, Mapping) or not value:
        return [_commented(f"{head}: {written(key, value)}", tell_origins(origin[key.name]))]
    items = [
        _commented(
            f"  {_flow(str(name))}: {_flow(item)}",
            tell_origins(origin.get(f"{key.name}.{name}", origin[key.name])),
        )
        for name, item in value.items()
    ]
    return [f"{head}:", *items]


def _commented(line: str, comment: str) -> str:
    return f"{line:<{_COMMENT_COLUMN}} # {comment}"


def duration(seconds: float) -> str:
    """The duration in the largest units that say it exactly; a broken number of seconds for the rest."""
    if not seconds:
        return "0s"
    rest = round(seconds * 1000)
    if rest == 0 or abs(rest - seconds * 1000) > 1e-6:
        return f"{_number(seconds)}s"
    parts = []
    for unit, size in _UNITS:
        amount, rest = divmod(rest, size)
        if amount:
            parts.append(f"{amount}{unit}")
    return "".join(parts)


def _number(value: float) -> str:
    return f"{value:.0f}" if value == int(value) else f"{value:.12f}".rstrip("0")


def _flow(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_flow(str(name))}: {_flow(item)}" for name, item in value.items()) + "}"
    if is_dataclass(value):  # a signature; what is not said there is left out
        said = {field.name: getattr(value, field.name) for field in fields(value)}
        return _flow({name: each for name, each in said.items() if each})
    if isinstance(value, tuple | list):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    if isinstance(value, float):
        return _number(value)
    return _text(value) if isinstance(value, str) else json.dumps(value)


def _text(value: str) -> str:
    node = bare(value, Place(""))
    simple = value.replace("_", "").replace("-", "").replace(".", "").replace("/", "").isalnum()
    if simple and value[0].isalpha() and isinstance(node.value, str) and not node.surprise:
        return value
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\x7F")
