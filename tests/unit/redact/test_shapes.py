"""Every shape of a secret as its vendor documents it: each with a reference, examples and counterexamples."""

import shlex

import pytest

from ci_guard.redact.secrets import Secrets, redact_argv, redact_text
from ci_guard.redact.shapes import data

NOTHING = Secrets()
RULES = {rule["id"]: rule for rule in data()["rules"]}
OPTIONS = {each["programs"][0]: each for each in (*data()["options"], *data()["arguments"])}


def test_no_rule_is_there_twice() -> None:
    assert len(RULES) == len(data()["rules"])


@pytest.mark.parametrize("name", RULES)
def test_a_rule_has_what_it_must_have(name: str) -> None:
    rule = RULES[name]
    assert rule["reference"].startswith("https://")
    assert rule["examples"]
    assert rule["counterexamples"]
    assert all(hint == hint.lower() for hint in rule["hints"])


@pytest.mark.parametrize(
    ("text", "shown"), [pytest.param(*each, id=name) for name in RULES for each in RULES[name]["examples"]]
)
def test_an_example_is_masked(text: str, shown: str) -> None:
    assert redact_text(text, NOTHING) == shown


@pytest.mark.parametrize(
    "text", [pytest.param(each, id=name) for name in RULES for each in RULES[name]["counterexamples"]]
)
def test_a_counterexample_stays(text: str) -> None:
    assert redact_text(text, NOTHING) == text


def shown(argv: list[str]) -> list[str]:
    return list(redact_argv(argv, lambda word: redact_text(word, NOTHING)))


@pytest.mark.parametrize("name", OPTIONS)
def test_the_option_or_argument_of_a_program(name: str) -> None:
    each = OPTIONS[name]
    assert each["reference"].startswith("https://")
    own = len(name.split())
    for program in each["programs"]:
        argv, masked = ([*program.split(), *each[field][own:]] for field in ("example", "shown"))
        assert shown(argv) == masked
        assert shown(["/usr/bin/env", *argv]) == ["/usr/bin/env", *masked]
        assert redact_text(f"+ {' '.join(argv)}", NOTHING) == f"+ {' '.join(masked)}"
        quoted = redact_text(shlex.join(argv), NOTHING)
        assert not any(secret in quoted for secret in set(argv) - set(masked))
    assert shown(each["counterexample"]) == each["counterexample"]
    line = " ".join(each["counterexample"])
    assert redact_text(line, NOTHING) == line


OF_COMMAND_LINES = (
    *("long-option", "windows-option", "user-option", "proxy", "curl-certificate", "sonar-login"),
    *("oracle-tools", "samba-user", "lftp-user", "mount-option"),
)


@pytest.mark.parametrize(
    ("text", "masked"),
    [pytest.param(*each, id=name) for name in OF_COMMAND_LINES for each in RULES[name]["examples"]],
)
def test_what_a_rule_hides_in_a_line_is_hidden_in_the_words_of_a_command(text: str, masked: str) -> None:
    before, after = masked.split("***")
    secret = text[len(before) : len(text) - len(after)].strip("'")
    assert secret not in " ".join(shown(shlex.split(text)))


@pytest.mark.parametrize(
    "argv",
    [
        ["curl", "--cert", "client.pem", "https://h"],
        ["docker", "run", "-p", "80:80", "-v", "a:/b", "x"],
        ["sh", "-c", "cd a && make CC=gcc", "x:y"],
        ["uv", "pip", "install", "x==1.0,<2", "a@https://h/a.whl"],
    ],
)
def test_words_that_hold_no_secret_stay(argv: list[str]) -> None:
    assert shown(argv) == argv
