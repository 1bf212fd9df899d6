"""What a pattern is said to need is in every text that it matches: the texts are made from the patterns."""

import random
import sys
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

import pytest

from ci_guard.diagnose.patterns import compiled, may_occur, possible
from ci_guard.diagnose.printings import word_signatures
from ci_guard.diagnose.reading import read
from ci_guard.knowledge.load import load_knowledge
from ci_guard.model.knowledge import Signature

SEED, TEXTS = (
    12,
    4,
)  # of each pattern; fixed: a red run means a change. More: `python -m unit.diagnose.test_needs 500`
MOST_REPEATS = 3
WIDEST = 100  # characters of a range
CHARACTERS = "aZ09 _-./\\:'\"()[]"
CATEGORIES = {
    "DIGIT": "0123456789",
    "SPACE": " ",
    "WORD": "aZ9_",
    "NOT_DIGIT": "aZ_-",
    "NOT_SPACE": "aZ9/",
    "NOT_WORD": " -/",
}
KNOWLEDGE = load_knowledge()
SIGNATURES = [
    *KNOWLEDGE.general,
    *(signature for runtime in KNOWLEDGE.runtimes.values() for signature in runtime),
    *(signature for tool in KNOWLEDGE.tools for signature in tool.signatures),
    *word_signatures(KNOWLEDGE.codes),
]


class Maker:
    """Makes texts that a pattern may match; what looks ahead or behind is left to luck."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._groups: dict[int, str] = {}

    def text(self, pattern: str) -> str:
        self._groups = {}
        return self._all(_parser.parse(pattern))

    def _all(self, items: Any) -> str:
        return "".join(self._one(kind, value) for kind, value in items)

    def _one(self, kind: Any, value: Any) -> str:
        if kind is sre.LITERAL:
            return chr(value)
        if kind is sre.IN:
            return self._of_class(value)
        if kind in (sre.ANY, sre.NOT_LITERAL):
            return self._chance.choice([each for each in CHARACTERS if each != chr(value or 0)])
        if kind in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
            least, most, body = value
            times = self._chance.randint(least, min(int(most), least + MOST_REPEATS))
            return "".join(self._all(body) for _ in range(times))
        if kind is sre.BRANCH:
            return self._all(self._chance.choice(value[1]))
        if kind is sre.SUBPATTERN:
            made = self._all(value[-1])
            self._groups[value[0]] = made
            return made
        if kind is sre.ATOMIC_GROUP:
            return self._all(value)
        return self._groups.get(value, "") if kind is sre.GROUPREF else ""

    def _of_class(self, members: Any) -> str:
        if members[0][0] is sre.NEGATE:
            excluded = "".join(map(self._members, members[1:]))
            return self._chance.choice([each for each in CHARACTERS if each not in excluded] or [" "])
        return self._chance.choice(self._members(self._chance.choice(members)))

    def _members(self, member: Any) -> str:
        kind, value = member
        if kind is sre.RANGE:
            return "".join(map(chr, range(value[0], min(value[1], value[0] + WIDEST) + 1)))
        return chr(value) if kind is sre.LITERAL else CATEGORIES[str(value).partition("_")[2]]


def overlooked(signature: Signature, maker: Maker, texts: int) -> tuple[int, list[str]]:
    """How many texts the pattern matched, and those of them that seem to lack what it needs."""
    matched, wrong = 0, []
    for _ in range(texts):
        reading = read(maker.text(signature.pattern))
        if found := compiled(signature.pattern).search(reading.text):
            matched += 1
            left = compiled(possible(signature, reading)).search(reading.text)
            if not may_occur(signature, reading) or left is None or left.span() != found.span():
                wrong.append(reading.text)
    return matched, wrong


def test_no_text_is_overlooked() -> None:
    maker = Maker(random.Random(SEED))
    results = {each.id: overlooked(each, maker, TEXTS) for each in SIGNATURES}
    assert {name: wrong for name, (_, wrong) in results.items() if wrong} == {}
    matched = [count for count, _ in results.values()]
    assert sum(count > 0 for count in matched) > len(matched) * 0.8, "the maker of texts has become useless"


@pytest.mark.parametrize("pattern", ["needed|other", "(?:a|b)needed{2}", r"x[^\d]+y(?P<z>q|w) (?P=z)"])
def test_the_maker_makes_what_matches(pattern: str) -> None:
    maker = Maker(random.Random(SEED))
    assert all(compiled(pattern).search(maker.text(pattern)) for _ in range(50))


if __name__ == "__main__":
    many = Maker(random.Random())
    print(*(bad for each in SIGNATURES if (bad := overlooked(each, many, int(sys.argv[1])))[1]), sep="\n")
