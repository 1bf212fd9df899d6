"""Every example of every signature leads to that signature's verdict through the whole classifier.

That a pattern fits its example says nothing of what the user is told: another signature may win.
"""

from collections.abc import Iterator

import pytest

from ci_guard.diagnose.classify import classify_text
from ci_guard.knowledge.load import load_knowledge
from ci_guard.model.category import Category
from ci_guard.model.history import Diagnosis
from ci_guard.model.knowledge import Signature

pytestmark = pytest.mark.table

KNOWLEDGE = load_knowledge()
# its number says that the folder is in use or that something was added: no cause by itself
SAYS_NO_CAUSE = frozenset({"warning: failed to remove build/x: Directory not empty"})


def cases() -> Iterator[object]:
    shared = [*KNOWLEDGE.general, *(each for known in KNOWLEDGE.runtimes.values() for each in known)]
    owned: list[tuple[tuple[str, ...], Signature]] = [((), signature) for signature in shared]
    owned += [((tool.programs[0],), each) for tool in KNOWLEDGE.tools for each in tool.signatures]
    for argv, signature in owned:
        for number, example in enumerate(signature.examples, 1):
            yield pytest.param(signature, example, argv, id=f"{signature.id}-{number}")


def verdicts(signature: Signature, example: str, argv: tuple[str, ...]) -> list[Diagnosis]:
    """On every system that the signature speaks of, after the tool that it belongs to."""
    status = 0 if signature.on_success else 1
    return [
        classify_text(example, exit_status=status, argv=argv, knowledge=KNOWLEDGE, system=system)
        for system in (signature.systems or (None,))
    ]


@pytest.mark.parametrize(("signature", "example", "argv"), list(cases()))
def test_an_example_leads_to_its_own_verdict(
    signature: Signature, example: str, argv: tuple[str, ...]
) -> None:
    for found in verdicts(signature, example, argv):
        winner = found.match.signature if found.match is not None else None
        if signature.nonfatal:
            assert winner != signature.id
        elif signature.category is Category.UNKNOWN:  # only names a package or who holds the file
            assert winner != signature.id or (found.match is not None and found.match.holders)
        elif signature.category is None:
            told = winner == signature.id or found.category is not Category.UNKNOWN
            assert told or example in SAYS_NO_CAUSE
        else:  # another signature may read the same words, if it says the same of them
            assert (found.category, winner) == (signature.category, winner)
