import tracemalloc

import pytest

from ci_guard.config import source
from ci_guard.config.document import read_file
from ci_guard.config.inputs import LARGEST_FILE
from ci_guard.config.nodes import Node, Place, bare, node_of, plain
from ci_guard.config.problems import Problems
from ci_guard.config.source import DEEPEST, read_own, read_text
from ci_guard.errors import PolicyError


def mistakes(text: str | bytes) -> list[str]:
    with pytest.raises(PolicyError) as caught:
        read_text(text, "f.yml")
    return str(caught.value).splitlines()[1:]


def test_every_key_and_value_knows_its_place() -> None:
    root = read_text("a: 1\nb:\n  - x\n  - {c: 'd'}\n", "f.yml")
    assert isinstance(root.value, dict)
    assert (root.value["a"].place, root.value["a"].key) == (Place("f.yml", 1, 4), Place("f.yml", 1, 1))
    items = root.value["b"].value
    assert isinstance(items, tuple)
    assert [str(item.place) for item in items] == ["f.yml:3:5", "f.yml:4:5"]
    assert plain(root) == {"a": 1, "b": ("x", {"c": "d"})}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "f.yml:1:1: the file is empty"),
        ("# only a comment\n", "f.yml:1:1: the file is empty"),
        ("a: 1\na: 2\n", "f.yml:2:1: repeated key `a`, first written on line 1; remove one"),
        ("on: 3\n", "f.yml:1:1: key `on` is a boolean to YAML 1.1 and text to YAML 1.2; put it in quotes"),
        ("32: x\n", 'f.yml:1:1: key `32` is not a text; put it in quotes: `"32"`'),
        ("1:30: x\n", "f.yml:1:1: key `1:30` is a number in base 60 to YAML 1.1; put it in quotes"),
        ("? [a]\n: b\n", "f.yml:1:3: a key must be a text"),
        ("x: &x {a: 1}\nz:\n  <<: *x\n", "f.yml:3:3: merge keys (`<<`) are not supported; repeat the keys"),
        ("a: !python/name:os.system 1\n", "f.yml:1:4: tag `!python/name:os.system` is not supported"),
        ("a: !!str 1\n", "f.yml:1:4: tag `tag:yaml.org,2002:str` is not supported; remove it"),
        ("---\na: 1\n---\nb: 2\n", "f.yml:3:1: expected a single document in the stream"),
        ("a:\n\tb: 1\n", "f.yml:2:1: while scanning for the next token, found character '\\t'"),
        ("a: [1\n", "f.yml:2:1: while parsing a flow sequence, expected ',' or ']'"),
        ("a: b: c\n", "f.yml:1:5: mapping values are not allowed here; put the text in quotes"),
        ('a: "C:\\Users"\n', "f.yml:1:9: while scanning a double-quoted scalar"),
        ("match: *.exe\n", "f.yml:1:9: while scanning an alias"),
        ("a: \x07\n", "f.yml:1:4: character U+0007 is not allowed; remove it"),
        (b"a: 1\nb: caf\xe9\n", "f.yml:2:7: byte 0xE9 is not UTF-8; save the file as UTF-8"),
        (
            b"\xef\xbb\xbfa: 1\nb: caf\xe9 au lait\n",
            "f.yml:2:7: byte 0xE9 is not UTF-8; save the file as UTF-8",
        ),
        ("a: 1\n".encode("utf-16"), "f.yml:1:1: byte 0xFF is not UTF-8; save the file as UTF-8"),
        (b"#" * (LARGEST_FILE + 1), f"f.yml:1:1: the file has more than {LARGEST_FILE} bytes"),
        ("- " * (DEEPEST + 1) + "a", f"f.yml:1:{2 * DEEPEST + 1}: nested deeper than {DEEPEST} levels"),
        ("a: &x [*x]\n", "f.yml:1:4: an alias repeats itself or too much"),
    ],
)
def test_what_is_refused(text: str | bytes, expected: str) -> None:
    (line,) = mistakes(text)
    assert line.startswith(expected)


def test_aliases_cannot_multiply_without_end() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    (line,) = mistakes("\n".join(lines))
    assert "an alias repeats itself or too much" in line


