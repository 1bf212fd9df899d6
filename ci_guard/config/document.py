"""Reads a file of YAML into nodes with places: what most files have by itself, all else with PyYAML."""

from ci_guard.config.inputs import LARGEST_FILE, open_input
from ci_guard.config.nodes import Node
from ci_guard.config.problems import Problems
from ci_guard.config.simple import read_simple
from ci_guard.errors import PolicyError


def read_file(path: str, name: str | None = None, *, problems: Problems | None = None) -> Node:
    """Read a file; `name` is what messages call it.

    Raises `PolicyError` if it cannot be read or is not YAML; with `problems`, milder mistakes are only
    recorded there, so that the reader of the values can add its own before all are raised.
    """
    name = name or path
    try:
        with open_input(path) as stream:
            data = stream.read(LARGEST_FILE + 1)
    except OSError as error:
        raise PolicyError(
            f"cannot read `{name}`: {error.strerror or error}", hint="check the path and its permissions"
        ) from error
    try:
        node = read_simple(data.decode("utf-8"), name)
    except UnicodeDecodeError:
        node = None
    if node is not None:
        return node
    from ci_guard.config.source import read_text  # brings PyYAML, which a start should not have to open

    return read_text(data, name, problems=problems)
