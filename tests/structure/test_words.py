"""Every sentence that a user can see, in one voice: plural forms, no words that only a translation has.

What a person reads is in string constants of the program and in the texts of what is known about tools. The
words of the glossary (docs/glossary.md) are used for their things, and no others.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from ci_guard.knowledge.listing import show_tool
from ci_guard.knowledge.load import load_knowledge
from ci_guard.reports.sentences import tell_attempted

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "ci_guard"
TOLD = ("why", "says", "does", "advice")  # keys of the data whose texts are shown
# after a number a noun needs `counted`, but for numbers that cannot be one
MANY = re.compile(
    r"(?P<value>\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}) (?:more |other |further |antivirus )*"
    r"(?:agents?|attempts|builds|bytes|characters|files|folders|incidents|levels|lines|locks|logs|machines|"
    r"mistakes|operations|packages|processes|programs|records|retries|runs|seconds|steps|tests|times|tools|"
    r"warnings)\b"
)
NEVER_ONE = re.compile(
    r"\{(?:size|limit|tries|len\(line\)|LARGEST\w*|DEEPEST|LONGEST|free|rate|least|:,|len\(bearers\)|len\(attempts\)|attempts|"
    r"len\(holds\))\}"
)
NOT_A = r"(?i)(?<!there )\bis no (?!longer\b|use\b|sign\b)\w"
DOUBLED = r"(?<!-)\b(\w+) \1\b(?<!had had)(?<!that that)"
# what was heard aloud as no native speaker's; the reason beside each
WRONG = {
    NOT_A: "say `is not a`",
    r"\bas (?:it|they) should be\b": "say what was verified",
    r"\bdoes not pass with time\b": "say that it is not retried",
    r"\bthat stays holds\b": "say that another program keeps it open",
    r"\blets this user (?:not )?\w": "say `allows` or `does not allow`",
    r"\bknows? no \w": "say `does not support` or `does not know`",
    r"\bat the most\b, the first": "say `the maximum number of`",
    r"\bis done without\b": "say `cannot be used`",
    r"\berrno error\b": "say `errno 13`",
    r"\ba own\b|\ban? \w+ of his\b": "say `its own`",
    r"\bmissing rights\b": "say `missing permissions`",
    DOUBLED: "a doubled word",
    r"\binformations\b|\badvices\b|\bevidences\b": "no plural",
    r"(?i)\bthis is no \w": "say what it is",
    r"\blook into (?:the|its) quarantine": "say `check the quarantine`",
    r"; --yes does it": "say `add --yes to`",
}


def python_texts() -> Iterator[tuple[str, str]]:
    """Place and text of each string, docstrings left out; of an f-string the code stands in its braces."""
    for path in sorted(SOURCE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        inside = {
            id(part)
            for node in ast.walk(tree)
            if isinstance(node, ast.JoinedStr)
            for part in ast.walk(node)
            if part is not node
        }
        docs = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
            and node.body
            and isinstance(node.body[0], ast.Expr)
        }
        for node in ast.walk(tree):
            if id(node) in inside or id(node) in docs:
                continue
            place = f"{path.relative_to(ROOT).as_posix()}:{getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield place, node.value
            elif isinstance(node, ast.JoinedStr):
                yield place, "".join(_part(part) for part in node.values)


def _part(part: ast.expr) -> str:
    if isinstance(part, ast.Constant):
        return str(part.value)
    assert isinstance(part, ast.FormattedValue)
    return f"{{{ast.unparse(part.value)}}}"


def data_texts() -> Iterator[tuple[str, str]]:
    """Place and text of what the files of knowledge say to people."""

    def walk(value: object, place: str) -> Iterator[tuple[str, str]]:
        if isinstance(value, dict):
            for name, item in value.items():
                if name in TOLD:
                    yield from ((place, text) for text in (item if isinstance(item, list) else [item]))
                yield from walk(item, place)
        elif isinstance(value, list):
            for item in value:
                yield from walk(item, place)

    for path in sorted(SOURCE.rglob("*.yaml")):
        place = path.relative_to(ROOT).as_posix()
        yield from walk(yaml.safe_load(path.read_text(encoding="utf-8")), place)


def test_what_a_person_can_do_is_said_as_such() -> None:
    remedies = [each for tool in load_knowledge().tools for each in tool.remedies]
    assert len(remedies) > 50
    assert [each.does for each in remedies if each.command and re.match(r"[a-z]+s ", each.does)] == []


def test_each_operation_that_a_signature_names_is_said_as_a_verb() -> None:
    knowledge = load_knowledge()
    own = [each for tool in knowledge.tools for each in tool.signatures]
    shared = [each for group in knowledge.runtimes.values() for each in group]
    named = {each.operation for each in (*own, *shared, *knowledge.general) if each.operation}
    assert len(named) > 15
    said = {name: tell_attempted(name, "x") for name in named - {"connect"}}  # connect is about no file
    assert [name for name, words in said.items() if not words.startswith("while ")] == []


def spoken(text: str) -> bool:
    """Whether it is a sentence for people, and not a pattern, a name or a format."""
    return " " in text.strip() and not re.search(r"\\[bdswW]|\(\?|\[\^|<\w+ |^\s*(?:import|def) ", text)


TEXTS = [each for each in (*python_texts(), *data_texts()) if spoken(each[1])]


def test_there_is_something_to_read() -> None:
    assert len(TEXTS) > 1000


def test_numbers_and_nouns_agree() -> None:
    wrong = [
        (place, text)
        for place, text in TEXTS
        for found in MANY.finditer(text)
        if "counted(" not in found["value"] and not NEVER_ONE.fullmatch(found["value"])
    ]
    assert wrong == []


@pytest.mark.parametrize("pattern", WRONG)
def test_no_sentence_is_a_translation(pattern: str) -> None:
    assert [each for each in TEXTS if re.search(pattern, each[1])] == [], WRONG[pattern]


@pytest.mark.parametrize(
    ("pattern", "sentence"),
    [
        (NOT_A, "x is no tool that"),
        (DOUBLED, "interrupted interrupted"),
    ],
)
def test_a_wrong_one_would_be_found(pattern: str, sentence: str) -> None:
    assert pattern in WRONG
    assert re.search(pattern, sentence)


def test_no_placeholder_is_shown_as_such() -> None:
    knowledge = load_knowledge()
    pages = {tool.name: show_tool(tool, knowledge) for tool in knowledge.tools}
    assert [name for name, page in pages.items() if re.search(r"\{\w+\}", page)] == []