BOMBS = {
    "lists": ("[x, x, x]", "[{0}, {0}, {0}]"),
    "mappings": ("{a: 1, b: 2, c: 3}", "{{a: {0}, b: {0}, c: {0}}}"),
    "mappings in lists": ("[{a: 1}]", "[{{a: {0}}}, {{b: {0}}}, {{c: {0}}}]"),
    "nothing at the bottom": ("[]", "[{0}, {0}, {0}]"),
}


@pytest.mark.parametrize(("bottom", "above"), BOMBS.values(), ids=BOMBS)
def test_whatever_aliases_multiply_is_refused_in_little_memory(bottom: str, above: str) -> None:
    lines = [f"a0: &a0 {bottom}", *(f"a{n}: &a{n} " + above.format(f"*a{n - 1}") for n in range(1, 36))]
    tracemalloc.start()
    try:
        (line,) = mistakes("\n".join(lines))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert "an alias repeats itself or too much" in line
    assert peak < 32 * LARGEST_FILE


@pytest.mark.parametrize("use", ["- *a\n", "- {*a : 1}\n"], ids=["values", "keys"])
def test_a_long_word_with_many_aliases_is_looked_at_once(use: str, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at = []

    def count(text: str, place: Place) -> Node:
        looked_at.append(text)
        return bare(text, place)

    monkeypatch.setattr(source, "bare", count)
    word = "9" * 4000
    read_text(f"- &a {word}\n" + use * 100, "f.yml")
    assert looked_at.count(word) == 1


def test_all_mistakes_are_listed_in_the_order_of_the_lines() -> None:
    assert [line.split(": ")[0] for line in mistakes("a: !x 1\nb: 1\nb: 2\nno: 3\n")] == [
        "f.yml:1:4",
        "f.yml:3:1",
        "f.yml:4:1",
    ]


def test_with_a_collection_of_problems_the_reader_of_the_values_can_go_on() -> None:
    problems = Problems()
    root = read_text("a: 1\na: 2\n", "f.yml", problems=problems)
    assert plain(root) == {"a": 1}
    assert len(problems) == 1


@pytest.mark.parametrize("written", ["yes", "No", "on", "OFF", "y", "1:30", "010", "0x10", "1_000", "1e3"])
def test_words_with_two_meanings_say_so(written: str) -> None:
    node = bare(written, Place("f.yml", 1, 1))
    assert node.surprise
    assert node.value == written


@pytest.mark.parametrize("written", ["2026-01-31", "2026-01-31 10:00:00", ".inf", ".NaN", "1.", ".5", "="])
def test_dates_and_odd_numbers_say_so(written: str) -> None:
    assert bare(written, Place("f.yml", 1, 1)).surprise


@pytest.mark.parametrize(
    ("written", "value"),
    [
        *(("", None), ("~", None), ("null", None), ("true", True), ("False", False), ("-12", -12), ("0", 0)),
        *(("1.5", 1.5), ("1m30s", "1m30s"), ("none", "none"), ("1.2.3", "1.2.3"), ("2026-01", "2026-01")),
    ],
)
def test_what_all_readers_of_yaml_agree_on(written: str, value: object) -> None:
    node = bare(written, Place("f.yml", 1, 1))
    assert (node.value, node.surprise) == (value, None)


def test_byte_order_mark_and_line_ends_of_windows_are_no_mistakes(tmp_path) -> None:
    path = tmp_path / "policy.yml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\r\nb: \xc3\xa9\r\n")
    assert plain(read_file(str(path))) == {"a": 1, "b": "é"}


def test_a_file_that_cannot_be_read_is_named(tmp_path) -> None:
    with pytest.raises(PolicyError, match="cannot read `the policy`"):
        read_file(str(tmp_path / "none.yml"), "the policy")


def test_plain_values_become_nodes_and_come_back() -> None:
    value = {"a": (1, "on", None, True), "b": {"c": 1.5}}
    assert plain(node_of(value, Place("x"))) == value


def test_own_files_are_read_as_strictly_and_damaged_ones_are_told() -> None:
    data = b"a: [1, 'x']\nb: {c: null}\n"
    assert read_own(data, "x", problems=Problems()) == read_text(data, "x")
    for damaged in (b"", b"a: [", b"\xff\xfe"):
        with pytest.raises(PolicyError):
            read_own(damaged, "x", problems=Problems())
