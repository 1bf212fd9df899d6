"""The name of a Python project as installers compare it: the only form in which two names may be compared.

One project is `typing_extensions` in the name of its folder, `typing-extensions` in a tool's output and
`Typing.Extensions` in somebody's requirements. Source: packaging.python.org, "Names and normalization",
and "Recording installed projects" for the folder's name.
"""

from collections.abc import Iterable
from typing import NewType

from ci_guard.expression import expression

DIST_INFO = ".dist-info"
_REQUIREMENT = expression(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_PUNCTUATION = expression(r"[-_.]+")

ProjectName = NewType("ProjectName", str)  # normalised; made by `normalised` and `project_of` only


def normalised(name: str) -> ProjectName:
    """The name of a project, however it is written, in the form that is compared."""
    return ProjectName(_PUNCTUATION.sub("-", name).lower())


def named(words: Iterable[str]) -> frozenset[ProjectName]:
    """The projects that words of a command line may name, whatever extras and versions follow the names."""
    found = (_REQUIREMENT.match(word) for word in words)
    return frozenset(normalised(match[0]) for match in found if match is not None)


def project_of(folder: str) -> ProjectName:
    """The project whose metadata a `NAME-VERSION.dist-info` folder holds; `folder` is its bare name."""
    # a version holds no hyphen in a folder's name; older installers left those of the project's name
    name, _, _ = folder.removesuffix(DIST_INFO).rpartition("-")
    return normalised(name)
