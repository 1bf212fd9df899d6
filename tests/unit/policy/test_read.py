# ruff: noqa: E501 - a table is read by its rows
from pathlib import Path

import jsonschema
import pytest

from ci_guard.config.nodes import plain
from ci_guard.config.source import read_text
from ci_guard.errors import PolicyError
from ci_guard.knowledge.wrappers import parse_command
from ci_guard.policy.read import read_policy
from ci_guard.policy.schema import schema

BOTH = True  # the reader and the schema refuse it
READER = False  # only the reader can: YAML itself is wrong, or a schema has no words for it

BAD = [
    # text, mistakes, whether the schema refuses it too
    ("attempts: 3\n", ["1:1: key `version` is missing; begin the file with `version: 1`"], BOTH),
    ("version: 2\n", ["1:10: expected `1`, found `2`; update ci-guard, or write `version: 1`"], BOTH),
    ('version: "1"\n', ['1:10: expected `1`, found `"1"`; write `version: 1`'], BOTH),
    ("version: true\n", ["1:10: expected `1`, found `true`; write `version: 1`"], BOTH),
    ("- version\n", ["1:1: expected a policy, found a list; write it as `key: value`"], BOTH),
    ("atempts: 3\n", ["2:1: unknown key `atempts`; did you mean `attempts`?"], BOTH),
    ("attempts: 0\n", ["2:11: expected a whole number from 1 to 100, found `0`"], BOTH),
    ("attempts: 101\n", ["2:11: expected a whole number from 1 to 100, found `101`"], BOTH),
    ("attempts: 2.5\n", ["2:11: expected a whole number from 1 to 100, found `2.5`"], BOTH),
    ("attempts: true\n", ["2:11: expected a whole number from 1 to 100, found `true`"], BOTH),
    ('attempts: "6"\n', ['2:11: expected a whole number from 1 to 100, found `"6"`; write `6`'], BOTH),
    ("attempts: 010\n", ["2:11: expected a whole number from 1 to 100, found `010`; write `10`"], BOTH),
    ("attempts: null\n", ["2:11: expected a whole number from 1 to 100, found `null`"], BOTH),
    ("attempts:\n", ["2:10: expected a whole number from 1 to 100, found nothing"], BOTH),
    ("attempts: 3\nattempts: 4\n", ["3:1: repeated key `attempts`, first written on line 2; remove one"], READER),
    (
        "deadline: 1:30\n",
        ["2:11: expected a duration such as `250ms`, `2s`, `1m30s`, `15m`, more than zero, found `1:30`; write `1m30s`"],
        BOTH,
    ),
    (
        "deadline: 15 minutes\n",
        [
            "2:11: expected a duration such as `250ms`, `2s`, `1m30s`, `15m`, more than zero, "
            "found `15 minutes`; write `15m`"
        ],
        BOTH,
    ),
    (
        "deadline: 0\n",
        ["2:11: expected a duration such as `250ms`, `2s`, `1m30s`, `15m`, more than zero, found `0`"],
        BOTH,
    ),
    (
        "deadline: -5s\n",
        ["2:11: expected a duration such as `250ms`, `2s`, `1m30s`, `15m`, more than zero, found `-5s`"],
        BOTH,
    ),
    (
        "attempt_timeout:\n",
        [
            "2:17: expected a duration such as `250ms`, `2s`, `1m30s`, `15m`, more than zero, or `null`, "
            "found nothing; write `null` if you mean none"
        ],
        READER,
    ),
    ("repair: yes\n", ["2:9: expected `true` or `false`, found `yes`; write `true`"], BOTH),
    ("verify: yes\n", ["2:9: expected `true`, `false` or `always`, found `yes`; write `true`"], BOTH),
    ("repair: off\n", ["2:9: expected `true` or `false`, found `off`; write `false`"], BOTH),
    ("backoff: 2s\n", ["2:10: expected a mapping with the keys of `backoff`, found `2s`; write it as `key: value`"], BOTH),
    ("backoff: {max: 1s}\n", ["2:11: unknown key `max`; did you mean `maximum`?"], BOTH),
    ("backoff: {factor: 0.5}\n", ["2:19: expected a number from 1 on, found `0.5`"], BOTH),
    ("backoff: {jitter: 2}\n", ["2:19: expected a number from 0 to 1, found `2`"], BOTH),
    ("retry_on: network\n", ["2:11: expected a list of categories, found `network`; write `[network]`"], BOTH),
    ("retry_on: [netwrk]\n", ["2:12: expected a category, found `netwrk`; did you mean `network`?"], BOTH),
    ("retry_on: [network, network]\n", ["2:21: `network` is repeated; remove one"], BOTH),
    (
        "retry_on: [antivirus_block]\n",
        [
            "2:12: `antivirus_block` is not possible: it is a verdict, not a lock: "
            "trying again cannot change it"
        ],
        BOTH,
    ),
    ("tweaks: {mode: of}\n", ["2:16: expected `auto` or `off`, found `of`; did you mean `off`?"], BOTH),
    ("tweaks: {mode: false}\n", ["2:16: expected `auto` or `off`, found `false`; one of `auto`, `off`"], BOTH),
    ("environment: {A: 1}\n", ['2:18: expected a text, found `1`; put it in quotes: `"1"`'], BOTH),
    (
        "environment: {A: on}\n",
        ['2:18: `on` is a boolean to YAML 1.1 and text to YAML 1.2; put it in quotes: `"on"`'],
        READER,
    ),
    ('environment: {"A B": x}\n', ['2:15: expected the name of an environment variable, found `"A B"`'], BOTH),
    ("exit_codes: {antivirus_lock: 0}\n", ["2:30: expected a whole number from 1 to 255, found `0`"], BOTH),
    (
        "exit_codes: {antivirus: 75}\n",
        ['2:14: expected a category, found `"antivirus"`; did you mean `antivirus_lock`?'],
        BOTH,
    ),
    ("reports: {xml: a}\n", ["2:11: unknown key `xml`; the keys are `junit`, `json`, `markdown`"], BOTH),
    ("redact: ['(']\n", ["2:10: `(` is not a regular expression: missing ), unterminated subpattern at character 1"], READER),
    ("redact: ['x*']\n", ["2:10: `x*` matches the empty text, so everywhere; name a text that must be there"], READER),
    (
        "redact: ['(x+)+y']\n",
        [
            "2:10: `(x+)+y` repeats a repetition: a long line can keep it busy for ever; "
            "repeat only once, as `a+` instead of `(a+)+`"
        ],
        READER,
    ),
    ("fallback: []\n", ["2:11: the command is empty; write `null` for none"], BOTH),
    ("fallback: uv 'sync\n", ["2:11: `uv 'sync`: no closing quotation; close the quote"], READER),
    ("signatures: [{id: x}]\n", ["2:14: key `pattern` is missing; add `pattern:`"], BOTH),
    ("commands: {match: uv}\n", ["2:11: expected a list of entries under `commands`; begin each with `- match:`"], BOTH),
    ("commands:\n  - attempts: 2\n", ['3:5: key `match` is missing; add `match: "PROGRAM *"`'], BOTH),
    ("commands:\n  - mtach: uv\n", [
        "3:5: unknown key `mtach`; did you mean `match`?",
        '3:5: key `match` is missing; add `match: "PROGRAM *"`',
    ], BOTH),
    ("commands:\n  - {match: a, attempts: 0}\n", ["3:26: expected a whole number from 1 to 100, found `0`"], BOTH),
    (
        "commands:\n  - match: a\n  - match: a\n",
        ["4:5: repeated match `a`, first written on line 3; remove one"],
        READER,
    ),
    ("on: 1\n", ['2:1: key `on` is a boolean to YAML 1.1 and text to YAML 1.2; put it in quotes: `"on"`'], READER),
    ("attempts: [\n", ["3:1: while parsing a flow node, expected the node content, but found '<stream end>'"], READER),
]  # fmt: skip


