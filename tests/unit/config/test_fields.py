"""The kinds of values: what they read, and that their schema accepts the same."""

import re

import jsonschema
import pytest

from ci_guard.config.containers import CommandLine, ListOf, MappingOf, Nullable, Record, Regex
from ci_guard.config.fields import Choice, Duration, Flag, Number, Switch, Text, Validator, Whole
from ci_guard.config.nodes import Node, Place, bare, node_of, plain, word
from ci_guard.config.problems import Problems, Rejected, nearest
from ci_guard.config.source import read_text
from ci_guard.model.category import Category

HERE = Place("f.yml", 1, 1)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("250ms", 0.25),
        ("2s", 2.0),
        ("0.5s", 0.5),
        ("1m30s", 90.0),
        ("15m", 900.0),
        ("1h", 3600.0),
        ("1h2m3s4ms", 3723.004),
    ],
)
def test_durations(written: str, seconds: float) -> None:
    node = bare(written, HERE)
    assert Duration().read(node, Problems()) == pytest.approx(seconds)
    jsonschema.validate(plain(node), Duration().schema())


@pytest.mark.parametrize(
    ("written", "suggestion"),
    [
        ("1:30", "write `1m30s`"),
        ("1:30:00", "write hours, minutes, seconds as `1h2m3s`"),
        ("15 min", "write `15m`"),
        ("30sec", "write `30s`"),
        ("2hours", "write `2h`"),
        ("100 millis", "write `100ms`"),
        ("30s1m", None),
        ("soon", None),
        ("90", "add a unit: `90s` for seconds, `90m` for minutes"),
        ("1.5", "add a unit: `1.5s` for seconds, `1.5m` for minutes"),
        ("-1", None),
        ("0", None),
        ("true", None),
        ("1d", None),
        pytest.param("9" * 5000 + "s", None, id="endless"),
        pytest.param("0." + "9" * 5000 + "s", None, id="endless part"),
        pytest.param("9" * 5000 + " seconds", None, id="endless, spoken"),
        pytest.param("9" * 10 + "h1s", None, id="too long for a run"),
    ],
)
def test_wrong_durations(written: str, suggestion: str | None) -> None:
    problems = Problems()
    node = bare(written, HERE)
    with pytest.raises(Rejected):
        Duration().read(node, problems)
    assert [problem.suggestion for problem in problems] == [suggestion]
    assert all(len(problem.what) < 200 for problem in problems)
    assert not jsonschema.Draft202012Validator(Duration().schema()).is_valid(plain(node))


@pytest.mark.parametrize(
    ("written", "value"),
    [("1", True), ("TRUE", True), ("yes", True), ("on", True), ("0", False), ("No", False), ("off", False)],
)
def test_switches_of_the_environment_have_no_types(written: str, value: bool) -> None:
    assert Switch().read(word(written, HERE), Problems()) is value


KINDS: list[tuple[Validator[object], str, object]] = [
    (Text(), "abc", "abc"),
    (Text(), "'on'", "on"),
    (Flag(), "true", True),
    (Whole(1, 5), "5", 5),
    (Number(0, 1), "1", 1.0),
    (Number(1), "99.5", 99.5),
    (Choice("a word", ("auto", "off")), "off", "off"),
    (Nullable(Whole(1, 5)), "null", None),
    (ListOf(Whole(1, 5), "numbers"), "[1, 2]", (1, 2)),
    (MappingOf(Text(), Flag(), "flags"), "{a: true}", {"a": True}),
    (Record("a record", {"a": Flag()}, ("a",)), "{a: false}", {"a": False}),
    (Regex(("code",)), "'x(?P<code>y)'", "x(?P<code>y)"),
    (CommandLine(), "uv sync --name 'a b'", ("uv", "sync", "--name", "a b")),
    (CommandLine(), "[uv, sync]", ("uv", "sync")),
]


def as_json(node: Node) -> object:
    if isinstance(node.value, tuple):
        return [as_json(item) for item in node.value]
    if isinstance(node.value, dict):
        return {name: as_json(item) for name, item in node.value.items()}
    return node.value


@pytest.mark.parametrize(("kind", "written", "value"), KINDS, ids=[row[1] for row in KINDS])
def test_each_kind_reads_what_its_schema_accepts(
    kind: Validator[object], written: str, value: object
) -> None:
    node = read_text(written, "f.yml")
    assert kind.read(node, Problems()) == value
    jsonschema.validate(as_json(node), kind.schema())


@pytest.mark.parametrize("kind", [row[0] for row in KINDS], ids=[type(row[0]).__name__ for row in KINDS])
def test_each_kind_says_what_it_expects(kind: Validator[object]) -> None:
    problems = Problems()
    wrong = node_of({"x": (1,)} if not isinstance(kind, MappingOf | Record) else 1.5, HERE)
    with pytest.raises(Rejected):
        kind.read(wrong, problems)
    (problem,) = problems
    assert re.match(r"expected .+, found ", problem.what)


def test_a_choice_gives_the_member_of_the_enum() -> None:
    assert Choice("a category", Category).read(word("permission", HERE), Problems()) is Category.PERMISSION
    counted = MappingOf(Choice("a category", Category), Whole(1, 9), "statuses")
    (key,) = counted.read(read_text("{permission: 1}", "f.yml"), Problems())
    assert key is Category.PERMISSION


def test_the_patterns_of_the_schema_are_understood_by_javascript() -> None:
    """Editors run them with ECMAScript, which has no `(?P<...>)` and no flags inside."""
    for kind in (Duration(), Text(pattern=r"[a-z]+")):
        assert "(?P" not in str(kind.schema())
        assert "(?i" not in str(kind.schema())


def test_suggestions_are_for_near_words_only() -> None:
    assert nearest("atempts", ["attempts", "deadline"]) == "did you mean `attempts`?"
    assert nearest("zzz", ["attempts", "deadline"]) is None
