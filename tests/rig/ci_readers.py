"""How the CI servers read a step's output, written down from their sources and manuals, not from ci-guard."""

import re
from typing import NamedTuple


class Command(NamedTuple):
    name: str
    properties: dict[str, str]
    data: str


GITHUB = {
    "error",
    "warning",
    "notice",
    "group",
    "endgroup",
    "add-mask",
    "debug",
    "stop-commands",
    "add-matcher",
}
GITHUB |= {"add-path", "set-env", "set-output", "save-state", "echo", "remove-matcher"}
LEGACY = re.compile(r"##\[([^\] ]*)(?: ([^\]]*))?\](.*)")
MODERN = re.compile(r"\s*::([^ ]*?)(?: (.*?))?::(.*)")


def github(text: str) -> list[Command]:
    """The commands that GitHub's runner obeys (ActionCommand.cs, ActionCommandManager.cs)."""
    obeyed: list[Command] = []
    waiting_for = ""
    for line in re.split(r"\r\n|\n|\r", text):
        modern, legacy = MODERN.match(line), LEGACY.search(line)
        names = GITHUB | ({waiting_for} if waiting_for else set())
        if modern and modern[1] in names:
            pairs = (pair.partition("=") for pair in (modern[2] or "").split(",") if pair)
            properties = {key: _github(value, ":,") for key, _, value in pairs}
            command = Command(modern[1], properties, _github(modern[3], ""))
        elif legacy and legacy[1] in names:
            command = Command(legacy[1], {}, legacy[3])
        else:
            continue
        if waiting_for:
            waiting_for = "" if command.name == waiting_for else waiting_for
            continue
        if command.name == "stop-commands":
            waiting_for = command.data
        obeyed.append(command)
    assert not waiting_for, "the runner would wait for the token to the end of the step"
    return obeyed


def _github(text: str, more: str) -> str:
    for character in f"\r\n{more}%":
        text = text.replace(f"%{ord(character):02X}", character)
    return text


def github_file(text: str) -> dict[str, str]:
    """What a file of outputs sets (FileCommandManager.cs)."""
    lines = iter(text.split("\n"))
    values = {}
    for line in lines:
        if not line:
            continue
        if "<<" in line and ("=" not in line or line.index("<<") < line.index("=")):
            name, _, delimiter = line.partition("<<")
            taken = []
            for inner in lines:
                if inner == delimiter:
                    break
                taken.append(inner)
            else:
                raise AssertionError(f"the delimiter of `{name}` is missing")
            values[name] = "\n".join(taken)
        else:
            name, equals, value = line.partition("=")
            assert equals, line
            values[name] = value
    return values


def azure(text: str) -> list[Command]:
    """The logging commands that Azure's agent finds, anywhere in a line."""
    found = []
    for line in text.split("\n"):
        for match in re.finditer(r"(?i)##vso\[([\w.]+) ?([^\]]*)\](.*)", line):
            pairs = (pair.partition("=") for pair in match[2].split(";") if pair)
            found.append(Command(match[1], {key: _azure(value) for key, _, value in pairs}, _azure(match[3])))
    return found


def _azure(text: str) -> str:
    for code, character in (("%3B", ";"), ("%0D", "\r"), ("%0A", "\n"), ("%5D", "]"), ("%AZP25", "%")):
        text = text.replace(code, character)
    return text


def teamcity(text: str) -> list[Command]:
    """The service messages of a text; one that is not well formed is an error."""
    found = []
    for line in text.split("\n"):
        if "##teamcity[" not in line:
            continue
        match = re.fullmatch(r"##teamcity\[(\w+)((?: \w+='(?:[^'|\[\]\r\n]|\|.)*')*)\]", line)
        assert match, line
        values = re.findall(r" (\w+)='((?:[^'|\[\]]|\|.)*)'", match[2])
        found.append(Command(match[1], {key: _teamcity(value) for key, value in values}, ""))
    return found


def _teamcity(text: str) -> str:
    units = re.compile(r"(?:\|0x[0-9A-F]{4})+")
    text = units.sub(
        lambda run: bytes.fromhex(run[0].replace("|0x", "")).decode("utf-16-be", "surrogatepass"), text
    )
    plain = {"n": "\n", "r": "\r"}
    return re.sub(r"\|(.)", lambda found: plain.get(found[1], found[1]), text)


def gitlab(text: str) -> list[Command]:
    """The sections of a job's log, each with its content."""
    start = re.compile(
        r"(?ms)^\x1b\[0Ksection_start:(\d+):([\w.-]+)(?:\[[^\]]*\])?\r\x1b\[0K([^\n]*)\n"
        r"(.*?)^\x1b\[0Ksection_end:(\d+):\2\r\x1b\[0K"
    )
    return [Command(match[2], {"title": match[3]}, match[4]) for match in start.finditer(text)]
