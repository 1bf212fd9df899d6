"""Every entry of every data file brings its proof: a reference, examples, counterexamples."""

import re

import pytest

from ci_guard.diagnose.classify import classify_text
from ci_guard.explain.fallback import suggested_fallbacks
from ci_guard.knowledge.load import load_knowledge
from ci_guard.model.category import Category, System
from ci_guard.model.knowledge import Fallback, Signature, Telling, Tool, Tweak
from ci_guard.model.policy import TweakPolicy
from ci_guard.recover.tweaks import select_tweaks

KNOWLEDGE = load_knowledge()
SIGNATURES = [
    *KNOWLEDGE.general,
    *(signature for runtime in KNOWLEDGE.runtimes.values() for signature in runtime),
    *(signature for tool in KNOWLEDGE.tools for signature in tool.signatures),
]
TWEAKS = [pytest.param(tool, tweak, id=tweak.id) for tool in KNOWLEDGE.tools for tweak in tool.tweaks]
TOOLS = [pytest.param(tool, id=tool.name) for tool in KNOWLEDGE.tools]


@pytest.mark.parametrize("signature", SIGNATURES, ids=lambda signature: signature.id)
def test_a_signature_says_what_it_is_not_for(signature: Signature) -> None:
    assert signature.examples
    assert signature.counterexamples


def is_applied(tool: Tool, tweak: Tweak, output: str) -> bool:
    """Whether the attempt after such an output gets the tweak."""
    system = tweak.systems[0] if tweak.systems else None
    found = classify_text(output, argv=[tool.programs[0]], knowledge=KNOWLEDGE, system=system)
    if found.category is not Category.ANTIVIRUS_LOCK:
        return False
    return tweak in select_tweaks(
        tool.tweaks, tweak.from_attempt, found, TweakPolicy(), system or System.WINDOWS
    )


@pytest.mark.parametrize(("tool", "tweak"), TWEAKS)
def test_a_tweak_is_applied_after_its_examples_only(tool: Tool, tweak: Tweak) -> None:
    assert tweak.examples
    assert tweak.counterexamples
    for example in tweak.examples:
        assert is_applied(tool, tweak, example), example
    for example in tweak.counterexamples:
        assert not is_applied(tool, tweak, example), example


@pytest.mark.parametrize("tool", TOOLS)
def test_what_is_said_about_a_tool_has_a_reference_and_names_what_exists(tool: Tool) -> None:
    known = {signature.id for signature in SIGNATURES}
    for entry in (*tool.releases, *tool.remedies):
        assert entry.id.startswith(f"{tool.name}.")
        assert set(entry.signatures) <= known
    for said in (*tool.tweaks, *tool.releases, *tool.remedies, *tool.fallbacks, *tool.notes):
        assert said.reference.startswith("https://")
    assert tool.version is not None or not tool.releases, "no way to tell the version"


FALLBACKS = [pytest.param(tool, each, id=each.id) for tool in KNOWLEDGE.tools for each in tool.fallbacks]


@pytest.mark.parametrize(("tool", "fallback"), FALLBACKS)
def test_another_command_is_suggested_for_its_examples_only(tool: Tool, fallback: Fallback) -> None:
    assert fallback.id.startswith(f"{tool.name}.")
    assert fallback.examples
    assert fallback.counterexamples
    for example in fallback.examples:
        found = re.fullmatch(fallback.pattern, example)
        assert found is not None, example
        instead = fallback.command.format(**found.groupdict())
        assert all(value in instead for value in found.groupdict().values())
        suggested = list(suggested_fallbacks(example.split(), KNOWLEDGE))
        assert [reference for _, reference in suggested] == [fallback.reference]
        assert f"`{instead}` instead of `{example}`" in suggested[0][0]
    for example in fallback.counterexamples:
        assert not re.fullmatch(fallback.pattern, example), example


def test_there_are_other_commands() -> None:
    assert {"uv.tool-run", "pipx.run", "npm.exec"} <= {param.id for param in FALLBACKS}


@pytest.mark.parametrize(
    "command",
    [
        "env A=1 /opt/uv tool install ruff",
        r"C:\bin\uv.exe tool install ruff",
        "python -m uv tool install ruff",
    ],
)
def test_a_program_is_known_however_it_is_started(command: str) -> None:
    (sentence, _reference) = next(suggested_fallbacks(command.split(), KNOWLEDGE))
    assert "`uvx ruff`" in sentence


TELLINGS = [pytest.param(each, id=tool.name) for tool in KNOWLEDGE.tools for each in tool.near_misses]


@pytest.mark.parametrize("telling", TELLINGS)
def test_a_survived_lock_is_told_by_its_examples_only(telling: Telling) -> None:
    assert telling.examples
    assert telling.counterexamples
    assert telling.reference.startswith("https://")
    assert bool(telling.environment) is bool(telling.chatter)
    for example in telling.examples:
        match = re.search(telling.pattern, example)
        assert match is not None
        assert match["path"]
        assert not telling.chatter or example.startswith(telling.chatter)
    assert not any(re.search(telling.pattern, example) for example in telling.counterexamples)
