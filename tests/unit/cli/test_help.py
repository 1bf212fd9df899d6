"""Every page of help: there for each command, whole, and with examples that are understood."""

import re
import shlex
from collections.abc import Iterator

import click
import pytest

from ci_guard.cli import main
from ci_guard.cli.commands import COMMANDS
from ci_guard.cli.examples import EXAMPLES
from ci_guard.cli.guard_parser import _COMMAND, read_front
from ci_guard.cli.help_page import HelpPage, HelpPages
from ci_guard.cli.topics import TOPICS
from ci_guard.model.category import Category, RunOutcome
from ci_guard.policy.table import KEYS, options

PROGRAM = "ci-guard"


def pages() -> Iterator[tuple[str, click.Command]]:
    """Each command with the words that call it."""
    import importlib

    yield PROGRAM, _COMMAND
    for name, entry in COMMANDS.items():
        command = getattr(importlib.import_module(entry.module), entry.attribute)
        if not isinstance(command, click.Command):
            continue  # the guard itself
        yield f"{PROGRAM} {name}", command
        for inner in getattr(command, "commands", {}).values():
            yield f"{PROGRAM} {name} {inner.name}", inner


PAGES = dict(pages())


def test_every_page_is_made_in_the_same_way() -> None:
    assert [path for path, page in PAGES.items() if not isinstance(page, HelpPage | HelpPages)] == []
    assert set(EXAMPLES) == set(PAGES)


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("asked", ["{} --help", "{} -h", "help {}"])
def test_every_page_shows_its_examples(capsys: pytest.CaptureFixture[str], path: str, asked: str) -> None:
    assert main(asked.format(path.removeprefix(PROGRAM)).split()) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"Usage: {path}")
    for line, meaning in EXAMPLES[path]:
        assert f"  {line}\n" in out
        assert f"# {meaning}" in out


@pytest.mark.parametrize("path", PAGES)
def test_no_sentence_is_cut_off(capsys: pytest.CaptureFixture[str], path: str) -> None:
    main([*path.split()[1:], "--help"])
    options_and_commands = capsys.readouterr().out.partition("Options:")[2].partition("Examples:")[0]
    assert "..." not in options_and_commands.replace("[ARG]...", "")


@pytest.mark.parametrize(("path", "line"), [(path, line) for path in EXAMPLES for line, _ in EXAMPLES[path]])
def test_every_example_is_understood(path: str, line: str) -> None:
    command = re.split(r" >>? ", line)[0]
    words = shlex.split(command)[1:]
    assert command.startswith(path)
    if "--" in words and words[0].startswith("-"):
        cut = words.index("--")
        assert isinstance(read_front(words[:cut], words[cut:]), dict)
        return
    page = PAGES[path]
    with page.make_context(path, words[len(path.split()) - 1 :]) as context:
        if not isinstance(page, click.Group):
            assert context.params is not None
            return
        name, inner, rest = page.resolve_command(context, [*context._protected_args, *context.args])
        assert inner is not None
        inner.make_context(name, rest, parent=context).close()


@pytest.mark.parametrize("name", TOPICS)
def test_every_topic_is_shown(capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert main(["help", name]) == 0
    out = " ".join(capsys.readouterr().out.split())
    for first, rest in TOPICS[name].rows():
        assert first in out
        assert " ".join(rest.split())[:20] in out


def test_the_topics_are_complete() -> None:
    def first(name: str) -> set[str]:
        return {row[0] for row in TOPICS[name].rows()}

    assert first("categories") == set(Category)
    assert first("outcomes") == set(RunOutcome)
    assert first("keys") == {key.name for key in KEYS}
    assert first("environment") >= {option.variable for option in options()}


def test_help_alone_names_the_topics(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["help"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("Usage: ci-guard [OPTIONS] -- COMMAND")
    assert f"tells more: {', '.join(TOPICS)}." in " ".join(out.split())


def test_a_wrong_topic_is_named_with_the_nearest_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["help", "categorys"]) == 125
    assert "did you mean `categories`?" in capsys.readouterr().err


def test_version_says_what_a_report_of_a_defect_needs(capsys: pytest.CaptureFixture[str]) -> None:
    import platform

    from ci_guard import __version__

    assert main(["version"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"ci-guard {__version__} (Python {platform.python_version()}, ")
    assert main(["-V"]) == 0
    assert capsys.readouterr().out == f"ci-guard {__version__}\n"
