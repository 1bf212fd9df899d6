"""What people are advised to type is whole: nothing in it stands for something that they have to find out."""

import re
from collections.abc import Iterator

import pytest

from ci_guard.diagnose.classify import classify_text
from ci_guard.explain.advice import Adviser
from ci_guard.knowledge.load import load_knowledge
from ci_guard.model.knowledge import Tool
from ci_guard.model.policy import Policy
from ci_guard.redact.secrets import find_secrets, redact_text

KNOWLEDGE = load_knowledge()
VARIABLE = re.compile(r"\b[A-Z]+_[A-Z_]+\b")  # of the environment: that is its name
CODE = re.compile(r"`([^`]+)`")
PLACEHOLDER = re.compile(r"(?<![\w$%.\\/:-])(?:[A-Z]{3,}|<\w[\w -]*>)(?![\w.:\\/=])")
FILLED = {"{package}", "{name}", "{version}"}  # by the program, or the sentence is left out


def texts(tool: Tool) -> Iterator[str]:
    for remedy in tool.remedies:
        yield f"`{remedy.command}`" if remedy.command else remedy.does
    for signature in tool.signatures:
        yield from signature.advice


@pytest.mark.parametrize("tool", KNOWLEDGE.tools, ids=lambda tool: tool.name)
def test_nothing_has_to_be_filled_in(tool: Tool) -> None:
    for text in texts(tool):
        for code in CODE.findall(text):
            assert not PLACEHOLDER.search(VARIABLE.sub("", code)), text
            assert set(re.findall(r"\{\w+\}", code)) <= FILLED, text


def test_nothing_that_is_said_looks_like_a_secret() -> None:
    secrets = find_secrets({})
    said = [text for tool in KNOWLEDGE.tools for text in texts(tool)]
    said += [tweak.why for tool in KNOWLEDGE.tools for tweak in tool.tweaks]
    said += [sentence for known in KNOWLEDGE.signatures() for sentence in known.advice]
    assert [text for text in said if redact_text(text, secrets) != text] == []


@pytest.mark.parametrize(("program", "other"), [("tox", "nox"), ("nox", "tox")])
def test_what_is_said_is_for_the_program_that_ran(program: str, other: str) -> None:
    text = r"PermissionError: [WinError 5] Access is denied: 'C:\\w\\.tox\\py\\Lib\\a.pyd'"
    argv = (program,)
    found = classify_text(text, argv=argv, knowledge=KNOWLEDGE)
    told = Adviser(KNOWLEDGE, Policy()).hints(found, argv, text)
    assert any(f"`{program} " in sentence for sentence in told)
    assert not any(f"`{other} " in sentence for sentence in told)


@pytest.mark.parametrize(
    ("command", "inside"),
    [
        ("docker build .", True),
        ("docker run --rm image uv sync", True),
        ("docker compose exec web uv sync", True),
        ("podman exec c uv sync", True),
        ("docker buildx build -t a .", True),
        ("docker load -i a.tar", False),
        ("uv sync", False),
    ],
)
def test_no_exclusion_inside_a_container(command: str, inside: bool) -> None:
    text = (
        r"failed to rename file from C:\uv\.tmpAbCdEf to C:\uv\archive-v0\xYz: Access is denied. (os error 5)"
    )
    argv = tuple(command.split())
    found = classify_text(text, argv=argv, knowledge=KNOWLEDGE)
    told = Adviser(KNOWLEDGE, Policy()).hints(found, argv, text)
    assert any("security team" in sentence for sentence in told) is not inside


@pytest.mark.parametrize("tool", KNOWLEDGE.tools, ids=lambda tool: tool.name)
def test_what_is_said_is_filled_in(tool: Tool) -> None:
    adviser = Adviser(KNOWLEDGE, Policy())
    for signature in tool.signatures:
        for example in signature.examples:
            argv = (tool.programs[0], "install")
            found = classify_text(example, argv=argv, knowledge=KNOWLEDGE)
            for sentence in adviser.hints(found, argv, example):
                assert not re.search(r"\{\w+\}", sentence), sentence


def test_a_placeholder_would_be_seen() -> None:
    assert PLACEHOLDER.search("python -m venv --clear VENV")
    assert PLACEHOLDER.search("pip install <package>")
    assert not PLACEHOLDER.search(VARIABLE.sub("", "set UV_LINK_MODE=copy"))