def whole(text: str) -> str:
    return (
        text
        if text.startswith(("version", "attempts: 3\n", "- ")) and "\nattempts" not in text
        else "version: 1\n" + text
    )


@pytest.mark.parametrize(("text", "expected", "_schema"), BAD, ids=[row[0] for row in BAD])
def test_mistakes_have_their_place_and_a_suggestion(tmp_path: Path, text, expected, _schema) -> None:
    path = tmp_path / "p.yml"
    path.write_text(whole(text), encoding="utf-8")
    with pytest.raises(PolicyError) as caught:
        read_policy(str(path), "p.yml", (), parse_command)
    assert str(caught.value).splitlines()[1:] == [f"p.yml:{line}" for line in expected]


def listed(value: object) -> object:
    """What a JSON reader would see."""
    if isinstance(value, dict):
        return {name: listed(item) for name, item in value.items()}
    return [listed(item) for item in value] if isinstance(value, tuple) else value


@pytest.mark.parametrize("text", [row[0] for row in BAD if row[2]])
def test_the_schema_refuses_what_the_reader_refuses(text: str) -> None:
    value = listed(plain(read_text(whole(text), "p.yml")))
    assert not jsonschema.Draft202012Validator(schema()).is_valid(value)


def test_all_mistakes_are_listed_at_once_in_the_order_of_the_lines(tmp_path: Path) -> None:
    path = tmp_path / "p.yml"
    path.write_text(
        "attempts: 0\nbackoff: {jitter: 3, x: 1}\nretry_on: [a, network]\n"
        "commands:\n  - match: uv\n    deadlin: 1s\n  - verify: maybe\n    match: pip\n",
        encoding="utf-8",
    )
    with pytest.raises(PolicyError) as caught:
        read_policy(str(path), "p.yml", (), parse_command)
    first, *lines = str(caught.value).splitlines()
    assert first == "7 mistakes in the configuration:"
    assert [line.split(": ")[0] for line in lines] == [
        "p.yml:1:1",
        "p.yml:1:11",
        "p.yml:2:19",
        "p.yml:2:22",
        "p.yml:3:12",
        "p.yml:6:5",
        "p.yml:7:13",
    ]


