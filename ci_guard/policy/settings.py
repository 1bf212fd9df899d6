"""Reads the settings that come as texts: environment variables and options of the command line."""

import re
from collections.abc import Mapping, Sequence

from ci_guard.config.containers import ListOf
from ci_guard.config.fields import Choice, Switch, Text
from ci_guard.config.nodes import Node, Place, bare, node_of, word
from ci_guard.config.problems import Problems, Rejected
from ci_guard.errors import UsageError
from ci_guard.model.policy import Origin, Source
from ci_guard.policy.table import BY_NAME, FORMATS, KEYS, REPORT, Key, Option

Layer = dict[str, tuple[object, Origin]]  # by the key's name: its value and where that was set
# What ci-guard itself gives to its command: inside of a guard these are no settings.
_OF_THE_COMMAND = ("CI_GUARD_ATTEMPT", "CI_GUARD_ATTEMPTS", "CI_GUARD_RUN")
_BETWEEN_REPORTS = re.compile(r",(?=\s*\w+=)")  # a path may contain a comma


def variable(option: Option, environ: Mapping[str, str]) -> str | None:
    """The text of an option's environment variable; an empty one counts as none."""
    if environ.get("CI_GUARD") == "1" and option.variable in _OF_THE_COMMAND:
        return None
    return environ.get(option.variable) or None


def switched_on(option: Option, environ: Mapping[str, str]) -> bool:
    """Whether the environment switches an option on; raises `UsageError` if it says neither yes nor no."""
    problems = Problems()
    on = _switch(option, environ, problems)
    _raise_usage(problems)
    return on


def from_environment(environ: Mapping[str, str]) -> Layer:
    """The settings in `CI_GUARD_*` variables; raises `UsageError` with all mistakes."""
    if not any(name.startswith("CI_GUARD_") for name in environ):
        return {}
    layer: Layer = {}
    problems = Problems()
    for key in KEYS:
        text = variable(key.option, environ) if key.option is not None else None
        if key.option is None or text is None:
            continue
        place = _place_of_variable(key.option)
        if key.option.metavar is not None:
            _read(key, text, place, Origin(Source.ENVIRONMENT, key.option.variable), layer, problems)
        elif _switch(key.option, environ, problems):
            layer[key.name] = (key.option.sets, Origin(Source.ENVIRONMENT, key.option.variable))
    reports = variable(REPORT, environ)
    if reports:
        texts = [text.strip() for text in _BETWEEN_REPORTS.split(reports)]
        _read_reports(
            texts, _place_of_variable(REPORT), Origin(Source.ENVIRONMENT, REPORT.variable), layer, problems
        )
    _raise_usage(problems)
    return layer


def from_command_line(settings: Mapping[str, object]) -> Layer:
    """The settings that options gave, by policy key; `reports` holds texts such as `junit=FILE`.

    Raises `UsageError` with all mistakes.
    """
    layer: Layer = {}
    problems = Problems()
    for name, value in settings.items():
        if name == "reports":
            texts = [str(text) for text in value] if isinstance(value, tuple | list) else [str(value)]
            _read_reports(
                texts,
                Place(f"option `{REPORT.flag}`"),
                Origin(Source.COMMAND_LINE, REPORT.flag),
                layer,
                problems,
            )
            continue
        key = BY_NAME[name]
        flag = key.option.flag if key.option is not None else name
        _read(key, value, Place(f"option `{flag}`"), Origin(Source.COMMAND_LINE, flag), layer, problems)
    _raise_usage(problems)
    return layer


def _switch(option: Option, environ: Mapping[str, str], problems: Problems) -> bool:
    text = variable(option, environ)
    if text is None:
        return False
    try:
        return Switch().read(word(text, _place_of_variable(option)), problems)
    except Rejected:
        return False


def _read(key: Key, value: object, place: Place, origin: Origin, layer: Layer, problems: Problems) -> None:
    try:
        layer[key.name] = (key.kind.read(_node(key, value, place), problems), origin)
    except Rejected:
        return


def _node(key: Key, value: object, place: Place) -> Node:
    if isinstance(key.kind, ListOf):
        texts = [value] if isinstance(value, str) else value
        assert isinstance(texts, Sequence)
        words = [part.strip() for text in texts for part in str(text).split(",")]
        return Node(place, tuple(word(part, place) for part in words))
    if not isinstance(value, str):
        return node_of(value, place)
    return word(value, place) if key.name.startswith("reports.") else bare(value, place)


def _read_reports(
    texts: Sequence[str], place: Place, origin: Origin, layer: Layer, problems: Problems
) -> None:
    for text in texts:
        name, equals, path = text.partition("=")
        try:
            if not equals:
                problems.refuse(place, f"expected `FORMAT=FILE`, found `{text}`", "write it as `junit=FILE`")
            report = Choice("a format of reports", FORMATS).read(word(name, place), problems)
            if f"reports.{report}" in layer:
                problems.refuse(place, f"a second file for `{report}`", "name one file for each format")
            layer[f"reports.{report}"] = (Text("a path").read(word(path, place), problems), origin)
        except Rejected:
            continue


def _place_of_variable(option: Option) -> Place:
    return Place(f"environment variable `{option.variable}`")


def _raise_usage(problems: Problems) -> None:
    if problems:
        raise UsageError("\n".join(str(problem) for problem in problems))
