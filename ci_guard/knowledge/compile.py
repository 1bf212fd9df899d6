"""Writes what the program needs of the knowledge as JSON, at the build; `compiled` reads it.

Left out: fields with their defaults, and the examples that only prove the patterns. Worked out here, since it
took two thirds of what a diagnosis takes: what each pattern needs, and how the systems' texts go wrong.
"""

import json
from collections.abc import Mapping
from typing import Any

from ci_guard.dataclass import MISSING, fields, is_dataclass, replace
from ci_guard.diagnose.mojibake import misreadings
from ci_guard.diagnose.needs import needs
from ci_guard.knowledge.compiled import KNOWLEDGE, MISREADINGS, WRAPPERS
from ci_guard.model.knowledge import Knowledge, Signature


def compile_knowledge(knowledge: Knowledge) -> dict[str, bytes]:
    """The compiled files by their names; the same bytes on every system."""
    return {
        KNOWLEDGE: _dumped(_plain(needed(knowledge))),
        WRAPPERS: _dumped(_plain(knowledge.wrappers)),
        MISREADINGS: _dumped(misreadings(knowledge.codes)),
    }


def needed(knowledge: Knowledge) -> Knowledge:
    """The knowledge without what only proves it, and with what follows from it.

    A tool's signature keeps the example that is shown.
    """
    return replace(
        knowledge,
        general=tuple(_bare(each) for each in knowledge.general),
        runtimes={name: tuple(_bare(each) for each in shared) for name, shared in knowledge.runtimes.items()},
        tools=tuple(
            replace(
                tool,
                signatures=tuple(_bare(each, shown=1) for each in tool.signatures),
                tweaks=tuple(replace(each, examples=(), counterexamples=()) for each in tool.tweaks),
                near_misses=tuple(
                    replace(each, examples=(), counterexamples=()) for each in tool.near_misses
                ),
            )
            for tool in knowledge.tools
        ),
        places=tuple(replace(each, needs=needs(each.pattern)) for each in knowledge.places),
        marks=tuple(replace(each, examples=(), counterexamples=()) for each in knowledge.marks),
        publishing=tuple(replace(each, examples=(), counterexamples=()) for each in knowledge.publishing),
    )


def _bare(signature: Signature, shown: int = 0) -> Signature:
    worked_out = needs(signature.pattern)
    return replace(signature, examples=signature.examples[:shown], counterexamples=(), needs=worked_out)


def _dumped(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode("ascii")


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        contents = ((field, getattr(value, field.name)) for field in fields(value))
        return {
            field.name: _plain(content)
            for field, content in contents
            if field.default is MISSING or content != field.default
        }
    if isinstance(value, Mapping):
        return {name: _plain(content) for name, content in value.items()}
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return value
