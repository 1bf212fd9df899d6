"""The parameter `tree` of Jenkins' REST API: `builds[number,actions[causes]]{0,9}` (Stapler, TreePruner)."""

from typing import Any


def parse(text: str) -> dict[str, tuple[dict[str, Any], slice | None]]:
    fields, rest = _fields(text)
    assert rest == "", f"tree not understood: {rest}"
    return fields


def _fields(text: str) -> tuple[dict[str, tuple[dict[str, Any], slice | None]], str]:
    fields: dict[str, tuple[dict[str, Any], slice | None]] = {}
    while text and text[0] != "]":
        end = min((text.find(sign) for sign in ",[]{" if sign in text), default=len(text))
        name, text = text[:end], text[end:]
        inner: dict[str, Any] = {}
        limits = None
        if text.startswith("["):
            inner, text = _fields(text[1:])
            assert text.startswith("]")
            text = text[1:]
        if text.startswith("{"):
            span, _, text = text[1:].partition("}")
            low, _, high = span.partition(",")
            limits = slice(int(low or 0), int(high) if high else None)
        fields[name] = (inner, limits)
        text = text.removeprefix(",")
    return fields, text


def prune(value: Any, fields: dict[str, Any]) -> Any:
    """What an answer holds of a value; the class of each object is told whether it was asked for or not."""
    if not fields:
        return _bare(value)
    if isinstance(value, list):
        return [prune(item, fields) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {"_class": value["_class"]} if "_class" in value else {}
    for name, (inner, limits) in fields.items():
        if name in value:
            found = value[name]
            kept[name] = prune(found[limits] if limits is not None else found, inner)
    return kept


def _bare(value: Any) -> Any:
    """A value that is named without its members: of an object only the class remains."""
    if isinstance(value, list):
        return [_bare(item) for item in value]
    if isinstance(value, dict):
        return {"_class": value["_class"]} if "_class" in value else {}
    return value
