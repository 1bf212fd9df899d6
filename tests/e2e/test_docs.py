"""Every block of code in README and docs is run, or held to the form that it is in; the rest is named.

A block of a shell runs in a scratch folder with a home of its own, where `ci-guard` is this one; `uv`, `aws`
and others do nothing. What is written in a line of prose is parsed as its command would.
"""

import html
import importlib
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
import yaml

from ci_guard.cli.commands import COMMANDS, RUN
from ci_guard.cli.completion import SHELLS
from ci_guard.cli.guard_parser import guard_command
from ci_guard.cli.topics import TOPICS
from rig import groovy, node
from rig.events import HANG

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").glob("*.md")),
    ROOT / "integrations" / "jenkins" / "README.md",
]
FENCE = re.compile(r"(?ms)^```(\w*)\n(.*?)^```")
INLINE = re.compile(r"(?<!`)`(ci-guard (?:[^`]|``)+)`")
SHELL = {"sh", "console"}
# blocks that nothing here runs, by a word in them, and what does instead
ELSEWHERE = {
    "tests/run": "CI runs `tests/run`, and tests/e2e/test_demo.py the demonstration",
    "ci-guard jenkins scan": "tests/unit/jenkins/test_commands.py has the controller; here it is parsed",
    "for i in 1 2 3": "what not to write",
    "ci-guard demo": "tests/e2e/test_demo.py runs it",
}
KINDS = {
    "text": "what a program prints",
    "mermaid": "the site's generator draws it",
    "sql": "tests/examples/test_fleet_history.py runs it",
    "yaml": "held to its schema below, policies in tests/structure/test_readme.py",
    "groovy": "compiled below",
}
# words in prose that stand for others
PLACEHOLDER = re.compile(r"[A-Z]{3,}|\.\.\.|\[|\||\*|…")
HAVE_RECORDS = ("records", "before", "after")
STAND_INS = ("uv", "aws")


def blocks(*kinds: str) -> list[tuple[str, str, str]]:
    """Page, kind and text of each block."""
    return [
        (page.name if page.parent != ROOT / "integrations" / "jenkins" else "library", kind, text)
        for page in PAGES
        for kind, text in FENCE.findall(page.read_text(encoding="utf-8"))
        if not kinds or kind in kinds
    ]


def test_every_block_is_of_a_kind_that_something_looks_after() -> None:
    assert {kind for _, kind, _ in blocks()} <= SHELL | set(KINDS)
    assert [word for word in ELSEWHERE if not any(word in text for _, _, text in blocks(*SHELL))] == []


def to_run() -> list[tuple[str, str]]:
    return [(page, text) for page, _, text in blocks(*SHELL) if not any(word in text for word in ELSEWHERE)]


