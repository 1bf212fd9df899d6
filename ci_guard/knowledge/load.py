"""Hands out what is known: from the source where that is here, else as the build has compiled it.

A checkout has the source, a wheel (and the `.pyz` made of it) only the compiled form: so nobody reads a
compiled form that is older than its source.
"""

import os
from functools import lru_cache

from ci_guard.knowledge import compiled
from ci_guard.model.knowledge import Knowledge, Signature, Wrapper

_SOURCE = os.path.join(os.path.dirname(__file__), "data", "wrappers.yaml")


def load_knowledge(user_signatures: tuple[Signature, ...] = ()) -> Knowledge:
    """Everything that is known, the user's own signatures first.

    Raises `PolicyError` for a broken source, `GuardError` for a compiled form that is damaged, `OSError` for
    one that cannot be read.
    """
    built_in = _built_in()
    return Knowledge(
        general=user_signatures + built_in.general,
        runtimes=built_in.runtimes,
        tools=built_in.tools,
        codes=built_in.codes,
        places=built_in.places,
        wrappers=built_in.wrappers,
        marks=built_in.marks,
        products=built_in.products,
        publishing=built_in.publishing,
        misreadings=built_in.misreadings,
    )


def tweak_ids() -> frozenset[str]:
    """The ids of all tweaks. Raises as `load_knowledge` does."""
    return frozenset(tweak.id for tool in _built_in().tools for tweak in tool.tweaks)


@lru_cache(maxsize=1)
def load_wrappers() -> tuple[Wrapper, ...]:
    """The programs that run others. Raises as `load_knowledge` does."""
    if not os.path.exists(_SOURCE):
        return compiled.load_wrappers()
    from ci_guard.knowledge import source

    return source.read_wrappers()


@lru_cache(maxsize=1)
def _built_in() -> Knowledge:
    if not os.path.exists(_SOURCE):
        return compiled.load_knowledge()
    from ci_guard.knowledge import source

    return source.read_knowledge()
