"""The commented policy file to begin with; its keys, defaults and explanations are those of the table."""

import textwrap

from ci_guard.policy.show import written
from ci_guard.policy.table import KEYS, VERSION

SCHEMA_FILE = ".ci-guard.schema.json"
_WIDTH = 100
_HEAD = f"""\
# yaml-language-server: $schema=./{SCHEMA_FILE}
#
# What ci-guard does about a step that an antivirus or EDR product got in the way of.
# Every value below is the default: take away the `#` in front of a key to change it.
# Check this file with `ci-guard policy check`; see what counts with `ci-guard policy show`.

version: {VERSION}
"""
_COMMANDS = """
# Other values for some commands; the first match wins, and `*` stands for anything.
#commands:
#  - match: "uv tool install *"
#    attempts: 10
"""


def starter() -> str:
    """The text of the file; without the `#` in front of its keys it says the same."""
    lines: list[str] = []
    group = ""
    for key in KEYS:
        head, _, member = key.name.partition(".")
        if not member or head != group:
            lines.append("")
        if member and head != group:
            lines.append(f"#{head}:")
        group = head if member else ""
        indent = "  " if member else ""
        lines += textwrap.wrap(
            key.help, _WIDTH, initial_indent=f"{indent}# ", subsequent_indent=f"{indent}# "
        )
        lines.append(f"#{indent}{member or head}: {written(key, key.default)}")
    return _HEAD + "\n".join(lines) + "\n" + _COMMANDS
