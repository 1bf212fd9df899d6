"""What a run runs on and as whom: for the record, and so for the evidence that a vendor asks for."""

import os
import sys

from ci_guard.model.history import Surroundings
from ci_guard.run.context import RunContext


def look_around(context: RunContext, *, failed: bool) -> Surroundings:
    """What is known. Products are looked for after a failure only."""
    user = context.environ.get("USERNAME") or context.environ.get("USER") or context.environ.get("LOGNAME")
    return Surroundings(
        user=user or None,
        system=_system(),
        program=_program(context),
        tool_version=_tool_version(context) if failed else None,
        products=_products() if failed else (),
    )


def _system() -> str:
    if sys.platform == "win32":
        version = sys.getwindowsversion()
        return f"Windows {version.major}.{version.minor}.{version.build}"
    uname = os.uname()
    return f"{uname.sysname} {uname.release}"


def _program(context: RunContext) -> str | None:
    import shutil

    command = context.invocation.command
    return shutil.which(command[0], path=context.environ.get("PATH")) if command else None


def _tool_version(context: RunContext) -> str | None:
    from ci_guard.knowledge.load import load_knowledge
    from ci_guard.run.versions import asked_version

    return asked_version(context.invocation.command, load_knowledge(), context.directory)


def _products() -> tuple[tuple[str, str | None], ...]:
    from ci_guard.knowledge.load import load_knowledge
    from ci_guard.machine.products import present, programs

    found = present(load_knowledge().products, programs())
    return tuple((name, next((each.version for each in seen if each.version), None)) for name, seen in found)
