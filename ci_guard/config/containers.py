"""Checkers of values made of values (null or something, lists, mappings, records) and of special texts."""

from collections.abc import Callable, Collection, Mapping

from ci_guard.annotation import Any, Generic, TypeVar
from ci_guard.config.fields import Schema, Text, Validator, refuse
from ci_guard.config.nodes import Node, Place
from ci_guard.config.problems import Problems, Rejected, nearest
from ci_guard.expression import expression

T = TypeVar("T")
K = TypeVar("K", bound=str)


class Nullable(Generic[T]):
    """A value, or null, written as a word."""

    def __init__(self, kind: Validator[T]) -> None:
        self.kind = kind
        self.noun: str = f"{kind.noun}, or `null`"

    def read(self, node: Node, problems: Problems) -> T | None:
        if node.value is None and node.written:
            return None
        if node.value is None:
            refuse(node, self, problems, "write `null` if you mean none")
        return self.kind.read(node, problems)

    def schema(self) -> Schema:
        return {"anyOf": [{"type": "null"}, self.kind.schema()]}


class ListOf(Generic[T]):
    """A list without repetitions."""

    def __init__(self, kind: Validator[T], noun: str) -> None:
        self._kind = kind
        self.noun = noun

    def read(self, node: Node, problems: Problems) -> tuple[T, ...]:
        if not isinstance(node.value, tuple):
            lone = node.written and not isinstance(node.value, Mapping)
            refuse(node, self, problems, f"write `[{node.written}]`" if lone else "write `[]` for none")
        before = len(problems)
        values: list[T] = []
        for item in node.value:
            try:
                value = self._kind.read(item, problems)
            except Rejected:
                continue
            if item.written and value in values:
                problems.add(item.place, f"`{item.written}` is repeated", "remove one")
            values.append(value)
        if len(problems) > before:
            raise Rejected
        return tuple(values)

    def schema(self) -> Schema:
        return {"type": "array", "items": self._kind.schema(), "uniqueItems": True}


class MappingOf(Generic[K, T]):
    """A mapping whose keys the user chooses."""

    def __init__(self, key: Validator[K], kind: Validator[T], noun: str) -> None:
        self._key, self._kind = key, kind
        self.noun = noun

    def read(self, node: Node, problems: Problems) -> dict[K, T]:
        if not isinstance(node.value, Mapping):
            refuse(node, self, problems, "write `{}` for none")
        before = len(problems)
        values: dict[K, T] = {}
        for name, item in node.value.items():
            try:
                key = self._key.read(Node(item.key or item.place, name, name, quoted=True), problems)
                values[key] = self._kind.read(item, problems)
            except Rejected:
                continue
        if len(problems) > before:
            raise Rejected
        return values

    def schema(self) -> Schema:
        names = self._key.schema()
        return {"type": "object", "propertyNames": names, "additionalProperties": self._kind.schema()}


class Record:
    """A mapping with known keys; what is not written is not in the result."""

    def __init__(
        self, noun: str, fields: Mapping[str, Validator[object]], required: Collection[str] = ()
    ) -> None:
        self.noun = noun
        self.fields = fields
        self._required = required

    def read(self, node: Node, problems: Problems) -> dict[str, object]:
        before = len(problems)
        values: dict[str, object] = {}
        for name, item in entries(node, self, problems).items():
            kind = self.fields.get(name)
            if kind is None:
                unknown_key(name, item.key or item.place, self.fields, problems)
                continue
            try:
                values[name] = kind.read(item, problems)
            except Rejected:
                continue
        assert isinstance(node.value, Mapping)
        for name in self._required:
            if name not in node.value:
                problems.add(node.place, f"key `{name}` is missing", f"add `{name}:`")
        if len(problems) > before:
            raise Rejected
        return values

    def schema(self) -> Schema:
        properties = {name: kind.schema() for name, kind in self.fields.items()}
        shape: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
        return shape | {"required": sorted(self._required)} if self._required else shape


class RecordOf(Generic[T]):
    """A record without special rules, made into a value of the model."""

    def __init__(self, noun: str, make: Callable[..., T], record: Record) -> None:
        self.noun = noun
        self._make = make
        self._record = record

    def read(self, node: Node, problems: Problems) -> T:
        values: Any = self._record.read(node, problems)
        return self._make(**values)

    def schema(self) -> Schema:
        return self._record.schema()


class Regex:
    """A regular expression of Python; see `patterns.fault` for what is refused."""

    noun = "a regular expression"

    def __init__(self, groups: Collection[str] | None = None) -> None:
        self._groups = groups
        self._text = Text(self.noun)

    def read(self, node: Node, problems: Problems) -> str:
        pattern = self._text.read(node, problems)
        if problems.own:
            return pattern
        from ci_guard.config.patterns import fault  # only where there is a pattern to be read

        wrong = fault(pattern)
        if wrong:
            problems.refuse(node.place, *wrong)
        for name in expression(pattern).groupindex if self._groups is not None else ():
            if name not in (self._groups or ()) and f"(?P={name})" not in pattern:
                known = ", ".join(f"`{group}`" for group in self._groups or ())
                suggestion = nearest(name, self._groups or ()) or f"the groups with a meaning are {known}"
                problems.refuse(node.place, f"group `{name}` has no meaning", suggestion)
        return pattern

    def schema(self) -> Schema:
        return self._text.schema()


class CommandLine:
    """A command: a list of words, or one text that is divided as a shell divides it."""

    noun = "a command, as a text or as a list of words"

    def read(self, node: Node, problems: Problems) -> tuple[str, ...]:
        if isinstance(node.value, tuple):
            words = tuple(Text("a word of the command").read(item, problems) for item in node.value)
        else:
            import shlex

            text = Text(self.noun).read(node, problems)
            try:
                words = tuple(shlex.split(text))
            except ValueError as error:
                problems.refuse(node.place, f"`{text}`: {str(error).lower()}", "close the quote")
        if not words:
            problems.refuse(node.place, "the command is empty", "write `null` for none")
        return words

    def schema(self) -> Schema:
        words: Schema = {"type": "array", "items": Text().schema(), "minItems": 1}
        return {"anyOf": [{"type": "string", "minLength": 1}, words]}


def entries(node: Node, kind: Validator[object], problems: Problems) -> Mapping[str, Node]:
    """The entries of a mapping with known keys; refuses everything else."""
    if not isinstance(node.value, Mapping):
        refuse(node, kind, problems, "write it as `key: value`")
    return node.value


def unknown_key(name: str, place: Place, known: Collection[str], problems: Problems) -> None:
    """Record a key that is not known."""
    listed = ", ".join(f"`{word}`" for word in known)
    problems.add(place, f"unknown key `{name}`", nearest(name, known) or f"the keys are {listed}")
