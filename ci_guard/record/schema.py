"""The JSON Schema of the record, made of its types; `run-1.schema.json` beside this file is what it makes."""

from collections.abc import Mapping
from enum import Enum
from types import NoneType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from ci_guard.dataclass import MISSING, fields, is_dataclass
from ci_guard.record.shape import SCHEMA, Keyword, RunRecord

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_WORDS = {str: "string", int: "integer", float: "number", bool: "boolean", NoneType: "null"}

Schema = dict[str, Any]


def schema() -> Schema:
    """The schema of a record; it allows further keys, since a newer ci-guard may write some."""
    definitions: dict[str, Schema] = {}
    whole = _object(RunRecord, definitions)
    return {"$schema": DIALECT, "title": f"Record of ci-guard, {SCHEMA}", **whole, "$defs": definitions}


def _object(shape: Any, definitions: dict[str, Schema]) -> Schema:
    hints = get_type_hints(shape, include_extras=True)
    return {
        "description": " ".join((shape.__doc__ or "").split()),
        "type": "object",
        "properties": {field.name: _of(hints[field.name], definitions) for field in fields(shape)},
        "required": [field.name for field in fields(shape) if field.default is MISSING],
    }


def _of(hint: Any, definitions: dict[str, Schema]) -> Schema:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        described = _of(arguments[0], definitions)
        for more in arguments[1:]:
            described |= {more.name: more.value} if isinstance(more, Keyword) else {"description": more}
        return described
    if NoneType in arguments:
        options = [_of(argument, definitions) for argument in arguments]
        simple = all(option.keys() == {"type"} for option in options)
        return {"type": [option["type"] for option in options]} if simple else {"anyOf": options}
    if origin is tuple:
        return {"type": "array", "items": _of(arguments[0], definitions)}
    if origin is Mapping:
        return {"type": "object", "additionalProperties": _of(arguments[1], definitions)}
    if is_dataclass(hint):
        name = hint.__name__.removesuffix("Record").lower()  # type: ignore[union-attr]
        if name not in definitions:
            definitions[name] = {}  # keeps its place in the order of the fields
            definitions[name] = _object(hint, definitions)
        return {"$ref": f"#/$defs/{name}"}
    if isinstance(hint, type) and issubclass(hint, Enum):
        return {"enum": [member.value for member in hint]}
    return {"type": _WORDS[hint]}