GOOD = [
    "version: 1\n",
    "version: 1\ndeadline: null\nattempt_timeout: 1h2m3s4ms\n",
    "version: 1\nbackoff: {initial: 0, factor: 1, maximum: 90s, jitter: 0}\n",
    "version: 1\nretry_on: []\nredact: []\nsignatures: []\ncommands: []\nenvironment: {}\nexit_codes: {}\n",
    'version: 1\ntweaks: {mode: off}\nenvironment: {A: "on", B: null, C: ""}\n',
    "version: 1\nreports: {junit: 'out/{step}-{host}.xml', json: null}\nfallback: uv sync\n",
    "version: 1\nfallback: [uv, sync]\nexit_codes: {antivirus_block: 77, unknown: 255}\n",
    "version: 1\ncommands:\n  - {match: 'uv *', attempts: 10, tweaks: {deny: [uv.copy]}}\n",
    "version: 1\nsignatures: [{id: own, category: null, pattern: 'error (?P<code>\\d+)', namespace: win32}]\n",
]


@pytest.mark.parametrize("text", GOOD)
def test_reader_and_schema_accept_the_same(tmp_path: Path, text: str) -> None:
    path = tmp_path / "p.yml"
    path.write_text(text, encoding="utf-8")
    assert read_policy(str(path), "p.yml", ("uv", "sync"), parse_command)
    jsonschema.Draft202012Validator(schema()).validate(listed(plain(read_text(text, "p.yml"))))
