"""The record as bytes and back: the one writer and the one reader.

The reader takes what the types say and nothing else; keys that it does not know are passed over, since a
newer ci-guard may have written them.
"""

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

from ci_guard.dataclass import MISSING, fields, is_dataclass
from ci_guard.errors import GuardError
from ci_guard.record.shape import SCHEMA, RunRecord

LARGEST_NUMBER = 2**63  # seconds, statuses and sizes are far below
HINT = "`--report json=FILE` writes records"


def write_record(record: RunRecord) -> bytes:
    """The record as UTF-8, keys in the order of the fields."""
    return (json.dumps(plain(record), ensure_ascii=False, allow_nan=False, indent=2) + "\n").encode("utf-8")


def write_line(record: RunRecord) -> bytes:
    """The record on one line, as JSON lines have it."""
    return (json.dumps(plain(record), ensure_ascii=False, allow_nan=False) + "\n").encode("utf-8")


def read_record(data: bytes, name: str) -> RunRecord:
    """The record that `write_record` wrote. Raises `GuardError`, which calls it by `name`."""
    try:
        value = json.loads(data)
    except ValueError as error:
        raise GuardError(f"`{name}` is not JSON: {error}", hint=HINT) from error
    if not isinstance(value, dict) or value.get("schema") != SCHEMA:
        raise GuardError(f"`{name}` is not a record of ci-guard (`{SCHEMA}`)", hint=HINT)
    try:
        record: RunRecord = typed(RunRecord, value)
    except ValueError as error:
        raise GuardError(f"`{name}` is not a record of ci-guard: {error}", hint=HINT) from error
    return record


def plain(value: Any) -> Any:
    """A dataclass, or what it is made of, as JSON has it."""
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value):
        return {
            field.name: plain(member)
            for field in fields(value)
            if (member := getattr(value, field.name)) is not None or field.default is MISSING
        }
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    return dict(value) if isinstance(value, Mapping) else value


def moment(seconds: float) -> str:
    """A point in time, given in seconds since the epoch."""
    return datetime.fromtimestamp(seconds, tz=UTC).isoformat(timespec="milliseconds")


def span(seconds: float | None) -> float | None:
    """A duration: milliseconds are enough, and JSON knows neither NaN nor infinity."""
    return round(seconds, 3) if seconds is not None and math.isfinite(seconds) else None


def typed(hint: Any, value: Any, place: str = "") -> Any:
    """A value of JSON as the type `hint`, such as a dataclass. Raises ValueError where it is none."""
    origin, arguments = get_origin(hint), get_args(hint)
    if NoneType in arguments:
        wanted = next(argument for argument in arguments if argument is not NoneType)
        return None if value is None else typed(wanted, value, place)
    if origin is tuple and isinstance(value, list):
        return tuple(typed(arguments[0], item, f"{place}[{at}]") for at, item in enumerate(value))
    if origin is Mapping and isinstance(value, dict):
        return {key: typed(arguments[1], item, f"{place}.{key}") for key, item in value.items()}
    if is_dataclass(hint) and isinstance(hint, type) and isinstance(value, dict):
        return _object(hint, value, place)
    if isinstance(hint, type) and issubclass(hint, Enum) and value in list(hint):
        return hint(value)
    if hint is float and type(value) in (int, float) and _is_reasonable(value):
        return float(value)
    if hint is int and type(value) is int and _is_reasonable(value):
        return value
    if hint in (str, bool) and type(value) is hint:
        return value
    raise ValueError(f"`{place.removeprefix('.')}` is {_shown(value)}")


def _is_reasonable(number: float) -> bool:
    """Neither NaN nor infinity, which Python reads though JSON has none, nor a number that no float holds."""
    return abs(number) < LARGEST_NUMBER


def _object(shape: Any, value: Mapping[str, Any], place: str) -> Any:
    members: dict[str, Any] = {}
    for name, (hint, optional) in _members(shape).items():
        if name in value:
            members[name] = typed(hint, value[name], f"{place}.{name}")
        elif not optional:
            raise ValueError(f"`{f'{place}.{name}'.removeprefix('.')}` is missing")
    return shape(**members)


@cache
def _members(shape: Any) -> dict[str, tuple[Any, bool]]:
    """The type of each field, and whether it may be missing."""
    hints = get_type_hints(shape)
    return {field.name: (hints[field.name], field.default is not MISSING) for field in fields(shape)}


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return f"`{text if len(text) <= 60 else text[:60] + '…'}`"
