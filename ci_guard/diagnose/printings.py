"""The systems' own words as signatures: all texts of the table of errors, for every tool."""

import re
from collections.abc import Sequence
from functools import lru_cache

from ci_guard.diagnose.needs import SHORTEST
from ci_guard.model.knowledge import CodeMeaning, Needs, Signature

WORDS = "general.words"  # the id of all of them
_FULL_STOPS = " .:\u3002\uff0c"
_ERRORS = "https://learn.microsoft.com/windows/win32/debug/system-error-codes"
# beginnings of sentences, which signatures of their own read to the end
_PARTS = frozenset(
    {"Access to the path", "The process cannot access the file"}
    | {"AccessDenied", "PermissionDenied", "FileBusy", "DeviceBusy"}  # Zig's names of errors
)


@lru_cache(maxsize=4)
def word_signatures(codes: Sequence[CodeMeaning]) -> tuple[Signature, ...]:
    """A signature for each text; the longer ones first, so that a part of a sentence adds nothing to it."""
    texts = {
        text.rstrip(_FULL_STOPS): meaning.namespace
        for meaning in codes
        for text in meaning.texts
        if meaning.category is not None and text not in _PARTS
    }
    return tuple(
        Signature(
            id=WORDS,
            category=None,
            pattern=rf"(?P<symbol>{_escaped(text)})",
            namespace=namespace,
            reference=_ERRORS,
            examples=(text,),
            generic=True,
            needs=_needs(text),
        )
        for text, namespace in sorted(texts.items(), key=lambda item: -len(item[0]))
    )


def _needs(text: str) -> Needs:
    """As `needs.needs` tells it of the pattern, without reading that again: each word of the text."""
    words = tuple(word for word in text.split(" ") if len(word) >= SHORTEST)
    return (words,) if words else ()


def _escaped(text: str) -> str:
    """Spaces stay spaces: they match the breaks of wrapped lines."""
    edge = r"\b" if text[:1].isascii() and text[:1].isalpha() else ""
    return edge + re.escape(text).replace(r"\ ", " ")
