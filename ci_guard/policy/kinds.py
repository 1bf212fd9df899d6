"""Values of the policy that are more than one field: the limit of patience, a signature, a test.

Imported on every start, as the table is: nothing here may import yaml or what is known about tools.
"""

from collections.abc import Mapping

from ci_guard.annotation import TYPE_CHECKING
from ci_guard.config.containers import Record
from ci_guard.config.fields import Choice, Duration, Schema, Text, Whole, refuse
from ci_guard.config.nodes import Node
from ci_guard.config.problems import Problems, nearest
from ci_guard.model.category import Category
from ci_guard.model.policy import PLACEHOLDERS

if TYPE_CHECKING:
    from ci_guard.model.knowledge import Signature

OFF = "off"


class ReportPath:
    """The path of a report, in which only what stands for something may be in braces."""

    noun = "the path of a report, which may contain `{step}`, `{host}` and `{agent}`"

    def __init__(self) -> None:
        self._text = Text(self.noun)

    def read(self, node: Node, problems: Problems) -> str:
        path = self._text.read(node, problems)
        for start, brace, end in _braces(path):
            if f"{start}{end}" == "{}" and brace in PLACEHOLDERS:
                continue
            shown = {name: f"{{{name}}}" for name in PLACEHOLDERS}
            suggestion = nearest(brace, PLACEHOLDERS, shown)
            problems.refuse(
                node.place,
                f"`{start}{brace}{end}` means nothing in the path of a report",
                suggestion or f"there are {', '.join(f'`{each}`' for each in shown.values())}",
            )
        return path

    def schema(self) -> Schema:
        return self._text.schema()


def _braces(path: str) -> list[tuple[str, str, str]]:
    """Each word in braces, with the braces that are there: of `{step` the second is not."""
    import re  # a start without a report needs it not

    return re.findall(r"(\{)(\w*)(\}?)", path) if "{" in path else []


class TweakName:
    """The id of a tweak that there is, as far as somebody knows them."""

    noun = "the id of a tweak"

    def read(self, node: Node, problems: Problems) -> str:
        name = Text(self.noun).read(node, problems)
        known = problems.tweaks() if problems.tweaks is not None else (name,)
        if name not in known:
            listed = "`ci-guard tools NAME` shows those of a tool"
            problems.refuse(node.place, f"there is no tweak `{name}`", nearest(name, known) or listed)
        return name

    def schema(self) -> Schema:
        return Text(self.noun).schema()


class PatienceLimit:
    """`{limit: 2m}`, `2m` or `off`; the seconds of the limit, None for `off`."""

    noun = "`off`, or `{limit: 2m}`"
    _mapping = Record("a mapping with `limit`", {"limit": Duration()}, ("limit",))

    def read(self, node: Node, problems: Problems) -> float | None:
        if node.value == OFF:
            return None
        if isinstance(node.value, Mapping):
            limit = self._mapping.read(node, problems)["limit"]
            assert isinstance(limit, float)
            return limit
        if isinstance(node.value, bool) or node.surprise:
            refuse(node, self, problems, f"write `{OFF}`")
        return Duration().read(node, problems)

    def schema(self) -> Schema:
        return {"anyOf": [{"const": OFF}, Duration().schema(), self._mapping.schema()]}


class UserSignature:
    """A signature of the user's."""

    noun = "a signature"

    def read(self, node: Node, problems: Problems) -> "Signature":
        from ci_guard.config.entries import SignatureKind  # what is known about tools: not on every start

        return SignatureKind(strict=False).read(node, problems)

    def schema(self) -> Schema:
        from ci_guard.config.entries import SignatureKind

        return SignatureKind(strict=False).schema()


class UserTest:
    """A test of the policy: a text or a file, and what it leads to."""

    noun = "a test"
    _record = Record(
        noun,
        {
            "name": Text(),
            "text": Text("the output of a command", pattern=r"[^\ud800-\udfff]+"),
            "file": Text("the path of a log, which counts from the folder of the policy"),
            "command": Text(),
            "exit_status": Whole(-(2**31), 2**32 - 1),
            "category": Choice("a category", Category),
            "decision": Choice("`retry` or `stop`", ("retry", "stop")),
        },
    )

    def read(self, node: Node, problems: Problems) -> Mapping[str, object]:
        values = self._record.read(node, problems)
        if ("text" in values) == ("file" in values):
            problems.refuse(node.place, "a test has a `text` or a `file`", "give one of the two")
        if "category" not in values and "decision" not in values:
            problems.refuse(node.place, "a test expects something", "add `category:` or `decision:`")
        return values

    def schema(self) -> Schema:
        return self._record.schema()
