"""Reads YAML strictly into nodes with places; the only importer of yaml.

Refuses what different readers of YAML understand differently and what hides where a value comes from:
repeated keys, merge keys, tags, several documents. Knows nothing of what the values are for.
"""

import codecs

import yaml

from ci_guard.annotation import Any
from ci_guard.config.inputs import LARGEST_FILE
from ci_guard.config.nodes import Node, Place, bare, quoted
from ci_guard.config.problems import Problems
from ci_guard.dataclass import replace

MOST_VALUES = 20_000  # aliases counted as often as they are used
DEEPEST = 40  # levels of nesting

_REMEDIES = (
    ("'\\t'", "indent with spaces, not with tabs"),
    ("mapping values are not allowed here", "put the text in quotes if it contains `: `"),
    ("found undefined alias", "put a text that begins with `*` in quotes"),
    ("while scanning an alias", "put a text that begins with `*` in quotes"),
    ("while scanning an anchor", "put a text that begins with `&` in quotes"),
    ("that cannot start any token", "put the text in quotes"),
    ("expected escape sequence", "in a text with `\\` use single quotes"),
    ("found unknown escape character", "in a text with `\\` use single quotes"),
    ("unexpected end of stream", "close the quote or the bracket"),
    ("expected ',' or", "close the bracket or put a comma between the values"),
    ("could not find expected ':'", "write `key: value`"),
    ("expected <block end>", "indent the line as its neighbours"),
    ("but found another document", "remove the line `---`"),
)


def read_text(data: bytes | str, name: str, *, problems: Problems | None = None) -> Node:
    """Read YAML that is already in memory.

    Raises `PolicyError` if it is not YAML; with `problems`, milder mistakes are only recorded there, so that
    the reader of the values can add its own before all are raised.
    """
    found = Problems() if problems is None else problems
    node = _read(data, name, found)
    if node is None or problems is None:
        found.raise_if_any()
    assert node is not None  # a text without a node has a problem
    return node


def read_own(data: bytes, name: str, *, problems: Problems) -> Node:
    """Read one of ci-guard's own data files, five times as fast where PyYAML has its C library.

    That reader does not show tags and nesting; tests read the same files strictly.
    """
    fast = getattr(yaml, "CSafeLoader", None)
    try:
        root = yaml.compose(data, Loader=fast) if fast is not None else None
    except yaml.YAMLError:  # somebody has changed the file, or a part of it is gone
        root = None
    return _Converter(name, problems).convert(root) if root else read_text(data, name, problems=problems)


def _read(data: bytes | str, name: str, problems: Problems) -> Node | None:
    text = data if isinstance(data, str) else _decode(data, name, problems)
    if text is None:
        return None
    try:
        loader = _Composer(text, name, problems)
        try:
            root = loader.get_single_node()
        finally:
            loader.dispose()
    except yaml.reader.ReaderError as error:
        place = _place_at(name, text, error.position)
        problems.add(place, f"character U+{ord(text[error.position]):04X} is not allowed", "remove it")
        return None
    except yaml.MarkedYAMLError as error:
        problems.add(*_syntax_error(name, error))
        return None
    if root is None:
        problems.add(Place(name, 1, 1), "the file is empty")
        return None
    return _Converter(name, problems).convert(root)


def _decode(data: bytes, name: str, problems: Problems) -> str | None:
    if len(data) > LARGEST_FILE:
        problems.add(Place(name, 1, 1), f"the file has more than {LARGEST_FILE} bytes")
        return None
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        place = _place_at(name, before, len(before))
        problems.add(place, f"byte 0x{data[error.start]:02X} is not UTF-8", "save the file as UTF-8")
        return None


def _place_at(name: str, text: str, position: int) -> Place:
    before = text[:position]
    return Place(name, before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1)


def _place(name: str, mark: yaml.Mark) -> Place:
    return Place(name, mark.line + 1, mark.column + 1)


def _syntax_error(name: str, error: yaml.MarkedYAMLError) -> tuple[Place, str, str | None]:
    mark = error.problem_mark or error.context_mark
    what = ", ".join(part for part in (error.context, error.problem) if part)
    remedy = next((suggestion for fragment, suggestion in _REMEDIES if fragment in what), None)
    return (_place(name, mark) if mark else Place(name, 1, 1)), what, remedy


class _Composer(yaml.SafeLoader):
    """Composes nodes only; notices what the finished nodes do not show any more."""

    def __init__(self, text: str, name: str, problems: Problems) -> None:
        super().__init__(text)
        self._name = name
        self._problems = problems
        self._depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if getattr(event, "tag", None) is not None:
            self._problems.add(
                _place(self._name, event.start_mark), f"tag `{event.tag}` is not supported", "remove it"
            )
        if self._depth == DEEPEST:
            raise yaml.MarkedYAMLError(
                problem=f"nested deeper than {DEEPEST} levels", problem_mark=event.start_mark
            )
        self._depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1


class _Converter:
    """Turns the nodes of yaml into ours; counts, so that aliases cannot multiply without end."""

    def __init__(self, name: str, problems: Problems) -> None:
        self._name = name
        self._problems = problems
        self._count = 0
        self._words: dict[yaml.Node, Node] = {}

    def convert(self, node: yaml.Node, depth: int = 0) -> Node:
        place = _place(self._name, node.start_mark)
        self._count += 1
        if self._count > MOST_VALUES or depth > DEEPEST:
            self._problems.add(place, "an alias repeats itself or too much", "write the values out")
            self._problems.raise_if_any()
        if isinstance(node, yaml.ScalarNode):
            return quoted(node.value, place) if node.style else self._bare(node, place)
        if isinstance(node, yaml.SequenceNode):
            return Node(place, tuple(self.convert(item, depth + 1) for item in node.value))
        return Node(place, self._mapping(node, depth + 1))

    def _bare(self, node: yaml.Node, place: Place) -> Node:
        """What a word means; looked at once, as a long one may have many aliases."""
        if node not in self._words:
            self._words[node] = bare(node.value, place)
        return self._words[node]

    def _mapping(self, node: yaml.Node, depth: int) -> dict[str, Node]:
        entries: dict[str, Node] = {}
        for key_node, value_node in node.value:
            place = _place(self._name, key_node.start_mark)
            name = self._key(key_node, place)
            value = replace(self.convert(value_node, depth), key=place)
            first = entries.setdefault(name, value) if name is not None else value
            if first is not value and first.key is not None:
                self._problems.add(
                    place, f"repeated key `{name}`, first written on line {first.key.line}", "remove one"
                )
        return entries

    def _key(self, node: yaml.Node, place: Place) -> str | None:
        if not isinstance(node, yaml.ScalarNode):
            self._problems.add(place, "a key must be a text")
            return None
        if node.style:
            return str(node.value)
        word = self._bare(node, place)
        if word.written == "<<":
            self._problems.add(place, "merge keys (`<<`) are not supported", "repeat the keys")
            return None
        if word.surprise:
            self._problems.add(
                place, f"key `{word.written}` is {word.surprise}", f'put it in quotes: `"{word.written}"`'
            )
            return None
        if not isinstance(word.value, str):
            self._problems.add(
                place, f"key `{word.written}` is not a text", f'put it in quotes: `"{word.written}"`'
            )
            return None
        return word.written
