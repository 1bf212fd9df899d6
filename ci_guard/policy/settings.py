"""Reads the settings that come as texts: environment variables and options of the command line."""

from collections.abc import Collection, Mapping, Sequence

from ci_guard.config.containers import ListOf
from ci_guard.config.fields import Choice, Switch
from ci_guard.config.nodes import Node, Place, bare, node_of, word
from ci_guard.config.problems import Problems, Rejected, nearest
from ci_guard.errors import UsageError
from ci_guard.expression import expression
from ci_guard.model.policy import Origin, Source
from ci_guard.policy.kinds import ReportPath
from ci_guard.policy.table import BY_NAME, FORMATS, KEYS, REPORT, Key, Option, options

Layer = dict[str, tuple[object, Origin]]  # by the key's name: its value and where that was set
# What ci-guard itself gives to its command: inside of a guard these are no settings.
OF_THE_COMMAND = ("CI_GUARD_ATTEMPT", "CI_GUARD_ATTEMPTS", "CI_GUARD_RUN")
# beside the options' own: what other commands than the guard read
OTHER_VARIABLES: Mapping[str, str] = {
    "CI_GUARD_STATE": "The folder for what outlives a build, instead of the system's place for it.",
    "CI_GUARD_JENKINS_URL": "The controller that `ci-guard jenkins` talks to, instead of JENKINS_URL.",
    "CI_GUARD_JENKINS_USER": "The user for it, instead of JENKINS_USER.",
    "CI_GUARD_JENKINS_API_TOKEN": "The token for it, instead of JENKINS_API_TOKEN.",
}
_PREFIX = "CI_GUARD_"
_BETWEEN_REPORTS = expression(r",(?=\s*\w+=)")  # a path may contain a comma


def variable(option: Option, environ: Mapping[str, str]) -> str | None:
    """The text of an option's environment variable; an empty one counts as none."""
    if environ.get("CI_GUARD") == "1" and option.variable in OF_THE_COMMAND:
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
    ours = [name for name in environ if name.startswith(_PREFIX)]
    if not ours:
        return {}
    layer: Layer = {}
    problems = Problems()
    _refuse_unknown(ours, environ, problems)
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


def _refuse_unknown(names: Sequence[str], environ: Mapping[str, str], problems: Problems) -> None:
    """A misspelt variable would be a setting that silently does not count."""
    known = {*(option.variable for option in options()), *OTHER_VARIABLES}
    if environ.get("CI_GUARD") == "1":
        known |= set(OF_THE_COMMAND)
    for name in names:
        if name not in known:
            problems.add(
                Place(f"environment variable `{name}`"),
                "there is no such setting",
                _nearest_variable(name, known)
                or "`ci-guard help environment` lists them all; rename or remove it",
            )


def _nearest_variable(name: str, known: Collection[str]) -> str | None:
    words = {each.removeprefix(_PREFIX).lower(): each for each in known}
    return nearest(name.removeprefix(_PREFIX), words, words)


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
            layer[f"reports.{report}"] = (ReportPath().read(word(path, place), problems), origin)
        except Rejected:
            continue


def _place_of_variable(option: Option) -> Place:
    return Place(f"environment variable `{option.variable}`")


def _raise_usage(problems: Problems) -> None:
    if problems:
        raise UsageError("\n".join(str(problem) for problem in problems))
