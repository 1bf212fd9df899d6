"""Words of Windows that were read in the wrong code page on their way into a log, put right again.

Which words there are is data (`CodeMeaning.texts`); how they come out when the bytes of one code page are
taken for another one is computed. This helps where a tool prints no number: a number decides by itself.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from ci_guard.model.knowledge import CodeMeaning, Knowledge

_UTF8 = "utf-8"
# what texts are written and read in: of each pair the windows' page first, then the console's
_PAGES = (
    ("cp1252", "cp850"),
    ("cp1252", "cp437"),
    ("cp1250", "cp852"),
    ("cp1251", "cp866"),
    ("cp1254", "cp857"),
    ("cp936", "cp936"),
    ("cp950", "cp950"),
    ("cp932", "cp932"),
    ("cp949", "cp949"),
)
_WESTERN = ("cp1252", "latin-1", "cp437", "cp850")  # what the bytes of any page are shown in
_LOST = "\ufffd"
_MADE: "dict[tuple[str, ...], tuple[Mangled, ...]]" = {}  # by the texts: a log has many steps
_SHORTEST = 5  # characters that are not lost: fewer might be anything


class Mangled(NamedTuple):
    """One way in which a text goes wrong."""

    wrong: str
    right: str
    key: str  # the word of it that tells it from other texts


def misreadings(codes: Sequence[CodeMeaning]) -> dict[str, tuple[str, ...]]:
    """The ways in which each of the systems' texts goes wrong: worked out by the build."""
    texts = sorted({text for meaning in codes for text in meaning.texts if not text.isascii()})
    return {text: tuple(sorted({*_ways(text)})) for text in texts}


def mangled(knowledge: Knowledge) -> tuple[Mangled, ...]:
    """All the ways in which the systems' texts go wrong; those that may be two texts are left out."""
    texts = tuple(text for meaning in knowledge.codes for text in meaning.texts)
    if texts not in _MADE:
        _MADE[texts] = _variants(texts, knowledge.misreadings)
    return _MADE[texts]


def _variants(texts: Sequence[str], known: Mapping[str, Sequence[str]]) -> tuple[Mangled, ...]:
    right = {*texts}
    found: dict[str, str | None] = {}
    for text in sorted(text for text in right if not text.isascii()):
        for wrong in known[text] if text in known else sorted({*_ways(text)}):
            if wrong not in right:
                found[wrong] = text if found.get(wrong, text) == text else None
    ordered = sorted(found.items(), key=lambda pair: -len(pair[0]))
    return tuple(Mangled(wrong, right, _key(wrong)) for wrong, right in ordered if right is not None)


def _ways(text: str) -> Iterable[str]:
    for written, read in {*_misreadings()}:
        try:
            data = text.encode(written)
        except UnicodeEncodeError:  # a language that the page cannot write
            continue
        wrong = data.decode(read, "replace").rstrip(_LOST)
        if _tells_enough(wrong, text):
            yield wrong
    for lost in ("?", _LOST):
        wrong = "".join(character if character.isascii() else lost for character in text)
        if _tells_enough(wrong, text):
            yield wrong


def _misreadings() -> Iterable[tuple[str, str]]:
    for window, console in _PAGES:
        for page in {window, console}:
            yield page, _UTF8
            yield _UTF8, page
            yield from ((page, western) for western in _WESTERN if western != page)
        if window != console:
            yield window, console
            yield console, window
    yield _UTF8, "latin-1"


def _tells_enough(wrong: str, text: str) -> bool:
    kept = [character for character in wrong if character not in ("?", _LOST, " ")]
    return bool(_key(wrong)) and wrong != text and "\n" not in wrong and len(kept) >= _SHORTEST


def _key(wrong: str) -> str:
    strange = [word for word in wrong.split() if "?" in word or not word.isascii()]
    return max(strange, key=len, default="")


def mistakes_in(vocabulary: str, variants: Callable[[], Sequence[Mangled]]) -> tuple[Mangled, ...]:
    """The variants that a log may hold, told from its words, one a line; most logs need none of them."""
    if vocabulary.isascii() and "?" not in vocabulary:
        return ()
    strange = "\n".join(word for word in vocabulary.split("\n") if "?" in word or not word.isascii())
    return tuple(variant for variant in variants() if variant.key in strange) if strange else ()


def put_right(line: str, mistakes: Sequence[Mangled]) -> str:
    """The line with the texts as the system wrote them."""
    for mistake in mistakes:
        line = line.replace(mistake.wrong, mistake.right)
    return line
