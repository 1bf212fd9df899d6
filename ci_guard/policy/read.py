"""Reads the policy file into layers of settings: its top level, and the entry that fits the command."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress

from ci_guard.annotation import TYPE_CHECKING, TypeVar
from ci_guard.config.containers import entries, unknown_key
from ci_guard.config.document import read_file
from ci_guard.config.fields import Schema, Text, Validator, refuse
from ci_guard.config.nodes import Node
from ci_guard.config.problems import Problems, Rejected
from ci_guard.model.policy import Origin, Source
from ci_guard.policy.settings import Layer
from ci_guard.policy.table import BY_NAME, GROUPS, KEYS, VERSION

if TYPE_CHECKING:  # what compares command lines; only a policy with `commands:` opens it
    from ci_guard.policy.match import Parse

T = TypeVar("T")
MATCH = Text("a command line, in which `*` stands for anything")


class Version:
    """The version of the grammar."""

    noun: str = f"`{VERSION}`"

    def read(self, node: Node, problems: Problems) -> int:
        if node.value != VERSION or isinstance(node.value, bool | float):
            newer = isinstance(node.value, int) and node.value > VERSION
            remedy = "update ci-guard, or write" if newer else "write"
            refuse(node, self, problems, f"{remedy} `version: {VERSION}`")
        return VERSION

    def schema(self) -> Schema:
        return {"const": VERSION}


class _Section:
    """A mapping of policy keys."""

    def __init__(self, noun: str, prefix: str = "", extra: Sequence[str] = ()) -> None:
        self.noun = noun
        self._prefix = prefix
        self._extra = extra

    def known(self) -> tuple[str, ...]:
        names = (key.name.removeprefix(self._prefix) for key in KEYS if key.name.startswith(self._prefix))
        return (*self._extra, *dict.fromkeys(name.partition(".")[0] for name in names))

    def read(self, node: Node, problems: Problems) -> Layer:
        """Read all keys that are right; the mistakes of the others are recorded."""
        layer: Layer = {}
        for name, item in entries(node, self, problems).items():
            key = BY_NAME.get(self._prefix + name)
            try:
                if key is not None:
                    value: object = key.kind.read(item, problems)
                    layer[key.name] = (value, _origin(item))
                elif not self._prefix and name in GROUPS:
                    group = _Section(f"a mapping with the keys of `{name}`", f"{name}.")
                    layer |= group.read(item, problems)
                elif name not in self._extra:
                    unknown_key(name, item.key or item.place, self.known(), problems)
            except Rejected:
                continue
        return layer

    def schema(self) -> Schema:
        return {"type": "object"}


def read_policy(
    path: str,
    name: str,
    command: Sequence[str],
    parse: "Parse",
    tweaks: Callable[[], Collection[str]] | None = None,
) -> list[Layer]:
    """Read and check the whole file; the layers that count for the command, weakest first.

    `name` is what messages call the file; `parse` tells the commands inside of a command line, `tweaks` the
    tweaks that there are (None: any).
    Raises `PolicyError` with all mistakes.
    """
    problems = Problems(tweaks=tweaks)
    root = read_file(path, name, problems=problems)
    layers: list[Layer] = []
    with suppress(Rejected):
        layers = _read_root(root, command, parse, problems)
    problems.raise_if_any()
    return layers


def _read_root(root: Node, command: Sequence[str], parse: "Parse", problems: Problems) -> list[Layer]:
    layers = [_Section("a policy", extra=("version", "commands")).read(root, problems)]
    written = entries(root, _Section("a policy"), problems)
    with suppress(Rejected):
        _read_required(root, "version", Version(), f"begin the file with `version: {VERSION}`", problems)
    if "commands" not in written:
        return layers
    listed = written["commands"]
    if not isinstance(listed.value, tuple):
        problems.refuse(
            listed.place, "expected a list of entries under `commands`", "begin each with `- match:`"
        )
    from ci_guard.policy.match import CommandMatcher

    matcher = CommandMatcher(command, parse)
    seen: dict[str, Node] = {}
    for entry in listed.value:
        try:
            pattern, layer = _read_entry(entry, problems)
        except Rejected:
            continue
        first = seen.setdefault(pattern, entry)
        if first is not entry:
            problems.add(
                entry.place,
                f"repeated match `{pattern}`, first written on line {first.place.line}",
                "remove one",
            )
        if len(layers) == 1 and matcher.fits(pattern):
            layers.append(layer)
    return layers


def _read_entry(entry: Node, problems: Problems) -> tuple[str, Layer]:
    layer = _Section("an entry with `match:`", extra=("match",)).read(entry, problems)
    return _read_required(entry, "match", MATCH, 'add `match: "PROGRAM *"`', problems), layer


def _read_required(node: Node, name: str, kind: Validator[T], suggestion: str, problems: Problems) -> T:
    assert isinstance(node.value, Mapping)
    if name not in node.value:
        problems.refuse(node.place, f"key `{name}` is missing", suggestion)
    return kind.read(node.value[name], problems)


def _origin(item: Node) -> Origin:
    return Origin(Source.FILE, item.place.source, (item.key or item.place).line)