@pytest.fixture
def sandbox(tmp_path: Path) -> dict[str, str]:
    """The environment of a new user, in a folder with what the pages speak of."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in STAND_INS:
        (programs / name).write_text("#!/bin/sh\n", encoding="utf-8")
    us = f"exec {shlex.quote(sys.executable)} -m ci_guard"
    (programs / "ci-guard").write_text(f'#!/bin/sh\n{us} "$@"\n', encoding="utf-8")
    for program in programs.iterdir():
        program.chmod(0o755)
    for folder in ("home", "work", "work/records", "work/before", "work/after"):
        (tmp_path / folder).mkdir()
    kept = {name: os.environ[name] for name in ("LANG", "LC_ALL", "PYTHONPATH") if name in os.environ}
    return kept | {
        "HOME": str(tmp_path / "home"),
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "BUILD_TAG": "jenkins-app-7",
    }


def bash(script: str, sandbox: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    """The script, as somebody would type it; the first failure ends it."""
    folder = Path(sandbox["HOME"]).with_name("work")
    command = ["bash", "--norc", "-euo", "pipefail", "-c", script]
    return subprocess.run(
        command, env=sandbox, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=HANG,
    )  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32", reason="the blocks are for a shell of POSIX")
@pytest.mark.parametrize(("page", "text"), to_run())
def test_what_the_pages_tell_to_type_works(page: str, text: str, sandbox: dict[str, str]) -> None:
    script = re.sub(r"(?m)^\$ ", "", text)
    records = "".join(f"ci-guard --report json={folder}/a.json -- true\n" for folder in HAVE_RECORDS)
    done = bash(records + script, sandbox)
    assert done.returncode == 0, f"{page}:\n{done.stdout}{done.stderr}"


def spoken_of() -> list[tuple[str, str]]:
    """Each command line of ours in prose or a table that has no placeholder, and those of `ELSEWHERE`."""
    found: set[tuple[str, str]] = set()
    for path in PAGES:
        text = FENCE.sub("", path.read_text(encoding="utf-8"))
        found |= {(path.name, html.unescape(line)) for line in INLINE.findall(text)}
    for page, _, text in blocks(*SHELL):
        found |= {
            (page, line.split("#")[0].strip()) for line in text.splitlines() if line.startswith("ci-guard ")
        }
    return sorted(each for each in found if not PLACEHOLDER.search(each[1]))


@pytest.mark.parametrize(("page", "line"), spoken_of())
def test_a_command_line_that_a_page_speaks_of_is_one(page: str, line: str) -> None:
    words = shlex.split(line)[1:]
    if redirected := {">", ">>"} & set(words):
        words = words[: min(map(words.index, redirected))]
    command, rest = guard_command(), words
    if words and words[0] in COMMANDS and words[0] != RUN:
        entry = COMMANDS[words[0]]
        loaded = getattr(importlib.import_module(entry.module), entry.attribute)
        if not isinstance(loaded, click.Command):
            assert set(words[1:]) <= {*COMMANDS, *TOPICS, *SHELLS}, line
            return
        command, rest = loaded, words[1:]
        while rest and rest[0] in (inner := getattr(command, "commands", {})):
            command, rest = inner[rest[0]], rest[1:]
    known = {name for each in command.params for name in (*each.opts, *each.secondary_opts)} | {"--help"}
    ours = rest[: rest.index("--")] if "--" in rest else rest
    assert [word for word in ours if word.startswith("-") and word.partition("=")[0] not in known] == [], line


# whole files of a CI server, by the name that the first line says
SCHEMAS = {
    ".gitlab-ci.yml": "vendor.gitlab-ci",
    "azure-pipelines.yml": "vendor.azure-pipelines",
    ".circleci/config.yml": "vendor.circle-ci",
    ".buildkite/pipeline.yml": "vendor.buildkite",
}


def file_of(text: str) -> str | None:
    """The file that a block shows the content of."""
    return next((name for name in SCHEMAS if text.startswith(f"# {name}\n")), None)


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_file_of_a_ci_server_is_valid(name: str, tmp_path: Path) -> None:
    shown = [text for _, _, text in blocks("yaml") if file_of(text) == name]
    assert shown
    files = []
    for number, text in enumerate(shown):
        files.append(tmp_path / f"{number}.yml")
        files[-1].write_text(text, encoding="utf-8")
        guarded = re.findall(r"(?m)ci-guard (--.* -- .*)$", text)
        assert guarded or "component:" in text
    # Azure's schema has patterns that are none in the Unicode mode of JavaScript
    options = ["--builtin-schema", SCHEMAS[name], "--regex-variant", "nonunicode"]
    command = [sys.executable, "-m", "check_jsonschema", *options, *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=HANG)
    assert done.returncode == 0, done.stdout


def test_steps_in_yaml_are_steps(tmp_path: Path) -> None:
    steps = []
    for page, _, text in blocks("yaml"):
        if file_of(text) is not None:
            continue
        parsed = yaml.safe_load(text)
        if isinstance(parsed, dict):  # a policy, GitLab's `script:`, or a tool
            assert {"version", "script", "tool"} & set(parsed), page
            assert all(line.startswith("ci-guard ") for line in parsed.get("script", ())), page
            continue
        steps += [step for step in parsed if "script" not in step]
        assert all(step["script"].startswith("ci-guard ") for step in parsed if "script" in step), page
    assert len(steps) >= 4
    workflow = tmp_path / "w.yml"
    job = {"runs-on": "windows-latest", "steps": steps}
    workflow.write_text(yaml.safe_dump({"on": "push", "jobs": {"a": job}}), encoding="utf-8")
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows"]
    done = subprocess.run([*command, str(workflow)], capture_output=True, text=True, timeout=HANG)
    assert done.returncode == 0, done.stdout
    known = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))["inputs"]
    ours = [step["with"] for step in steps if step.get("uses") == "./.ci-guard"]
    assert ours
    assert [name for given in ours for name in given if name not in known] == []


def test_a_tool_is_added_as_the_page_says(tmp_path: Path) -> None:
    (text,) = [text for _, _, text in blocks("yaml") if text.startswith("tool: ")]
    tool = yaml.safe_load(text)
    shutil.copytree(ROOT / "ci_guard", tmp_path / "ci_guard", ignore=shutil.ignore_patterns("__pycache__"))
    place = tmp_path / "ci_guard" / "knowledge" / "data" / "tools" / f"{tool['tool']}.yaml"
    place.write_text(text, encoding="utf-8")
    environ = os.environ | {"PYTHONPATH": str(tmp_path)}
    (signature,) = tool["signatures"]
    for log in (*signature["examples"], *signature["counterexamples"]):
        command = [
            sys.executable,
            "-P",
            "-m",
            "ci_guard",
            "explain",
            "--command",
            f"{tool['tool']} build",
            "-",
        ]
        done = subprocess.run(
            command, cwd=tmp_path, env=environ, input=log, capture_output=True, text=True, timeout=HANG
        )
        assert done.returncode == 0, done.stderr
        assert (signature["id"] in done.stdout) is (log in signature["examples"]), done.stdout


def test_the_explanation_that_is_shown_is_what_explain_says(tmp_path: Path) -> None:
    (text,) = [text for _, _, text in blocks("text") if text.startswith("$ ci-guard explain")]
    command, *shown = text.splitlines()
    words = shlex.split(command)[2:]
    (tmp_path / words[-1]).write_text(
        "".join(f"{line}\n" for line in re.findall(r"(?m)^  [> ] +\d+ \| (.*)$", text)), encoding="utf-8"
    )
    ours = [sys.executable, "-m", "ci_guard", *words]
    done = subprocess.run(ours, cwd=tmp_path, capture_output=True, text=True, timeout=HANG)
    assert [line for line in shown if line not in (*done.stdout.splitlines(), " " * 14 + "...")] == []


QUOTED = re.compile(r"(?m)^\| .*?\|")


def test_each_message_of_the_troubleshooting_is_one_of_ours() -> None:
    rows = QUOTED.findall((ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8"))
    named = [part for row in rows for part in re.findall(r"`([a-z][a-z -]+ [^`]+)`", row)]
    assert len(named) > 6
    sources = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "ci_guard").rglob("*.py"))
    assert [
        each for each in named if not all(part.strip() in sources for part in re.split(r"\.\.\.|: ", each))
    ] == []


def test_groovy_compiles(tmp_path: Path) -> None:
    files = []
    for number, (_, _, text) in enumerate(blocks("groovy")):
        files.append(tmp_path / f"Block{number}.groovy")
        # the library is Jenkins' to find; its annotation stands before nothing else that compiles
        files[-1].write_text(text.replace("@Library('ci-guard') _\n", ""), encoding="utf-8")
    assert len(files) >= 4
    jars = str(node.installed("groovy") / groovy.JARS / "*")
    words = ["java", "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp", jars]
    words += ["org.codehaus.groovy.tools.FileSystemCompiler", "-d", str(tmp_path / "out"), *map(str, files)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=groovy.SECONDS)
    assert done.returncode == 0, done.stdout + done.stderr
    assert shutil.which("java")
