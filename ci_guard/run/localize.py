"""What is known about tools, with the words of this machine's Windows beside those that the data files have.

The files name the commonest languages; here the machine's own is added wherever a pattern or the list of
codes has the system's text for the same number.
"""

import re
from collections.abc import Mapping, Sequence

from ci_guard.dataclass import replace
from ci_guard.model.category import Category
from ci_guard.model.history import Namespace
from ci_guard.model.knowledge import CodeMeaning, Knowledge, Signature

_ABOUT_FILES = frozenset(
    {
        Category.ANTIVIRUS_LOCK,
        Category.ANTIVIRUS_BLOCK,
        Category.FILE_IN_USE,
        Category.DISK_FULL,
        Category.PATH_TOO_LONG,
    }
)


def in_words_of(knowledge: Knowledge, texts: Mapping[int, str]) -> Knowledge:
    """The knowledge with a system's text for each Win32 number added; unchanged where it has them all."""
    new = [
        (meaning, texts[meaning.number])
        for meaning in knowledge.codes
        if meaning.namespace is Namespace.WIN32
        and meaning.number in texts
        and not _is_known(meaning, texts[meaning.number])
    ]
    if not new:
        return knowledge
    longer = {meaning.number: replace(meaning, texts=(*meaning.texts, text)) for meaning, text in new}
    return replace(
        knowledge,
        codes=tuple(
            longer.get(each.number, each) if each.namespace is Namespace.WIN32 else each
            for each in knowledge.codes
        ),
        general=_reworded(knowledge.general, new),
        runtimes={name: _reworded(shared, new) for name, shared in knowledge.runtimes.items()},
        tools=tuple(replace(tool, signatures=_reworded(tool.signatures, new)) for tool in knowledge.tools),
    )


def _is_known(meaning: CodeMeaning, text: str) -> bool:
    return any(known in text for known in meaning.texts)


def _reworded(
    signatures: Sequence[Signature], new: Sequence[tuple[CodeMeaning, str]]
) -> tuple[Signature, ...]:
    return tuple(
        _as_here(signature, _with_alternatives(signature.pattern, new)) if _words_it(signature) else signature
        for signature in signatures
    )


def _words_it(signature: Signature) -> bool:
    """Whether its pattern has the system's text as what was refused, not as a part of another sentence."""
    return signature.namespace is not None or signature.category in _ABOUT_FILES


def _as_here(signature: Signature, pattern: str) -> Signature:
    return signature if pattern == signature.pattern else replace(signature, pattern=pattern, needs=None)


def _with_alternatives(pattern: str, new: Sequence[tuple[CodeMeaning, str]]) -> str:
    """The pattern with the new text as an alternative to a known text of the same number in it."""
    for meaning, text in new:
        known = next((each for each in meaning.texts if each in pattern), None)
        if known is None:
            continue
        words = re.escape(known)
        whole = re.search(rf"(?:(?<=[|>(])|(?<=\?:))[^|()\[\]\\]*{words}[^|()\[\]\\]*(?=[|)])", pattern)
        if whole is not None:  # the known text is a part of one alternative among others
            pattern = f"{pattern[: whole.end()]}|{re.escape(text)}{pattern[whole.end() :]}"
        else:
            pattern = pattern.replace(known, f"(?:{known}|{re.escape(text)})")
    return pattern
