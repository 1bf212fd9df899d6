"""The name of a Python project as installers compare it: the only form in which two names may be compared.

One project is `typing_extensions` in the name of its folder, `typing-extensions` in a tool's output and
`Typing.Extensions` in somebody's requirements. Source: packaging.python.org, "Names and normalization",
and "Recording installed projects" for the folder's name.
"""

from typing import NewType

from ci_guard.expression import expression

DIST_INFO = ".dist-info"
_PUNCTUATION = expression(r"[-_.]+")

ProjectName = NewType("ProjectName", str)  # normalised; made by `normalised` and `project_of` only


def normalised(name: str) -> ProjectName:
    """The name of a project, however it is written, in the form that is compared."""
    return ProjectName(_PUNCTUATION.sub("-", name).lower())


def project_of(folder: str) -> ProjectName:
    """The project whose metadata a `NAME-VERSION.dist-info` folder holds; `folder` is its bare name."""
    # a version holds no hyphen in a folder's name; older installers left those of the project's name
    name, _, _ = folder.removesuffix(DIST_INFO).rpartition("-")
    return normalised(name)
