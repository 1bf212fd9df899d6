"""The JSON Schema of the policy file, made from the table, for editors and other checkers."""

from ci_guard.config.fields import Schema
from ci_guard.policy.read import MATCH, Version
from ci_guard.policy.show import plain_value
from ci_guard.policy.table import GROUPS, KEYS, Key

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> Schema:
    """The schema of a whole file; each key is described once, under `$defs`."""
    keys: Schema = {name: {"$ref": f"#/$defs/{name}"} for name in dict.fromkeys(_top(key) for key in KEYS)}
    entry = _mapping({"match": MATCH.schema(), **keys}, required=["match"])
    return {
        "$schema": DIALECT,
        "title": "Policy of ci-guard",
        **_mapping(
            {"version": Version().schema(), **keys, "commands": {"type": "array", "items": entry}},
            required=["version"],
        ),
        "$defs": {name: _definition(name) for name in keys},
    }


def _top(key: Key) -> str:
    return key.name.partition(".")[0]


def _definition(name: str) -> Schema:
    if name not in GROUPS:
        return next(_described(key) for key in KEYS if key.name == name)
    members: Schema = {key.name.partition(".")[2]: _described(key) for key in KEYS if _top(key) == name}
    return _mapping(members)


def _described(key: Key) -> Schema:
    described: Schema = {"description": key.help, **key.kind.schema()}
    return described if key.default is None else described | {"default": plain_value(key, key.default)}


def _mapping(properties: Schema, required: list[str] | None = None) -> Schema:
    shape: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return shape | {"required": required} if required else shape
