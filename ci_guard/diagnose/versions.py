"""What the version of a tool makes of a failure: a known defect may explain it better than its words."""

import re
from collections.abc import Sequence

from ci_guard.dataclass import replace
from ci_guard.diagnose.patterns import compiled
from ci_guard.expression import expression
from ci_guard.model.history import Diagnosis
from ci_guard.model.knowledge import Releases, Tool

SEARCHED = 20_000  # characters at either end of a text in which a tool may tell its version
LONGEST_NUMBER = 9  # digits of a version's part that count: `int` refuses 4,301
_BOUND = expression(r"(<=|>=|<|>|==)(\d+(?:\.\d+)*)")


def version_in(tool: Tool, *texts: str) -> str | None:
    """The version that the first of the texts tells, its end before its beginning."""
    patterns = [compiled(each) for each in (tool.version, tool.version_elsewhere) if each is not None]
    for text in texts:
        for part in (text[-SEARCHED:], text[:SEARCHED]):
            for pattern in patterns:
                found = pattern.search(part)
                if found is not None:
                    return str(found["version"])
    return None


def concerning(tool: Tool, found: Diagnosis) -> tuple[Releases, ...]:
    """The broken releases of the tool that the failure may be about."""
    return tuple(each for each in tool.releases if concerns(each.signatures, found))


def concerns(signatures: Sequence[str], found: Diagnosis) -> bool:
    """Whether the failure was told by one of the signatures; all are meant where none is named."""
    return not signatures or (found.match is not None and found.match.signature in signatures)


def judge_release(found: Diagnosis, tool: Tool, version: str | None) -> Diagnosis:
    """The diagnosis in the light of the version: a defect of it that explains the message decides."""
    if version is None:
        return found
    for each in concerning(tool, found):
        if each.category is not None and holds(each.versions, version):
            advice = (f"{tool.name} {version}: {each.says}",)
            return replace(found, category=each.category, ambiguous=False, retry_once=False, advice=advice)
    return found


def holds(versions: str, version: str) -> bool:
    """Whether a version keeps to all bounds, such as `>=0.5.11,<0.5.25`."""
    mine = _numbers(version)
    return all(_keeps(mine, bound, _numbers(other)) for bound, other in _BOUND.findall(versions))


def has_end(versions: str) -> bool:
    """Whether a newer version is out of the range; else it says how the tool is, not what is wrong."""
    return any(bound in ("<", "<=", "==") for bound, _ in _BOUND.findall(versions))


def _keeps(mine: tuple[int, ...], bound: str, other: tuple[int, ...]) -> bool:
    length = max(len(mine), len(other))
    left, right = (numbers + (0,) * (length - len(numbers)) for numbers in (mine, other))
    return {
        "<": left < right,
        "<=": left <= right,
        ">": left > right,
        ">=": left >= right,
        "==": left == right,
    }[bound]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number[:LONGEST_NUMBER]) for number in re.findall(r"\d+", version)[:4])
